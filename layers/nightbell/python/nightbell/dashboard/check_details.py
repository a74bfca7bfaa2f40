"""What the page of a check tells: how it stands and why, what came, what was told, what comes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from statistics import median

from nightbell.dashboard import words
from nightbell.dashboard.expectations import Expectation, Standing, down_since, expectation
from nightbell.dashboard.schedule_preview import ExpectedPing, expected_pings, zone_of_schedule
from nightbell.domain import schedule_words
from nightbell.domain.availability import Month, months
from nightbell.domain.channels import Channel
from nightbell.domain.check import Check, Flip, Kind, LoggedPing, Reason, Signal, Status
from nightbell.domain.notification import Notification
from nightbell.store import channels, flips, notifications, pings

_PINGS = 20
_RUNS_AMONG = 100  # pings
_EVENTS = 20
_NOTIFICATIONS = 10
_MONTHS = 3
# Of a check that keeps changing no more are read; the months say from when on they know.
_MOST_FLIPS = 1000

_WHAT_HAPPENED = {
    (Status.DOWN, Reason.TIMEOUT): "no ping came in time",
    (Status.DOWN, Reason.FAIL): "a ping said that the job failed",
    (Status.UP, Reason.SUCCESS): "a ping said that all is well",
    (Status.PAUSED, Reason.PAUSE): "somebody paused it",
    (Status.NEW, Reason.RESUME): "somebody resumed it",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A change of status, and how long the status before it had lasted; None if that is unknown."""

    at: datetime
    status: Status
    what: str
    before: Status
    lasted: timedelta | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs among the latest pings that were measured or failed, oldest first."""

    columns: tuple[tuple[float | None, bool, str], ...]  # seconds, failed, words
    usual: timedelta | None  # the median; None if none was measured
    longest: timedelta | None


class CheckDetails:
    """A check and all that its page shows of it.

    What is in `state` is read at once; the longer histories change only with it, and are read when
    the page is made.
    """

    def __init__(self, check: Check, kept: int, now: datetime) -> None:
        self.check = check
        self._kept = kept
        self._now = now
        self.pings: list[LoggedPing] = pings.list_before(
            check, check.n_pings + 1, _PINGS, kept=kept
        )
        self.channels: list[Channel] = channels.list_for(check.project_id)
        heard = frozenset(one.channel_id for one in self.told if not one.disabled)
        self.expectation: Expectation = expectation(replace(check, channels=heard), now)
        self.is_heard = bool(heard)  # whether an alert would reach anybody
        self.notifications: list[Notification] = notifications.list_for_check(
            check.check_id, _NOTIFICATIONS, now
        )
        self.expected: tuple[ExpectedPing, ...] = self._expected()

    @property
    def state(self) -> tuple[object, ...]:
        """All that the page depends on, but for the present moment; of that, the hour."""
        return (
            repr(replace(self.check, channels=frozenset())),
            tuple(sorted(self.check.channels)),
            self.expectation.standing,
            tuple(one.ping.n for one in self.pings),
            tuple((one.channel_id, one.name, one.disabled, one.error) for one in self.channels),
            repr(self.notifications),
            self.expected,
            self._now.replace(minute=0, second=0, microsecond=0),
        )

    @property
    def is_down(self) -> bool:
        """Whether the check is shown as down, its flip being written or not yet."""
        return self.expectation.standing is Standing.DOWN

    @property
    def counts(self) -> bool:
        """Whether pings are counted on; else only from the next one on."""
        return self.check.status is Status.UP and self.check.last_ping is not None

    @property
    def cause(self) -> LoggedPing | None:
        """The ping by which the check went down, None if there was none or it came long ago."""
        if self.check.status is not Status.DOWN:
            return None
        at = self.check.last_flip
        failures = (one for one in self.pings if one.ping.kind is Signal.FAIL)
        return next((one for one in failures if one.ping.created == at), None)

    @property
    def run_is_cause(self) -> bool:
        """Whether the check went down because a run did not end."""
        started = self.check.last_start
        return started is not None and down_since(self.check) == started + self.check.grace

    @property
    def schedule(self) -> str:
        """When pings are expected, in words."""
        return schedule_words.describe(self.check)

    @property
    def tz(self) -> str:
        """The zone by whose clock the schedule goes, "" for a simple one."""
        return zone_of_schedule(self.check)

    @property
    def told(self) -> list[Channel]:
        """The channels of the check."""
        return [one for one in self.channels if one.channel_id in self.check.channels]

    @property
    def channel_names(self) -> dict[str, str]:
        """What the project's channels are called, by id."""
        return {one.channel_id: one.shown_name for one in self.channels}

    @cached_property
    def events(self) -> list[Event]:
        """The latest changes of status, latest first."""
        earlier = (*(flip.created for flip in self._flips[1:]), None)
        return [
            Event(
                at=flip.created,
                status=flip.new_status,
                what=_WHAT_HAPPENED[flip.new_status, flip.reason],
                before=flip.old_status,
                lasted=flip.created - since if since else None,
            )
            for flip, since in islice(zip(self._flips, earlier, strict=False), _EVENTS)
        ]

    @property
    def earlier_events(self) -> int:
        """How many changes of status are known that came before those."""
        return max(len(self._flips) - _EVENTS, 0)

    @cached_property
    def months(self) -> list[Month]:
        """This month and the two before."""
        return months(self.check, self._flips, self.known_from, self._now, _MONTHS)

    @property
    def cut_at(self) -> int:
        """The number of changes of status that are known if there may be more; 0 if not."""
        return len(self._flips) if len(self._flips) == _MOST_FLIPS else 0

    @property
    def known_from(self) -> datetime:
        """From when on all changes of status are known."""
        if self.cut_at:
            return self._flips[-1].created
        return max(self._now - flips.KEPT_FOR, self.check.created)

    @cached_property
    def runs(self) -> Runs:
        """The runs among the latest pings."""
        check = self.check
        found = pings.list_before(check, check.n_pings + 1, _RUNS_AMONG, kept=self._kept)
        ended = [
            one
            for one in reversed(found)
            if one.duration is not None or one.ping.kind is Signal.FAIL
        ]
        seconds = [one.duration.total_seconds() for one in ended if one.duration is not None]
        return Runs(
            columns=tuple(map(_column, ended)),
            usual=timedelta(seconds=median(seconds)) if seconds else None,
            longest=timedelta(seconds=max(seconds)) if seconds else None,
        )

    @cached_property
    def _flips(self) -> list[Flip]:
        return flips.list_between(self.check.check_id, None, None, self._now, limit=_MOST_FLIPS)

    def _expected(self) -> tuple[ExpectedPing, ...]:
        check = self.check
        if check.status is Status.PAUSED or (check.kind is Kind.SIMPLE and not self.counts):
            return ()  # they would be counted from a ping that nobody knows the time of
        return expected_pings(check, self._now)


def _column(run: LoggedPing) -> tuple[float | None, bool, str]:
    failed = run.ping.kind is Signal.FAIL
    parts = [f"#{run.ping.n}"]
    if run.duration is not None:
        parts.append(words.span(run.duration))
    if failed:
        parts.append("failed")
    seconds = None if run.duration is None else run.duration.total_seconds()
    return seconds, failed, ", ".join(parts)
