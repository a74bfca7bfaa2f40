"""Nightbell: a monitor for cron jobs and other scheduled work."""
