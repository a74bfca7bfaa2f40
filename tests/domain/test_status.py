"""What status a check has at a moment, and when its next ping is expected."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import Kind, Status
from nightbell.domain.status import (
    expected_ping,
    going_down_after,
    grace_start,
    next_ping,
    run_is_overdue,
    shown_status,
)

NEW, UP, GRACE, DOWN, PAUSED = Status.NEW, Status.UP, Status.GRACE, Status.DOWN, Status.PAUSED

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def up_check(make_check):
    """A check that was pinged at noon, is expected at 13:00 and goes down at 13:10."""
    return make_check(status=UP, last_ping=NOON, timeout=HOUR, grace=10 * MINUTE)


# ---- Up ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (NOON, UP),
        (NOON + HOUR - TICK, UP),
        (NOON + HOUR, GRACE),
        (NOON + HOUR + TICK, GRACE),
        (NOON + HOUR + 10 * MINUTE - TICK, GRACE),
        (NOON + HOUR + 10 * MINUTE, DOWN),
        (NOON + HOUR + 10 * MINUTE + TICK, DOWN),
        (NOON + 1000 * HOUR, DOWN),
        (NOON - HOUR, UP),
    ],
)
def test_a_check_is_late_from_the_expected_time_and_down_from_the_deadline(up_check, now, status):
    assert shown_status(up_check, now) is status
    assert not run_is_overdue(up_check, now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON, NOON + HOUR),
        (NOON + HOUR + 10 * MINUTE - TICK, NOON + HOUR),
        (NOON + HOUR + 10 * MINUTE, None),
    ],
)
def test_the_next_ping_is_expected_when_the_grace_period_starts(up_check, now, expected):
    assert next_ping(up_check, now) == expected


def test_the_deadline_is_the_end_of_the_grace_period(up_check):
    assert expected_ping(up_check) == NOON + HOUR
    assert grace_start(up_check) == NOON + HOUR
    assert going_down_after(up_check) == NOON + HOUR + 10 * MINUTE


@pytest.mark.parametrize(
    ("kind", "schedule"), [(Kind.CRON, "0 8 * * *"), (Kind.ONCALENDAR, "08:00")]
)
def test_a_schedule_is_kept_in_its_zone(make_check, kind, schedule):
    check = make_check(status=UP, last_ping=NOON, kind=kind, schedule=schedule, tz="Asia/Tokyo")

    assert grace_start(check) == datetime(2024, 1, 1, 23, tzinfo=UTC)
    assert going_down_after(check) == datetime(2024, 1, 2, 0, tzinfo=UTC)
    assert shown_status(check, datetime(2024, 1, 1, 22, 59, tzinfo=UTC)) is UP
    assert shown_status(check, datetime(2024, 1, 1, 23, tzinfo=UTC)) is GRACE
    assert shown_status(check, datetime(2024, 1, 2, 0, tzinfo=UTC)) is DOWN


# In Europe/Berlin clocks go from 02:00 to 03:00 at 2024-03-31 01:00 UTC and from 03:00 to 02:00 at
# 2024-10-27 01:00 UTC.
@pytest.mark.parametrize(
    ("last_ping", "deadline"),
    [
        (datetime(2024, 3, 30, 23, 30, tzinfo=UTC), datetime(2024, 3, 31, 2, 30, tzinfo=UTC)),
        (datetime(2024, 10, 26, 22, 30, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC)),
    ],
)
def test_grace_is_as_long_as_ever_when_clocks_change(make_check, last_ping, deadline):
    scheduled = {"kind": Kind.CRON, "schedule": "30 1 * * *", "tz": "Europe/Berlin"}

    check = make_check(status=UP, last_ping=last_ping, grace=2 * HOUR, **scheduled)

    assert going_down_after(check) == deadline


def test_a_check_whose_schedule_has_ended_stays_up(make_check):
    check = make_check(status=UP, last_ping=NOON, kind=Kind.ONCALENDAR, schedule="2024-01-01 12:00")

    assert shown_status(check, NOON + 10_000 * HOUR) is UP
    assert next_ping(check, NOON) is None
    assert going_down_after(check) is None


def test_a_simple_check_keeps_a_schedule_without_heeding_it(up_check, make_check):
    check = make_check(status=UP, last_ping=NOON, timeout=HOUR, schedule="1 12 * * *", tz="x")

    assert grace_start(check) == grace_start(up_check)


# ---- New, paused and down ------------------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, PAUSED, DOWN])
@pytest.mark.parametrize("last_ping", [None, NOON])
@pytest.mark.parametrize("now", [NOON, NOON + HOUR, NOON + 1000 * HOUR])
def test_any_other_check_expects_nothing(make_check, status, last_ping, now):
    check = make_check(status=status, last_ping=last_ping, timeout=HOUR)

    assert shown_status(check, now) is status
    assert next_ping(check, now) is None
    assert going_down_after(check) is None


# ---- Running -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, PAUSED])
@pytest.mark.parametrize(
    ("now", "over"),
    [
        (NOON, False),
        (NOON + 10 * MINUTE - TICK, False),
        (NOON + 10 * MINUTE, True),
        (NOON + 10 * MINUTE + TICK, True),
    ],
)
def test_a_run_is_down_when_its_grace_is_over(make_check, status, now, over):
    check = make_check(status=status, last_start=NOON, grace=10 * MINUTE)

    assert run_is_overdue(check, now) is over
    assert shown_status(check, now) is (DOWN if over else status)
    assert next_ping(check, now) == (None if over else NOON)
    assert going_down_after(check) == NOON + 10 * MINUTE


@pytest.mark.parametrize(
    ("started", "grace_starts"),
    [
        (NOON + HOUR - TICK, NOON + HOUR - TICK),
        (NOON + HOUR, NOON + HOUR),
        (NOON + HOUR + TICK, NOON + HOUR),
    ],
)
def test_a_run_is_on_its_grace_if_it_starts_before_the_expected_time(
    up_check, make_check, started, grace_starts
):
    check = make_check(
        status=UP, last_ping=NOON, last_start=started, timeout=HOUR, grace=10 * MINUTE
    )

    assert grace_start(check) == grace_starts
    assert next_ping(check, started) == grace_starts
    assert going_down_after(check) == grace_starts + 10 * MINUTE


def test_an_up_check_that_runs_is_up_late_and_down(make_check):
    check = make_check(
        status=UP, last_ping=NOON, last_start=NOON + 55 * MINUTE, timeout=HOUR, grace=10 * MINUTE
    )

    assert shown_status(check, NOON + HOUR - TICK) is UP
    assert shown_status(check, NOON + HOUR) is GRACE
    assert shown_status(check, NOON + 65 * MINUTE - TICK) is GRACE
    assert shown_status(check, NOON + 65 * MINUTE) is DOWN
    assert next_ping(check, NOON + 65 * MINUTE) is None


def test_a_run_that_starts_late_buys_no_time(make_check):
    check = make_check(
        status=UP, last_ping=NOON, last_start=NOON + 65 * MINUTE, timeout=HOUR, grace=10 * MINUTE
    )

    assert shown_status(check, NOON + 70 * MINUTE - TICK) is GRACE
    assert shown_status(check, NOON + 70 * MINUTE) is DOWN


def test_a_down_check_that_runs_is_down(make_check):
    check = make_check(status=DOWN, last_ping=NOON, last_start=NOON, grace=10 * MINUTE)

    assert shown_status(check, NOON + MINUTE) is DOWN
    assert shown_status(check, NOON + HOUR) is DOWN
    assert next_ping(check, NOON + MINUTE) is None
    assert going_down_after(check) is None


def test_a_run_counts_where_the_schedule_has_ended(make_check):
    check = make_check(
        status=UP,
        last_ping=NOON,
        last_start=NOON + HOUR,
        kind=Kind.ONCALENDAR,
        schedule="2024-01-01 12:00",
        grace=10 * MINUTE,
    )

    assert shown_status(check, NOON + HOUR) is UP
    assert shown_status(check, NOON + HOUR + 10 * MINUTE) is DOWN
    assert next_ping(check, NOON + HOUR) == NOON + HOUR
