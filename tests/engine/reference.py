"""When checks change their status, worked out as simply as can be: no store, no index, no hurry."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim
from oncalendar import OnCalendar

BEGINNING = datetime(2024, 3, 25, tzinfo=UTC)
END = datetime(2025, 1, 10, tzinfo=UTC)
TICK = timedelta(microseconds=1)

# A run of the scan acts for 150 seconds; of the last of them the model is not sure.
SURE_FOR = timedelta(seconds=149)


@cache
def occurrences(schedule: str, tz: str) -> list[datetime]:
    """Return all occurrences of a schedule, one after the other."""
    start = BEGINNING.astimezone(ZoneInfo(tz))
    library = CronSim if len(schedule.split()) == 5 else OnCalendar
    in_utc = (moment.astimezone(UTC) for moment in library(schedule, start))
    return list(takewhile(lambda moment: moment < END, in_utc))


@dataclass
class Job:
    """A check, as far as its status depends on it."""

    timeout: timedelta
    grace: timedelta
    schedule: str = ""  # empty: simple
    tz: str = "UTC"
    manual_resume: bool = False
    status: str = "new"
    last_ping: datetime | None = None
    last_start: datetime | None = None
    last_start_rid: str | None = None
    is_deleted: bool = False
    touched: datetime = BEGINNING  # when something happened to it last
    flips: list[tuple[datetime, str, str, str]] = field(default_factory=list)

    def deadline(self) -> datetime | None:
        """Return the moment at which the check goes down if nothing more happens."""
        starts = []
        if self.status == "up" and not self.schedule:
            starts.append(self.last_ping + self.timeout)
        elif self.status == "up":
            moments = occurrences(self.schedule, self.tz)
            following = bisect_right(moments, self.last_ping)
            if following < len(moments):
                starts.append(moments[following])
        if self.status != "down" and self.last_start:
            starts.append(self.last_start)
        return min(starts) + self.grace if starts and not self.is_deleted else None

    def ping(self, signal: str, rid: str | None, now: datetime) -> None:
        if signal == "log" or (self.status == "paused" and self.manual_resume):
            return
        if signal == "start":
            self.last_start, self.last_start_rid = now, rid
            return
        if signal == "fail" or rid is None or (self.last_start and rid == self.last_start_rid):
            self.last_start = self.last_start_rid = None
        self.last_ping = now
        self.turn({"success": "up", "fail": "down"}[signal], now, signal)

    def pause(self, now: datetime) -> None:
        self.last_start = self.last_start_rid = None
        self.turn("paused", now, "pause")

    def resume(self, now: datetime) -> None:
        self.last_ping = self.last_start = self.last_start_rid = None
        self.turn("new", now, "resume")

    def turn(self, status: str, moment: datetime, reason: str) -> None:
        if status == self.status:
            return
        if self.flips:
            moment = max(moment, self.flips[-1][0] + TICK)
        self.flips.append((moment, self.status, status, reason))
        self.status = status


@dataclass
class Runs:
    """When the scan was at work, as far as that is certain."""

    starts: list[datetime] = field(default_factory=list)
    sure_until: datetime = BEGINNING
    returned: datetime | None = BEGINNING

    def start(self, now: datetime) -> None:
        self.starts.append(now)
        self.sure_until, self.returned = now + SURE_FOR, None

    def relieve(self, now: datetime) -> None:
        self.sure_until = min(self.sure_until, now)

    def end(self, now: datetime) -> None:
        self.returned = now

    def has_seen(self, deadline: datetime, touched: datetime, now: datetime) -> bool | None:
        """Tell whether a run has taken down what was due then; None if that is not certain.

        What was overdue when it was touched is taken down when a run looks again, at the latest by
        the next run.
        """
        if deadline <= touched:
            return (
                True
                if bisect_right(self.starts, now) > bisect_right(self.starts, touched)
                else None
            )
        if bisect_right(self.starts, now) > bisect_right(self.starts, deadline - TICK):
            return True
        if self.returned is None or self.returned > deadline:
            return True if deadline < now and deadline <= self.sure_until else None
        return False if self.returned < deadline else None
