"""What is probably not meant about a check's schedule and grace: warnings, never errors."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median, median_low

from nightbell.domain import schedule, schedule_words
from nightbell.domain.check import Check, Kind, LoggedPing, Signal
from nightbell.domain.schedule import Pattern
from nightbell.domain.schedule_words import MONTHS, WEEKDAYS, pattern_in_words, period, span

# So far ahead changes of clocks are looked for; a next time that is farther is odd.
_A_YEAR = timedelta(days=366)

# A job that runs each minute may well be given some minutes of grace.
_USUAL_GRACE = timedelta(minutes=15)

# Fewer pings than these tell no rhythm; of more, the latest do.
_FEWEST_PINGS = 4
_MOST_PINGS = 20

# Pings that are so many times as far apart as expected, or as near, have another rhythm.
_FAR = 3

# A ping is on time if it comes so long after the moment it is expected, or so long before.
_RUN_TIME = timedelta(minutes=15)
_CLOCK_ERROR = timedelta(minutes=1)

# So few of the pings on time, and the zone is in doubt; so many in another, and it is that.
_FEW, _MOST = 0.25, 0.75
_FARTHEST_ZONE = 14  # hours

# More times of a day than these are a rhythm.
_FEW_TIMES = 6

_TICK = timedelta(microseconds=1)
_EVERY_SECOND = _EVERY_MINUTE = frozenset(range(60))
_EVERY_HOUR = frozenset(range(24))
_LENGTHS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def warnings(
    check: Check, pings: Sequence[LoggedPing], now: datetime, zones: Sequence[str] = ()
) -> list[str]:
    """Return what is probably not meant, each as a text that says what happens and what to do.

    `pings` are the latest of the log, newest first. `zones` are those that the job might go by
    instead of the check's, such as the reader's; UTC always is one.
    """
    found: list[str] = []
    if check.kind is not Kind.SIMPLE:
        for pattern in schedule.patterns(check.kind, check.schedule):
            for rule in _PATTERN_RULES:
                found += rule(pattern, check, now)
    times = schedule_words.next_times(check, now)
    found += _is_over_or_far(check, times, now)
    found += _goes_by_another_clock(check, pings, zones)
    found += _has_another_rhythm(check, pings, times)
    found += _grace_is_long(check, times)
    found += _grace_is_short(check, pings)
    return list(dict.fromkeys(found))


# ---- What the expression says --------------------------------------------------------------


def _means_every_minute(pattern: Pattern, check: Check, _now: datetime) -> Iterator[str]:
    every_hour = pattern.hours == _EVERY_HOUR
    if pattern.seconds == _EVERY_SECOND:
        yield f"“{pattern.line}” expects a ping every second. Probably meant: 00 for the seconds."
    if pattern.seconds != {0} or pattern.minutes != _EVERY_MINUTE:
        return
    if every_hour and not schedule_words.has_days(pattern):
        return
    if every_hour:
        wanted = "one ping a day"
    else:
        wanted = "one ping" if len(pattern.hours) == 1 else "one ping an hour"
    if check.kind is Kind.CRON:
        _, hours, *days = pattern.line.split()
        instead = " ".join(("0", "0" if every_hour else hours, *days))
    else:
        instead = "00:00" if every_hour else f"{_fields(pattern, check.kind)[1]}:00"
    yield (
        f"“{pattern.line}” expects a ping {pattern_in_words(pattern)}. For {wanted} write "
        f"“{instead}”."
    )


def _has_uneven_step(pattern: Pattern, check: Check, _now: datetime) -> Iterator[str]:
    units = (
        ("minute", "hour", range(60), pattern.minutes),
        ("hour", "day", range(24), pattern.hours),
        ("day", "month", range(1, 32), pattern.days),
        ("month", "year", range(1, 13), pattern.months),
    )
    written = _fields(pattern, check.kind)
    for text, (unit, cycle, numbers, values) in zip(written, units, strict=True):
        first, last = numbers[0], numbers[-1]
        match = re.fullmatch(rf"(?:\*|0?{first}|0?{first}(?:-|\.\.){last})/(\d+)", text)
        step = int(match[1]) if match else 1
        if step == 1 or (len(numbers) % step == 0 and unit != "day"):  # no step divides all months
            continue
        instead = "name the months" if unit == "month" else f"use a period of {step} {unit}s"
        again = f"{unit}s are counted anew each {cycle}, so "
        if len(values) == 1:
            yield (
                f"“{text}” does not mean every {step} {unit}s: {again}a ping is expected once a "
                f"{cycle}. For every {step} {unit}s {instead}."
            )
        else:
            yield (
                f"“{text}” goes on unevenly: {again}after {unit} {max(values)} comes {unit} "
                f"{first} of the next {cycle}. For even distances {instead}."
            )


def _fields(pattern: Pattern, kind: Kind) -> tuple[str, str, str, str]:
    """Return how minutes, hours, days of the month and months are written, "" if they are not."""
    parts = pattern.line.split()
    if kind is Kind.CRON:
        return parts[0], parts[1], parts[2], parts[3]
    times = parts[-1].split(":") if ":" in parts[-1] else ["", ""]
    date = next((part for part in parts if part.count("-") and part[0] in "0123456789*"), "")
    months, days = date.split("-")[-2:] if date else ("", "")
    return times[1], times[0], days, months


def _joins_days_by_or(pattern: Pattern, _check: Check, _now: datetime) -> Iterator[str]:
    if not pattern.either_day or not schedule_words.has_days(pattern):
        return
    fields = pattern.line.split()
    says = (
        f"Cron joins the day of the month “{fields[2]}” and the weekday “{fields[4]}” by “or”: a "
        "ping is expected on all such days, not only on those that are both."
    )
    first = min(pattern.days, default=0)
    if (
        first % 7 == 1
        and pattern.days == frozenset(range(first, first + 7))
        and len(pattern.weekdays) == 1
        and not pattern.nth_weekdays
    ):
        day, nth = min(pattern.weekdays), first // 7 + 1
        instead = " ".join((*fields[:2], "*", fields[3], f"{(day + 1) % 7}#{nth}"))
        which = ("first", "second", "third", "fourth")[nth - 1]
        yield f"{says} For the {which} {WEEKDAYS[day]} of the month write “{instead}”."
    else:
        yield f"{says} For these there is OnCalendar, such as “Fri *-*-13 00:00”."


def _skips_months(pattern: Pattern, check: Check, _now: datetime) -> Iterator[str]:
    stepped = "/" in _fields(pattern, check.kind)[2]
    if stepped or pattern.either_day or pattern.last_workday or min(pattern.days) < 0:
        return
    for day in sorted(pattern.days & {29, 30, 31}):
        short = [month for month in sorted(pattern.months) if _LENGTHS_OF_MONTHS[month - 1] < day]
        # From 28 to 31 is no mistake, but the end of each month.
        if not short or day - 1 in pattern.days:
            continue
        names = ", ".join(MONTHS[month - 1] for month in short)
        leap = " except in leap years" if day == 29 else ""
        last_day = "L" if check.kind is Kind.CRON else "~01"
        yield (
            f"There is no day {day} in {names}{leap}: no ping is expected then, and no alert sent. "
            f"For the last day of each month write “{last_day}”."
        )


def _falls_into_a_gap(pattern: Pattern, check: Check, now: datetime) -> Iterator[str]:
    if not _has_fixed_times(pattern):
        return  # a rhythm goes on when clocks change
    tz = pattern.tz or check.tz
    found = schedule.next_leap(tz, now, now + _A_YEAR)
    if found is None:
        return
    leap, length = found
    # The times that clocks of the zone do not show, as if they were of UTC, which has them all.
    end = schedule.in_zone(leap, tz).replace(tzinfo=UTC)
    start = end - length
    skipped = schedule.next_after(check.kind, pattern.line, "UTC", start - _TICK)
    if skipped is None or skipped >= end:
        return
    comes = schedule.next_after(check.kind, pattern.line, tz, leap - _TICK)
    happens = f"is expected at {end:%H:%M}" if comes == leap else "is left out"
    yield (
        f"Clocks of {tz} go from {start:%H:%M} to {end:%H:%M} on {_day(end)}: the ping of "
        f"{skipped:%H:%M} {happens} then, and the job may be started otherwise. Times outside of "
        "that span, or a schedule in UTC, are safer."
    )


_PATTERN_RULES: tuple[Callable[[Pattern, Check, datetime], Iterator[str]], ...] = (
    _means_every_minute,
    _has_uneven_step,
    _joins_days_by_or,
    _skips_months,
    _falls_into_a_gap,
)


# ---- When pings are expected, and when they come -------------------------------------------


def _is_over_or_far(check: Check, times: Sequence[datetime], now: datetime) -> Iterator[str]:
    if not times:
        yield (
            "This schedule has no time to come any more: no ping is expected, and no alert will be "
            "sent. Was another year meant?"
        )
    elif check.kind is not Kind.SIMPLE and times[0] - now > _A_YEAR:
        first = _day(schedule.in_zone(times[0], check.tz))
        yield (
            f"No ping is expected before {first}, and until then no alert will be sent. Was "
            "something else meant?"
        )


def _goes_by_another_clock(
    check: Check, pings: Sequence[LoggedPing], zones: Sequence[str]
) -> Iterator[str]:
    moments = _starts(pings)
    if check.kind is Kind.SIMPLE or len(moments) < _FEWEST_PINGS:
        return
    patterns = schedule.patterns(check.kind, check.schedule)
    if any(pattern.tz or not _has_fixed_times(pattern) for pattern in patterns):
        return

    def on_time(delays: list[list[timedelta]], late: timedelta = timedelta()) -> float:
        fitting = sum(
            any(-_CLOCK_ERROR <= delay - late <= _RUN_TIME for delay in of_ping)
            for of_ping in delays
        )
        return fitting / len(moments)

    delays = [_delays(check, check.tz, moment) for moment in moments]
    if on_time(delays) > _FEW:
        return
    latest = f"{schedule.in_zone(moments[0], check.tz):%H:%M}"
    for tz in dict.fromkeys((*zones, "UTC")):
        if on_time([_delays(check, tz, moment) for moment in moments]) >= _MOST:
            yield (
                f"The pings come at other times than expected, the latest at {latest} of "
                f"{check.tz}. They would be on time in the zone {tz}: is that the zone of the job?"
            )
            return
    for hours in sorted(range(-_FARTHEST_ZONE, _FARTHEST_ZONE + 1), key=abs):
        late = timedelta(hours=hours)
        if on_time(delays, late) >= _MOST:
            yield (
                f"The pings come {span(abs(late))} {'late' if hours > 0 else 'early'} for this "
                f"schedule, the latest at {latest} of {check.tz}: does the job go by the clock of "
                "another zone?"
                + (" If it takes so long, let it send a start signal too." if hours > 0 else "")
            )
            return


def _delays(check: Check, tz: str, moment: datetime) -> list[timedelta]:
    """Return how late a ping at this moment is for each time that it may have been meant for."""
    farthest = timedelta(hours=_FARTHEST_ZONE)
    delays, after = [], moment - farthest - _RUN_TIME
    while expected := schedule.next_after(check.kind, check.schedule, tz, after):
        if expected > moment + farthest + _CLOCK_ERROR:
            break
        delays.append(moment - expected)
        after = expected
    return delays


def _has_fixed_times(pattern: Pattern) -> bool:
    """Tell whether the pattern is for a few times of a day, and not for a rhythm."""
    times = len(pattern.hours) * len(pattern.minutes) * len(pattern.seconds)
    return times <= _FEW_TIMES


def _has_another_rhythm(
    check: Check, pings: Sequence[LoggedPing], times: Sequence[datetime]
) -> Iterator[str]:
    moments = _starts(pings)
    expected = _distance(check, times)
    if expected is None or len(moments) < _FEWEST_PINGS:
        return
    seen = _median([late - early for late, early in pairwise(moments)])
    says = f"The latest pings came {span(seen)} apart, but one is expected every {period(expected)}"
    if seen * _FAR <= expected:
        yield f"{says}: it would be noticed late that the job has stopped. Was less time meant?"
    elif seen >= expected * _FAR and seen > expected + check.grace:
        yield f"{says}: the check would go down between the pings. Was more time meant?"


def _grace_is_long(check: Check, times: Sequence[datetime]) -> Iterator[str]:
    distance = _distance(check, times)
    if distance and check.grace > max(distance, _USUAL_GRACE):
        missed = check.grace // distance + 1
        yield (
            f"The grace time, {span(check.grace)}, is longer than the time between pings, "
            f"{span(distance)}: an alert is sent only when {missed} pings have not come. Probably "
            "meant: a grace time that is a little longer than a run."
        )


def _grace_is_short(check: Check, pings: Sequence[LoggedPing]) -> Iterator[str]:
    lengths = [one.duration for one in pings[:_MOST_PINGS] if one.duration is not None]
    if lengths and _median(lengths) > check.grace:
        yield (
            f"A run usually takes {span(_median(lengths))}, but from its start signal on it has "
            f"only the grace time, {span(check.grace)}: an alert would be sent while it runs. "
            "Probably meant: a grace time that is a little longer than a run."
        )


def _starts(pings: Sequence[LoggedPing]) -> list[datetime]:
    """Return when the latest runs began, newest first, or ended where the start is not known."""
    ends = [one for one in pings if one.ping.kind in (Signal.SUCCESS, Signal.FAIL)]
    starts = [one.ping.created - (one.duration or timedelta()) for one in ends[:_MOST_PINGS]]
    return sorted(starts, reverse=True)


def _distance(check: Check, times: Sequence[datetime]) -> timedelta | None:
    """Return the usual distance between the pings that are expected, None if there is none."""
    if check.kind is Kind.SIMPLE:
        return check.timeout
    return median_low(after - before for before, after in pairwise(times)) if times[1:] else None


def _median(lengths: Sequence[timedelta]) -> timedelta:
    """Return the median as people would say it: at least a second, hours without seconds."""
    length = timedelta(seconds=median(one.total_seconds() for one in lengths))
    unit = timedelta(minutes=1) if length >= timedelta(hours=1) else timedelta(seconds=1)
    return max(round(length / unit), 1) * unit


def _day(local: datetime) -> str:
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"
