"""What a run of the scan takes: nothing due, many checks that go down, many that are fine."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bench.meter import Consumption, Meter
from nightbell import clock, scan
from nightbell.domain.check import Check, Status
from nightbell.store import check_creation, check_items
from nightbell.store.tables import CheckItem

_PROJECT = "scanned"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class ScanFigures:
    """What one run took; the times are those of a run without the meter."""

    name: str
    consumption: Consumption
    cpu_ms: float
    ms: float


def measure(meter: Meter) -> Iterator[ScanFigures]:
    """Measure the runs, one after the other, on the checks that the run before has left."""
    scan.run(0, 1)
    yield _figures("nothing due", meter)
    for number in (1, 1_000, 10_000):
        yield _figures(f"{number:,} checks going down", meter, number)
    fine = _fine(clock.now())
    _write(100_000, replace(fine, due_at=fine.due_at and fine.due_at + 60 * _MINUTE))
    yield _figures("100,000 checks that are fine", meter)
    _write(100_000, fine)
    yield _figures("100,000 more, pinged since they were indexed", meter)


def _figures(name: str, meter: Meter, overdue: int = 0) -> ScanFigures:
    """Measure a run that takes down so many checks."""
    _write(overdue, _overdue(clock.now()))
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    scan.run(0, 1)
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    _write(overdue, _overdue(clock.now()))
    with meter.measuring() as consumption:
        scan.run(0, 1)
    return ScanFigures(name, consumption, cpu / 1_000_000, wall / 1_000_000)


def _overdue(now: datetime) -> Check:
    """Return a check whose deadline was a minute ago."""
    return replace(_fine(now), last_ping=now - 22 * _MINUTE, due_at=now - _MINUTE)


def _fine(now: datetime) -> Check:
    """Return a check that goes down in twenty minutes and is indexed now."""
    return replace(
        check_creation.blank(_PROJECT, now),
        name="Nightly backup",
        tags="prod db",
        timeout=20 * _MINUTE,
        grace=_MINUTE,
        status=Status.UP,
        n_pings=1,
        last_ping=now - _MINUTE,
        due_at=now,
    )


def _write(number: int, check: Check) -> None:
    """Store so many checks like this one."""
    with CheckItem.batch_write() as batch:
        for _ in range(number):
            own = check_creation.blank(_PROJECT, check.created)
            copy = replace(check, check_id=own.check_id, badge_key=own.badge_key)
            batch.save(check_items.items_of(copy)[0])
