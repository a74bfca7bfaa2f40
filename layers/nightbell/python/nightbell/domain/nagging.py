"""Reminders that a check is still down."""

from datetime import datetime

from nightbell.domain.check import Check, Status
from nightbell.domain.status import going_down_after


def next_nag(check: Check) -> datetime | None:
    """Return the moment of the next reminder, in UTC; None if none is wanted."""
    if check.status is not Status.DOWN or not check.nag_interval:
        return None
    latest = max((moment for moment in (check.last_nag, check.last_flip) if moment), default=None)
    if latest is None:
        return None
    moment = latest + check.nag_interval
    return max(moment, check.snoozed_until) if check.snoozed_until else moment


def due_moment(check: Check) -> datetime | None:
    """Return when the scan has something to do about the check: its deadline or a reminder."""
    return next_nag(check) if check.status is Status.DOWN else going_down_after(check)
