"""Tests of the whole system; a package, so that one run of it serves these tests and then ends."""
