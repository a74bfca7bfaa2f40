"""Reminders that a check is still down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nightbell.domain.check import Change, Flip, Kind, Ping, Reason, Signal, Status
from nightbell.domain.deadlines import Outage, Verdict, judge
from nightbell.domain.errors import NotDown
from nightbell.domain.nagging import due_moment, next_nag
from nightbell.domain.spec import Spec
from nightbell.domain.status import going_down_after
from nightbell.domain.transitions import apply_spec, go_down, nag, pause, receive, snooze

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

NONE = timedelta()


@pytest.fixture
def check(make_check):
    """A check that went down at noon and reminds every two hours, first at two o'clock."""
    return make_check(
        status=Status.DOWN,
        timeout=HOUR,
        grace=MINUTE,
        last_ping=NOON - HOUR - MINUTE,
        last_flip=NOON,
        nag_interval=2 * HOUR,
        due_at=NOON + 2 * HOUR,
    )


def edited(check, now, **spec):
    return apply_spec(check, Spec(**spec), None, now, slug_from_name=False)


# ---- When the next one is --------------------------------------------------------------------


def test_the_first_reminder_is_an_interval_after_the_check_went_down(check):
    assert next_nag(check) == NOON + 2 * HOUR


def test_the_next_reminder_is_an_interval_after_the_last(check):
    assert next_nag(replace(check, last_nag=NOON + 3 * HOUR)) == NOON + 5 * HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"nag_interval": NONE},
        {"status": Status.UP},
        {"status": Status.NEW},
        {"status": Status.PAUSED},
        {"last_flip": None},
    ],
)
def test_no_reminder_is_wanted(check, changes):
    assert next_nag(replace(check, **changes)) is None


@pytest.mark.parametrize(
    ("snoozed_until", "expected"),
    [
        (NOON + HOUR, NOON + 2 * HOUR),
        (NOON + 2 * HOUR, NOON + 2 * HOUR),
        (NOON + 2 * HOUR + TICK, NOON + 2 * HOUR + TICK),
        (NOON + 24 * HOUR, NOON + 24 * HOUR),
    ],
)
def test_a_snooze_puts_the_reminder_off_and_never_brings_it_forward(check, snoozed_until, expected):
    assert next_nag(replace(check, snoozed_until=snoozed_until)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.DOWN, NOON + 2 * HOUR), (Status.UP, NOON), (Status.PAUSED, None)],
)
def test_the_scan_waits_for_a_reminder_or_a_deadline(check, status, expected):
    assert due_moment(replace(check, status=status)) == expected


# Clocks in Riga go forward on 31 March 2024 at 01:00 UTC and back on 27 October at 01:00 UTC.
@pytest.mark.parametrize(
    "day", [datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 10, 27, tzinfo=UTC)]
)
def test_intervals_are_real_time_at_clock_changes(check, day):
    check = replace(check, kind=Kind.CRON, schedule="0 3 * * *", tz="Europe/Riga", last_flip=day)

    moment = next_nag(check)

    assert moment == day + 2 * HOUR
    assert moment.utcoffset() == NONE
    zone = ZoneInfo("Europe/Riga")
    assert moment.astimezone(zone).utcoffset() != day.astimezone(zone).utcoffset()


# ---- Reminding -------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [NONE, TICK, HOUR])
def test_a_reminder_is_due_when_its_moment_has_come(check, late):
    now = NOON + 2 * HOUR + late

    verdict = judge(check, now)

    assert verdict.change.flip == Flip(
        created=now, old_status=Status.DOWN, new_status=Status.DOWN, reason=Reason.NAG
    )
    assert verdict.change.after == replace(check, last_nag=now, due_at=now + 2 * HOUR)
    assert verdict.wait_until is None


def test_a_reminder_that_is_near_is_waited_for(check):
    verdict = judge(check, NOON + 2 * HOUR - TICK)

    assert verdict == Verdict(check, wait_until=NOON + 2 * HOUR)


def test_after_an_outage_of_the_scan_there_is_one_reminder_for_all(check):
    now = NOON + 9 * HOUR
    outage = Outage(NOON + HOUR, now)

    reminded = judge(check, now, [outage]).change.after
    next_verdict = judge(replace(reminded, due_at=now), now + SECOND, [outage])

    assert reminded.last_nag == now
    assert next_verdict.change == Change(
        before=replace(reminded, due_at=now), after=replace(reminded, due_at=now + 2 * HOUR)
    )


def test_a_reminder_changes_nothing_that_a_ping_is_measured_by(check):
    check = replace(check, last_start=NOON + MINUTE, n_pings=7)

    after = nag(check, NOON + 2 * HOUR).after

    kept = replace(after, last_nag=None, due_at=check.due_at)
    assert kept == check


def test_a_reminder_ends_the_snooze_that_put_it_off(check):
    check = replace(check, snoozed_until=NOON + 5 * HOUR)

    after = nag(check, NOON + 5 * HOUR).after

    assert after.snoozed_until is None
    assert next_nag(after) == NOON + 7 * HOUR


# ---- What ends and moves them ----------------------------------------------------------------


