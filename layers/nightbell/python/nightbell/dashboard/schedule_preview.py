"""What a schedule comes to: in words, its next times, when an alert would be sent, warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    local: str  # by the clock of the check's zone
    alert: datetime  # if it does not come


@dataclass(frozen=True)
class Preview:
    """What a page shows of a schedule."""

    words: str
    tz: str  # "" for a simple schedule, which goes by no clock
    pings: tuple[ExpectedPing, ...]
    waits: bool  # for a ping: the times are those after the last one
    alert_at: datetime | None  # if no ping comes from now on
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
    alert_at = None if change.flip or not waits else status.going_down_after(after)
    return Preview(
        words=schedule_words.describe(after),
        tz=zone_of_schedule(after),
        pings=expected_pings(after, now),
        waits=waits,
        alert_at=alert_at,
        is_overdue=change.flip is not None,
        warnings=tuple(warnings(after, pings, now, [reader_zone])),
    )


def expected_pings(check: Check, now: datetime) -> tuple[ExpectedPing, ...]:
    """Return the next pings that the check expects, as it is configured."""
    today = schedule.in_zone(now, check.tz).date()
    expected = []
    for time in schedule_words.next_times(check, now):
        local = schedule.in_zone(time, check.tz)
        clock = words.moment(local, today, seconds=bool(local.second))
        expected.append(ExpectedPing(time, f"{local:%a} {clock}", time + check.grace))
    return tuple(expected)


def zone_of_schedule(check: Check) -> str:
    """Return the zone by whose clock the check's schedule goes, "" for a simple one."""
    return "" if check.kind is Kind.SIMPLE else check.tz
