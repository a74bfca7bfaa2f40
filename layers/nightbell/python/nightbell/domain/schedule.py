"""When a check's pings are expected: cron and OnCalendar schedules in time zones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, reset_tzpath

from cronsim import CronSim, CronSimError
from oncalendar import MAX_YEAR, BaseIterator, OnCalendarError

from nightbell.domain.check import Kind

# Zones come from the tzdata package alone, so that every machine has the same ones.
reset_tzpath(to=())

# Where validation starts to look for an occurrence, as Healthchecks does: a schedule whose last
# occurrence has passed is still a schedule.
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What a line of a schedule says: the values that each part of an occurrence may have."""

    line: str  # as it was written, without the zone
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]  # of the month; from its end if negative, -1 is the last
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Monday
    nth_weekdays: frozenset[tuple[int, int]] = frozenset()  # and which of the month, -1: the last
    last_workday: bool = False  # of the month: Monday to Friday
    either_day: bool = False  # a day of the month or a weekday is enough; else it takes both
    years: frozenset[int] | None = None  # None for all
    tz: str | None = None  # the zone that the line names


def kind_of(expression: str) -> Kind:
    """Return CRON for one line of five parts, else ONCALENDAR."""
    if "\n" not in expression.strip() and len(expression.split()) == 5:
        return Kind.CRON
    return Kind.ONCALENDAR


def is_valid(expression: str) -> bool:
    """Tell whether the expression is a schedule that fires at some time."""
    try:
        return next_after(kind_of(expression), expression, "UTC", _ANY_MOMENT) is not None
    except (CronSimError, OnCalendarError):
        return False


def next_after(kind: Kind, expression: str, tz: str, moment: datetime) -> datetime | None:
    """Return the first occurrence after the moment, in UTC, or None if there is none.

    Of an OnCalendar schedule of several lines it is the earliest of all lines.
    """
    if kind is Kind.CRON:
        return _first_after(moment, CronSim(expression, moment.astimezone(ZoneInfo(tz))))
    firsts = [
        _first_after(moment, _line_occurrences(line, tz, moment))
        for line in expression.strip().split("\n")
    ]
    return min((first for first in firsts if first), default=None)


def patterns(kind: Kind, expression: str) -> list[Pattern]:
    """Return what a valid expression says, for each of its lines."""
    if kind is Kind.CRON:
        return [_cron_pattern(expression)]
    return [_calendar_pattern(line.strip()) for line in expression.strip().split("\n")]


def _cron_pattern(expression: str) -> Pattern:
    read = CronSim(expression, _ANY_MOMENT)
    # A weekday is a number, Sunday 0 or 7, or a pair: the number, and which of the month.
    pairs = [item for item in read.weekdays if isinstance(item, tuple)]
    named = {CronSim.LAST: -1}
    return Pattern(
        line=expression,
        seconds=frozenset(read.seconds),
        minutes=frozenset(read.minutes),
        hours=frozenset(read.hours),
        days=frozenset(named.get(day, day) for day in read.days - {CronSim.LAST_WEEKDAY}),
        months=frozenset(read.months),
        weekdays=frozenset((item - 1) % 7 for item in read.weekdays if isinstance(item, int)),
        nth_weekdays=frozenset(((day - 1) % 7, named.get(nth, nth)) for day, nth in pairs),
        last_workday=CronSim.LAST_WEEKDAY in read.days,
        either_day=not read.day_and,
    )


def _calendar_pattern(line: str) -> Pattern:
    line, tz = _split_zone(line)
    read = BaseIterator(line, _ANY_MOMENT)
    return Pattern(
        line=line,
        seconds=frozenset(read.seconds),
        minutes=frozenset(read.minutes),
        hours=frozenset(read.hours),
        days=frozenset(read.days),
        months=frozenset(read.months),
        weekdays=frozenset(read.weekdays),
        years=None if read.years >= set(range(2000, MAX_YEAR)) else frozenset(read.years),
        tz=tz,
    )


def next_leap(tz: str, after: datetime, before: datetime) -> tuple[datetime, timedelta] | None:
    """Return when clocks of the zone are next turned on, in UTC, and how far; None for not.

    Only what happens between the two moments.
    """
    zone, step = ZoneInfo(tz), timedelta(days=1)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    moment = after.replace(second=0, microsecond=0)
    while moment < before:
        leap = offset(moment + step) - offset(moment)
        if leap <= timedelta():
            moment += step
        elif step > timedelta(minutes=1):
            step = timedelta(minutes=1)  # it is within this day
        else:
            return moment + step, leap
    return None


def in_zone(moment: datetime, tz: str) -> datetime:
    """Return the moment as the clocks of the zone show it, for people only."""
    return moment.astimezone(ZoneInfo(tz))


def day_start(day: date, tz: str) -> datetime:
    """Return the moment at which the day begins by the clocks of the zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def _line_occurrences(line: str, tz: str, start: datetime) -> Iterator[datetime]:
    """Return the occurrences of one OnCalendar line, which may end in a zone of its own.

    Not left to the library, which would open any file and package that the line names.
    """
    expression, own_tz = _split_zone(line.strip())
    return BaseIterator(expression, start.astimezone(ZoneInfo(own_tz or tz)))


def _split_zone(line: str) -> tuple[str, str | None]:
    """Return the line without the zone that it may end in, and that zone."""
    head, _, last = line.rpartition(" ")
    return (head, last) if last in _zone_names() else (line, None)


def _first_after(moment: datetime, occurrences: Iterator[datetime]) -> datetime | None:
    """Return the first of the occurrences, in UTC, that comes after the moment.

    When clocks are turned back the libraries know an hour by its first pass only: started in the
    second pass, they begin with occurrences an hour ago.
    """
    in_utc = (occurrence.astimezone(UTC) for occurrence in occurrences)
    return next((occurrence for occurrence in in_utc if occurrence > moment), None)


def present_zone_name(name: str) -> str | None:
    """Return the zone's present name (Europe/Kiev is Europe/Kyiv), or None if there is no such."""
    name = _present_names().get(name, name)
    return name if name in _zone_names() else None


def zone_names() -> list[str]:
    """Return the names of all zones, sorted, without those that are old."""
    return sorted(name for name in _zone_names() if present_zone_name(name) == name)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(_zone_data("zones").split())


@cache
def _present_names() -> dict[str, str]:
    """Return the present name of each zone name that is an old one.

    The zone data link names both for age (Europe/Kiev) and because two places have kept the same
    time (Europe/Amsterdam, Europe/Brussels). Only a name that is in no country's list is old.
    """
    countries = _zone_data("zoneinfo", "zone.tab")
    listed = {row.split("\t")[2] for row in countries.splitlines() if not row.startswith("#")}
    links = [
        row.split()
        for row in _zone_data("zoneinfo", "tzdata.zi").splitlines()
        if row.startswith("L ")
    ]
    return {old: present for _, present, old in links if old not in listed and old != "UTC"}


def _zone_data(*path: str) -> str:
    return resources.files("tzdata").joinpath(*path).read_text()
