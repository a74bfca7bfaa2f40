"""The rules of monitoring, as pure functions on plain values."""
