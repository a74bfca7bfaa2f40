"""The whole system on one machine, on an emulated AWS: `python -m local`."""
