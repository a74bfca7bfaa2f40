"""The dashboard as people use it: Chromium against the whole system."""
