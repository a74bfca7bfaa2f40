"""Alerts: telling channels about changes of status."""
