"""How a check stands, and in words what is expected of it next."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nightbell.domain.check import Check, Status
from nightbell.domain.nagging import next_nag
from nightbell.domain.status import expected_ping, going_down_after, shown_status


class Standing(StrEnum):
    """How a check stands, as people are told; in the order in which it matters to them."""

    DOWN = "down"
    LATE = "late"
    RUNNING = "running"
    UP = "up"
    NEW = "new"
    PAUSED = "paused"

    @property
    def rank(self) -> int:
        """Where it comes in a list; 0 first."""
        return list(Standing).index(self)


class Telling(StrEnum):
    """How a moment is told: `in 12 min`, `12 min` (since then), `03:25`; filters of templates."""

    RELATIVE = "relative"
    LASTING = "lasting"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, and the moment that they lead to, if any."""

    words: str
    at: datetime | None = None
    told: Telling = Telling.RELATIVE


@dataclass(frozen=True, slots=True)
class Expectation:
    """How a check stands, and what is expected next: phrases to be joined by commas.

    It says nothing of the present moment but the standing, so it is the same until that changes.
    """

    standing: Standing
    phrases: tuple[Phrase, ...]


def standing(check: Check, now: datetime) -> Standing:
    """Return how the check stands. A run in progress shows only where nothing is wrong."""
    shown = shown_status(check, now)
    if shown is Status.DOWN:
        return Standing.DOWN
    if shown is Status.GRACE:
        return Standing.LATE
    return Standing.RUNNING if check.last_start else Standing(shown.value)


def expectation(check: Check, now: datetime) -> Expectation:
    """Return what the check's row, page and tile say of it."""
    stands = standing(check, now)
    return Expectation(stands, tuple(_PHRASES[stands](check)))


def down_since(check: Check) -> datetime | None:
    """Return when a check that is shown as down went down, its flip being written or not yet."""
    return check.last_flip if check.status is Status.DOWN else going_down_after(check)


def _when_down(check: Check) -> list[Phrase]:
    since = down_since(check)
    phrases = [Phrase("down since", since, Telling.MOMENT) if since else Phrase("down")]
    if check.last_start:
        phrases.append(Phrase("run started", check.last_start))
    reminder = next_nag(check)
    if reminder and check.channels:
        phrases.append(Phrase("reminder at", reminder, Telling.MOMENT))
    return phrases


def _when_late(check: Check) -> list[Phrase]:
    phrases = [Phrase("late by", expected_ping(check), Telling.LASTING)]
    if check.last_start:
        phrases.append(Phrase("running for", check.last_start, Telling.LASTING))
    return [*phrases, _deadline(check, Telling.RELATIVE)]


def _when_running(check: Check) -> list[Phrase]:
    running = Phrase("running for", check.last_start, Telling.LASTING)
    return [running, _deadline(check, Telling.MOMENT)]


def _when_up(check: Check) -> list[Phrase]:
    expected = expected_ping(check)
    if expected is None:
        return [Phrase("the schedule has ended, no ping is expected")]
    return [Phrase("expected", expected), _deadline(check, Telling.MOMENT)]


def _when_new(check: Check) -> list[Phrase]:
    return [Phrase("waits for its next ping" if check.n_pings else "waits for its first ping")]


def _when_paused(check: Check) -> list[Phrase]:
    how = "by hand" if check.manual_resume else "with the next ping"
    return [Phrase(f"paused, resumes {how}")]


def _deadline(check: Check, told: Telling) -> Phrase:
    """Return when the check goes down if nothing comes, which is an alert if anybody hears it."""
    what = "alert" if check.channels else "down"
    return Phrase(f"{what} at" if told is Telling.MOMENT else what, going_down_after(check), told)


_PHRASES = {
    Standing.DOWN: _when_down,
    Standing.LATE: _when_late,
    Standing.RUNNING: _when_running,
    Standing.UP: _when_up,
    Standing.NEW: _when_new,
    Standing.PAUSED: _when_paused,
}
