"""The wall: how many checks stand how, what is wrong, and what is expected next."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nightbell.dashboard.expectations import Standing, standing
from nightbell.dashboard.listing import Row
from nightbell.domain.check import Check
from nightbell.domain.status import going_down_after

_WRONG = (Standing.DOWN, Standing.LATE)
_MOST_WRONG = 36  # more would be too small to read
_MOST_NEXT = 8


@dataclass(frozen=True)
class Wall:
    """What the wall shows."""

    counts: Mapping[Standing, int]
    wrong: tuple[Row, ...]  # those that are down, and late ones, the latest to go wrong first
    next: tuple[Row, ...]  # those whose deadlines come first, of those that are well

    @property
    def more_wrong(self) -> int:
        """How many are down or late and not shown."""
        return sum(self.counts[each] for each in _WRONG) - len(self.wrong)

    def state(self) -> object:
        """Return what the wall tells, as plain values."""
        rows = tuple((row.check.name, row.expectation) for row in (*self.wrong, *self.next))
        return tuple(self.counts.items()), len(self.wrong), rows


def arrange(checks: Iterable[Check], now: datetime) -> Wall:
    """Return the wall of these checks."""
    standings = [(check, standing(check, now)) for check in checks]
    counted = Counter(stands for _, stands in standings)
    rows = [
        Row.of(check, now)
        for check, stands in standings
        if stands in (*_WRONG, Standing.RUNNING, Standing.UP)
    ]
    wrong = [row for row in rows if row.expectation.standing in _WRONG]
    well = [row for row in rows if row.expectation.standing not in _WRONG]
    wrong.sort(key=lambda row: row.expectation.phrases[0].at or now, reverse=True)
    wrong.sort(key=lambda row: row.expectation.standing.rank)
    return Wall(
        counts={each: counted[each] for each in Standing},
        wrong=tuple(wrong[:_MOST_WRONG]),
        next=tuple(_soonest(well)[:_MOST_NEXT]),
    )


def _soonest(rows: Iterable[Row]) -> list[Row]:
    """Return those that have a deadline, by it."""
    deadlines = ((going_down_after(row.check), row) for row in rows)
    dated = [(deadline, row) for deadline, row in deadlines if deadline]
    return [row for _, row in sorted(dated, key=lambda pair: (pair[0], pair[1].key))]
