"""How long runs took, as told from a ping log."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import Ping, Signal
from nightbell.domain.run_times import durations, elapsed

SUCCESS, START, FAIL, LOG, IGNORE = (
    *(Signal.SUCCESS, Signal.START, Signal.FAIL),
    *(Signal.LOG, Signal.IGNORE),
)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOURS_72 = timedelta(hours=72)


def log(*entries):
    """Return pings, numbered from 1, of entries of kind, seconds and perhaps a run id."""
    return [
        Ping(
            kind=kind,
            created=EPOCH + (at if isinstance(at, timedelta) else timedelta(seconds=at)),
            n=n,
            rid=rid[0] if rid else None,
        )
        for n, (kind, at, *rid) in enumerate(entries, start=1)
    ]


@pytest.mark.parametrize(
    ("entries", "seconds"),
    [
        ([], {}),
        ([(SUCCESS, 0)], {}),
        ([(START, 0)], {}),
        ([(START, 0), (SUCCESS, 5)], {2: 5}),
        ([(START, 0), (FAIL, 5)], {2: 5}),
        ([(START, 0), (SUCCESS, 0)], {2: 0}),
        ([(START, 0), (LOG, 5)], {}),
        ([(START, 0), (IGNORE, 5)], {}),
        ([(START, 0), (LOG, 1), (IGNORE, 2), (SUCCESS, 5)], {4: 5}),
        # An end ends: the next has no start of its own.
        ([(START, 0), (SUCCESS, 5), (SUCCESS, 9)], {2: 5}),
        ([(START, 0), (FAIL, 5), (SUCCESS, 9)], {2: 5}),
        ([(START, 0), (SUCCESS, 5), (START, 7), (SUCCESS, 9)], {2: 5, 4: 2}),
        # Of two starts the last counts.
        ([(START, 0), (START, 3), (SUCCESS, 5)], {3: 2}),
        # Run ids keep runs apart.
        ([(START, 0, "a"), (SUCCESS, 5)], {}),
        ([(START, 0), (SUCCESS, 5, "a")], {}),
        ([(START, 0, "a"), (SUCCESS, 5, "b")], {}),
        ([(START, 0, "a"), (SUCCESS, 5, "a")], {2: 5}),
        ([(START, 0, "a"), (START, 1, "b"), (SUCCESS, 5, "a"), (FAIL, 9, "b")], {3: 5, 4: 8}),
        ([(START, 0, "a"), (FAIL, 3, "b"), (SUCCESS, 4), (SUCCESS, 5, "a")], {4: 5}),
        ([(START, 0, "a"), (START, 1, "a"), (SUCCESS, 5, "a")], {3: 4}),
        # The log may begin in the middle of a run.
        ([(SUCCESS, 0, "a"), (START, 1, "a"), (SUCCESS, 5, "a")], {3: 4}),
    ],
)
def test_measures_from_the_start_signal_to_the_end_of_the_run(entries, seconds):
    assert durations(log(*entries)) == {n: timedelta(seconds=s) for n, s in seconds.items()}


@pytest.mark.parametrize(
    ("length", "measured"),
    [
        (HOURS_72 - TICK, {2: HOURS_72 - TICK}),
        (HOURS_72, {2: HOURS_72}),
        (HOURS_72 + TICK, {}),
    ],
)
def test_a_run_of_more_than_72_hours_is_not_measured(length, measured):
    assert durations(log((START, 0), (SUCCESS, length))) == measured


def test_a_run_that_was_too_long_is_over_nevertheless():
    pings = log((START, 0), (SUCCESS, HOURS_72 + TICK), (SUCCESS, HOURS_72 + 2 * TICK))

    assert durations(pings) == {}


def test_durations_are_kept_by_the_number_of_the_ping():
    first, second = log((START, 0), (SUCCESS, 5))

    pings = iter([first, second])

    assert durations(pings) == {2: timedelta(seconds=5)}


@pytest.mark.parametrize(
    ("end", "expected"), [(-TICK, timedelta()), (timedelta(), timedelta()), (TICK, TICK)]
)
def test_no_run_takes_less_than_no_time(end, expected):
    assert elapsed(EPOCH, EPOCH + end) == expected
    assert durations(log((START, 0), (SUCCESS, end))) == {2: expected}
