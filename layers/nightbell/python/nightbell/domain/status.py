"""What status a check has, when its next ping is expected and when it goes down."""

from datetime import datetime

from nightbell.domain.check import Check, Kind, Status


def expected_ping(check: Check) -> datetime | None:
    """Return the moment the next success is expected, in UTC.

    None if the check is not up, or its schedule never fires again.
    """
    if check.status is not Status.UP or check.last_ping is None:
        return None
    if check.kind is Kind.SIMPLE:
        return check.last_ping + check.timeout
    from nightbell.domain import schedule  # costs a cold ping of a simple check nothing

    return schedule.next_after(check.kind, check.schedule, check.tz, check.last_ping)


def grace_start(check: Check) -> datetime | None:
    """Return the moment the grace period starts, in UTC, or None if no ping is expected.

    A run in progress is on its grace from its start signal on, whatever the schedule says.
    As Check.get_grace_start in healthchecks hc/api/models.py.
    """
    moments = [expected_ping(check)]
    if check.status is not Status.DOWN:
        moments.append(check.last_start)
    return min((moment for moment in moments if moment), default=None)


def going_down_after(check: Check) -> datetime | None:
    """Return the deadline, in UTC, or None if no ping is expected.

    As Check.going_down_after in healthchecks hc/api/models.py.
    """
    start = grace_start(check)
    return start + check.grace if start else None


def shown_status(check: Check, now: datetime) -> Status:
    """Return the status at this moment, whether or not a flip has been written for it.

    As Check.get_status in healthchecks hc/api/models.py.
    """
    if run_is_overdue(check, now):
        return Status.DOWN
    if check.status is not Status.UP:
        return check.status
    expected = expected_ping(check)
    if expected is None or now < expected:
        return Status.UP
    return Status.DOWN if now >= expected + check.grace else Status.GRACE


def run_is_overdue(check: Check, now: datetime) -> bool:
    """Tell whether a run is in progress and has used up its grace."""
    return check.last_start is not None and now >= check.last_start + check.grace


def next_ping(check: Check, now: datetime) -> datetime | None:
    """Return the moment the grace period starts, in UTC.

    None if the check is new, paused or down and not running, or its schedule never fires again.
    """
    return None if shown_status(check, now) is Status.DOWN else grace_start(check)
