"""What the scan does about a check: when it is taken down, and what an outage changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import Change, Flip, Kind, Reason, Status
from nightbell.domain.deadlines import Outage, Verdict, deadline, judge

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def check(make_check):
    """A check that goes down at noon, with a grace of ten minutes."""
    return make_check(
        status=Status.UP,
        timeout=HOUR,
        grace=10 * MINUTE,
        last_ping=NOON - 70 * MINUTE,
        due_at=NOON - 5 * MINUTE,
    )


# ---- What is to be done ----------------------------------------------------------------------


@pytest.mark.parametrize("late", [timedelta(), TICK, HOUR])
def test_a_check_goes_down_at_its_deadline(check, late):
    verdict = judge(check, NOON + late)

    assert verdict.check == check
    assert verdict.wait_until is None
    assert verdict.change.flip == Flip(
        created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT
    )
    assert verdict.change.after == replace(check, status=Status.DOWN, last_flip=NOON, due_at=None)


@pytest.mark.parametrize("ahead", [TICK, SECOND, 30 * MINUTE])
def test_a_deadline_that_is_near_is_waited_for(check, ahead):
    assert judge(check, NOON - ahead) == Verdict(check, wait_until=NOON)


@pytest.mark.parametrize("ahead", [30 * MINUTE + TICK, 24 * HOUR])
def test_an_entry_moves_to_a_deadline_that_is_far_off(check, ahead):
    moved = replace(check, due_at=NOON)

    assert judge(check, NOON - ahead) == Verdict(check, change=Change(before=check, after=moved))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.DOWN},
        {"kind": Kind.ONCALENDAR, "schedule": "2024-01-01 10:00"},
    ],
)
def test_the_entry_of_a_check_without_a_deadline_is_removed(check, changes):
    check = replace(check, **changes)

    verdict = judge(check, NOON)

    assert verdict.change == Change(before=check, after=replace(check, due_at=None))


def test_nothing_is_done_about_a_check_that_has_left_the_index(check):
    check = replace(check, due_at=None)

    assert judge(check, NOON + HOUR) == Verdict(check)


@pytest.mark.parametrize("status", [Status.NEW, Status.UP, Status.PAUSED])
def test_a_run_in_progress_goes_down_after_its_grace(make_check, status):
    check = make_check(
        status=status,
        last_ping=NOON - MINUTE,
        grace=MINUTE,
        last_start=NOON - MINUTE,
        due_at=NOON,
    )

    assert judge(check, NOON - TICK).wait_until == NOON
    assert judge(check, NOON).change.flip.created == NOON
    assert judge(check, NOON).change.flip.old_status is status


def test_a_schedule_that_cannot_be_evaluated_is_an_error(check):
    with pytest.raises(Exception, match="Bad"):
        judge(replace(check, kind=Kind.CRON, schedule="a b c d e"), NOON)


# ---- Deadlines of schedules ------------------------------------------------------------------

# Clocks went forward on 2024-03-31 at 01:00 UTC in Riga (03:00 to 04:00), on 2024-03-10 at 07:00
# UTC in New York (02:00 to 03:00), and on 2024-10-05 at 15:30 UTC on Lord Howe Island (by half an
# hour); back on 2024-10-27 at 01:00 UTC in Riga (04:00 to 03:00).


@pytest.mark.parametrize(
    ("schedule", "tz", "last_ping", "expected"),
    [
        ("30 3 * * *", "Europe/Riga", "2024-03-30 01:30", "2024-03-31 01:00"),
        ("30 3 * * *", "Europe/Riga", "2024-03-31 01:00", "2024-04-01 00:30"),
        ("30 3 * * *", "Europe/Riga", "2024-10-26 00:30", "2024-10-27 00:30"),
        ("30 3 * * *", "Europe/Riga", "2024-10-27 00:30", "2024-10-28 01:30"),
        ("*-*-* 03:30", "Europe/Riga", "2024-10-27 01:30", "2024-10-28 01:30"),
        ("30 * * * *", "Europe/Riga", "2024-10-27 00:30", "2024-10-27 01:30"),
        ("0 9 * * *", "America/New_York", "2024-03-09 14:00", "2024-03-10 13:00"),
        ("0 9 * * *", "Asia/Kolkata", "2024-01-01 03:30", "2024-01-02 03:30"),
        ("0 9 * * *", "Asia/Kathmandu", "2024-01-01 03:15", "2024-01-02 03:15"),
        ("0 9 * * *", "Australia/Lord_Howe", "2024-10-04 22:30", "2024-10-05 22:00"),
        ("0 0 29 2 *", "UTC", "2024-02-29 00:00", "2028-02-29 00:00"),
        ("0 0 31 * *", "UTC", "2024-03-31 00:00", "2024-05-31 00:00"),
        ("0 0 L * *", "UTC", "2024-01-31 00:00", "2024-02-29 00:00"),
        ("*-*~1 12:00", "UTC", "2024-01-31 12:00", "2024-02-29 12:00"),
        ("2024-01-01 12:00\n2024-01-01 13:00", "UTC", "2024-01-01 12:00", "2024-01-01 13:00"),
        ("2024-01-01 12:00\n2024-01-01 13:00", "UTC", "2024-01-01 13:00", None),
    ],
)
def test_a_deadline_is_exact_at_clock_changes_and_ends_of_months(
    make_check, schedule, tz, last_ping, expected
):
    kind = Kind.CRON if len(schedule.split()) == 5 else Kind.ONCALENDAR
    last_ping = datetime.fromisoformat(last_ping).replace(tzinfo=UTC)
    check = make_check(
        status=Status.UP, kind=kind, schedule=schedule, tz=tz, grace=MINUTE, last_ping=last_ping
    )

    moment = deadline(check)

    if expected is None:
        assert moment is None
    else:
        assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC) + MINUTE


# ---- Outages of the scan ---------------------------------------------------------------------


def outage(start, end):
    return Outage(NOON + start, NOON + end)


@pytest.mark.parametrize(
    ("start", "end", "is_put_off"),
    [
        (-10 * MINUTE, 10 * MINUTE, True),
        (-TICK, timedelta(), True),
        (timedelta(), 10 * MINUTE, False),
        (-10 * MINUTE, -TICK, False),
        (TICK, 10 * MINUTE, False),
    ],
)
def test_a_deadline_that_passed_in_an_outage_is_put_off(check, start, end, is_put_off):
    moment = deadline(check, [outage(start, end)])

    assert moment == (NOON + end + check.grace if is_put_off else NOON)


@pytest.mark.parametrize(
    ("grace", "respite"),
    [
        (SECOND, SECOND),
        (HOUR - TICK, HOUR - TICK),
        (HOUR, HOUR),
        (HOUR + TICK, HOUR),
        (365 * 24 * HOUR, HOUR),
    ],
)
def test_it_is_put_off_by_a_grace_period_and_at_most_an_hour(check, grace, respite):
    check = replace(check, grace=grace, last_ping=NOON - HOUR - grace)

    assert deadline(check, [outage(-HOUR, HOUR)]) == NOON + HOUR + respite


def test_of_several_outages_the_one_with_the_deadline_counts(check):
    outages = [
        outage(-9 * HOUR, -8 * HOUR),
        outage(-MINUTE, MINUTE),
        outage(12 * MINUTE, 20 * MINUTE),
    ]

    assert deadline(check, outages) == NOON + 11 * MINUTE


def test_a_deadline_that_was_put_off_into_another_outage_is_put_off_again(check):
    outages = [outage(-MINUTE, MINUTE), outage(5 * MINUTE, HOUR)]

    assert deadline(check, outages) == NOON + HOUR + 10 * MINUTE


def test_a_check_without_a_deadline_gets_none_by_an_outage(make_check):
    assert deadline(make_check(), [outage(-HOUR, HOUR)]) is None


def test_a_check_goes_down_when_its_respite_is_over(check):
    outages = [outage(-MINUTE, MINUTE)]

    assert judge(check, NOON + 11 * MINUTE - TICK, outages).wait_until == NOON + 11 * MINUTE
    assert judge(check, NOON + 11 * MINUTE, outages).change.flip.created == NOON + 11 * MINUTE


def test_a_ping_after_the_outage_ends_the_respite(check):
    check = replace(check, last_ping=NOON + 2 * MINUTE)

    assert deadline(check, [outage(-MINUTE, MINUTE)]) == NOON + 72 * MINUTE
