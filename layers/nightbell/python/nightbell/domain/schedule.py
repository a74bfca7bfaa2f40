"""When a check's pings are expected: cron and OnCalendar schedules in time zones."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, reset_tzpath

from cronsim import CronSim, CronSimError
from oncalendar import OnCalendar, OnCalendarError

from nightbell.domain.check import Kind

# Zones come from the tzdata package alone, so that every machine has the same ones.
reset_tzpath(to=())

# Where validation starts to look for an occurrence, as Healthchecks does: a schedule whose last
# occurrence has passed is still a schedule.
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)

# What the two libraries and zoneinfo raise for an expression they cannot use. OSError: a zone
# name that is a folder of the zone data ("America").
_UNUSABLE = (CronSimError, OnCalendarError, ValueError, OSError, OverflowError, IndexError)


def kind_of(expression: str) -> Kind:
    """Return CRON for one line of five parts, else ONCALENDAR."""
    if "\n" not in expression.strip() and len(expression.split()) == 5:
        return Kind.CRON
    return Kind.ONCALENDAR


def is_valid(expression: str) -> bool:
    """Tell whether the expression is a schedule that fires at some time."""
    try:
        next(_occurrences(kind_of(expression), expression, _ANY_MOMENT))
    except (*_UNUSABLE, StopIteration):
        return False
    return True


def next_after(kind: Kind, expression: str, tz: str, moment: datetime) -> datetime | None:
    """Return the first occurrence after the moment, in UTC, or None if there is none."""
    local = moment.astimezone(ZoneInfo(tz))
    occurrence = next(_occurrences(kind, expression, local), None)
    return occurrence and occurrence.astimezone(UTC)


def _occurrences(kind: Kind, expression: str, start: datetime) -> Iterator[datetime]:
    return CronSim(expression, start) if kind is Kind.CRON else OnCalendar(expression, start)


def present_zone_name(name: str) -> str | None:
    """Return the zone's present name (Europe/Kiev is Europe/Kyiv), or None if there is no such."""
    zones, present_names = _zones()
    name = present_names.get(name, name)
    return name if name in zones else None


@cache
def _zones() -> tuple[frozenset[str], dict[str, str]]:
    """Return all zone names, and the present name of each name that is an old one.

    The zone data link names both for age (Europe/Kiev) and because two places have kept the same
    time (Europe/Amsterdam, Europe/Brussels). Only a name that is in no country's list is old.
    """
    data = resources.files("tzdata")
    zones = frozenset(data.joinpath("zones").read_text().split())
    countries = data.joinpath("zoneinfo", "zone.tab").read_text()
    listed = {row.split("\t")[2] for row in countries.splitlines() if not row.startswith("#")}
    links = [
        row.split()
        for row in data.joinpath("zoneinfo", "tzdata.zi").read_text().splitlines()
        if row.startswith("L ")
    ]
    return zones, {
        old: present
        for _, present, old in links
        if old not in listed and old != "UTC" and present in zones
    }
