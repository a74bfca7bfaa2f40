"""What a schedule comes to: in words, its next times, when an alert would be sent, warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nightbell.dashboard import words
from nightbell.domain import schedule, schedule_words, status, transitions
from nightbell.domain.check import Check, Kind, LoggedPing, Status
from nightbell.domain.schedule_warnings import warnings
from nightbell.domain.spec import Spec


@dataclass(frozen=True)
class ExpectedPing:
    """One of the next pings, each taken to come when it is expected."""

    at: datetime
    local: str  # by the clock of the schedule
    alert: datetime  # if it does not come


@dataclass(frozen=True)
class Preview:
    """What a page shows of a schedule."""

    words: str
    tz: str  # see `zone_of_schedule`
    pings: tuple[ExpectedPing, ...]
    waits: bool  # for a ping: the times are those after the last one
    from_now: bool  # the times are those after a ping that comes now
    down_at: datetime | None  # if no ping comes from now on
    is_overdue: bool  # the check goes down as soon as it has this schedule
    warnings: tuple[str, ...]


def preview(
    check: Check, spec: Spec, pings: Sequence[LoggedPing], now: datetime, reader_zone: str
) -> Preview:
    """Return what becomes of the check with what the spec changes of it.

    `pings` are the latest of its log, newest first.
    """
    change = transitions.apply_spec(check, spec, None, now, slug_from_name=False)
    after = change.after
    waits = after.status is Status.UP and after.last_ping is not None
    counted = after if waits else replace(after, last_ping=None)
    return Preview(
        words=schedule_words.describe(after),
        tz=zone_of_schedule(after),
        pings=expected_pings(counted, now),
        waits=waits,
        from_now=after.kind is Kind.SIMPLE and not waits,
        down_at=None if change.flip else status.going_down_after(after),
        is_overdue=change.flip is not None,
        warnings=tuple(warnings(after, pings, now, [reader_zone])),
    )


def expected_pings(check: Check, now: datetime) -> tuple[ExpectedPing, ...]:
    """Return the next pings that the check expects, as it is configured."""
    zone = zone_of_schedule(check) or check.tz
    today = schedule.in_zone(now, zone).date()
    expected = []
    for time in schedule_words.next_times(check, now):
        local = schedule.in_zone(time, zone)
        clock = words.moment(local, today, seconds=bool(local.second))
        expected.append(ExpectedPing(time, f"{local:%a} {clock}", time + check.grace))
    return tuple(expected)


def zone_of_schedule(check: Check) -> str:
    """Return the zone by whose clock the check's schedule goes.

    "" for a simple one, which goes by none, and for one whose lines name several zones.
    """
    if check.kind is Kind.SIMPLE:
        return ""
    zones = {pattern.tz for pattern in schedule.patterns(check.kind, check.schedule)}
    if None in zones:
        return check.tz
    return zones.pop() or "" if len(zones) == 1 else ""
