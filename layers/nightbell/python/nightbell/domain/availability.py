"""For how much of each month a check was up, as far as its flips tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nightbell.domain import schedule
from nightbell.domain.check import Check, Flip, Status


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which the status of a check did not change."""

    start: datetime
    end: datetime
    status: Status

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Month:
    """A month by the clocks of the check's zone. Only time in which it was up or down counts."""

    first: date
    start: datetime
    end: datetime
    spans: tuple[Span, ...]  # what is known of it, oldest first

    @property
    def up(self) -> timedelta:
        """For how long the check was up."""
        return self._total(Status.UP)

    @property
    def down(self) -> timedelta:
        """For how long the check was down."""
        return self._total(Status.DOWN)

    @property
    def outages(self) -> int:
        """How often the check was down; one that began before the month is one of them."""
        return sum(span.status is Status.DOWN for span in self.spans)

    @property
    def availability(self) -> float | None:
        """The part of the counted time in which the check was up; None if none counts."""
        counted = self.up + self.down
        return self.up / counted if counted else None

    def _total(self, status: Status) -> timedelta:
        lengths = (span.length for span in self.spans if span.status is status)
        return sum(lengths, timedelta())


def months(
    check: Check, flips: Sequence[Flip], known_from: datetime, now: datetime, count: int
) -> list[Month]:
    """Return the latest months, the present one first.

    `flips`: all changes of status since `known_from`, in any order. What was before it, or before
    the check was made, is in no span.
    """
    spans = _spans(check, flips, max(known_from, check.created), now)
    found = []
    first = schedule.in_zone(now, check.tz).date().replace(day=1)
    end = schedule.day_start(_next_month(first), check.tz)
    for _ in range(count):
        start = schedule.day_start(first, check.tz)
        found.append(Month(first, start, end, _within(spans, start, end)))
        first, end = (first - timedelta(days=1)).replace(day=1), start
    return found


def _spans(check: Check, flips: Sequence[Flip], start: datetime, now: datetime) -> list[Span]:
    changes = sorted(flips, key=lambda flip: flip.created)
    status = changes[0].old_status if changes else check.status
    spans = []
    for flip in changes:
        if flip.created > start:
            spans.append(Span(start, flip.created, status))
            start = flip.created
        status = flip.new_status
    if now > start:
        spans.append(Span(start, now, status))
    return spans


def _within(spans: Sequence[Span], start: datetime, end: datetime) -> tuple[Span, ...]:
    return tuple(
        Span(max(span.start, start), min(span.end, end), span.status)
        for span in spans
        if span.start < end and span.end > start
    )


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