def test_a_check_that_goes_down_waits_for_its_first_reminder(check):
    up = replace(check, status=Status.UP, due_at=NOON, last_flip=None)

    after = go_down(up, NOON).after

    assert after.due_at == NOON + 2 * HOUR


def test_a_check_that_comes_up_reminds_no_more(check):
    check = replace(check, last_nag=NOON + 2 * HOUR, snoozed_until=NOON + 9 * HOUR)
    now = NOON + 3 * HOUR

    after = receive(check, Ping(created=now, kind=Signal.SUCCESS)).after

    assert (after.last_nag, after.snoozed_until, next_nag(after)) == (None, None, None)
    assert after.due_at <= going_down_after(after)


def test_a_check_that_is_paused_reminds_no_more(check):
    after = pause(replace(check, last_nag=NOON + 2 * HOUR), NOON + 3 * HOUR).after

    assert (after.last_nag, after.due_at) == (None, None)


def test_a_check_that_goes_down_anew_forgets_earlier_reminders(check):
    reminded = replace(check, last_nag=NOON + 2 * HOUR)
    up = receive(reminded, Ping(created=NOON + 3 * HOUR, kind=Signal.SUCCESS)).after

    down = receive(up, Ping(created=NOON + 4 * HOUR, kind=Signal.FAIL)).after

    assert next_nag(down) == down.due_at == NOON + 6 * HOUR


@pytest.mark.parametrize("kind", [Signal.FAIL, Signal.START, Signal.LOG])
def test_signs_of_life_of_a_check_that_stays_down_put_no_reminder_off(check, kind):
    after = receive(check, Ping(created=NOON + HOUR, kind=kind)).after

    assert next_nag(after) == after.due_at == NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("interval", "due_at"),
    [(HOUR, NOON + HOUR), (24 * HOUR, NOON + 24 * HOUR), (NONE, None)],
)
def test_another_interval_counts_from_the_last_time_it_was_told(check, interval, due_at):
    change = edited(check, NOON + 90 * MINUTE, nag_interval=interval)

    assert change.flip is None
    assert change.after.due_at == due_at


def test_an_interval_that_is_over_when_it_is_set_reminds_at_once(check):
    now = NOON + 90 * MINUTE
    shortened = edited(check, now, nag_interval=HOUR).after

    verdict = judge(shortened, now)

    assert verdict.change.flip.created == now


def test_reminders_can_be_asked_for_while_a_check_is_down(check):
    silent = replace(check, nag_interval=NONE, due_at=None)

    after = edited(silent, NOON + 5 * HOUR, nag_interval=HOUR).after

    assert after.due_at == NOON + HOUR


def test_an_interval_moves_no_deadline(check):
    up = replace(check, status=Status.UP, due_at=NOON)

    after = edited(up, NOON - MINUTE, nag_interval=HOUR).after

    assert after.due_at == NOON


# ---- Snoozing --------------------------------------------------------------------------------


def test_snoozing_moves_the_reminder(check):
    change = snooze(check, NOON + 5 * HOUR)

    assert change.flip is None
    assert change.after == replace(check, snoozed_until=NOON + 5 * HOUR, due_at=NOON + 5 * HOUR)


def test_a_snooze_can_be_ended(check):
    snoozed = snooze(check, NOON + 5 * HOUR).after

    assert snooze(snoozed, None).after == check


def test_a_check_without_reminders_can_be_snoozed_all_the_same(check):
    silent = replace(check, nag_interval=NONE, due_at=None)

    after = snooze(silent, NOON + 5 * HOUR).after

    assert (after.snoozed_until, after.due_at) == (NOON + 5 * HOUR, None)
    assert edited(after, NOON, nag_interval=HOUR).after.due_at == NOON + 5 * HOUR


@pytest.mark.parametrize("status", [Status.NEW, Status.UP, Status.PAUSED])
def test_only_a_check_that_is_down_can_be_snoozed(check, status):
    with pytest.raises(NotDown):
        snooze(replace(check, status=status), NOON)


# ---- In order --------------------------------------------------------------------------------


def test_a_reminder_and_an_up_at_the_same_moment_are_told_apart(check):
    now = NOON + 2 * HOUR
    reminded = nag(check, now)

    up = receive(reminded.after, Ping(created=now, kind=Signal.SUCCESS))
    down = receive(up.after, Ping(created=now, kind=Signal.FAIL))

    moments = [change.flip.created for change in (reminded, up, down)]
    assert moments == [now, now + TICK, now + 2 * TICK]


def test_an_up_of_an_earlier_moment_comes_after_the_reminder(check):
    reminded = nag(check, NOON + 2 * HOUR).after

    up = receive(reminded, Ping(created=NOON + HOUR, kind=Signal.SUCCESS))

    assert up.flip.created == NOON + 2 * HOUR + TICK


def test_a_reminder_comes_after_the_flip_whatever_the_clock_says(check):
    reminders = [nag(check, NOON - SECOND)]
    reminders.append(nag(reminders[0].after, NOON - SECOND))

    assert [change.flip.created for change in reminders] == [NOON + TICK, NOON + 2 * TICK]
