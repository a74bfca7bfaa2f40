"""Which flips are announced, under which id, and when a failed attempt is repeated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from nightbell.domain.alerts import Order, is_announced, is_news, rest, retry_delay
from nightbell.domain.check import Flip, Reason, Status
from nightbell.settings import Settings

PARAMETERS = yaml_parse((Path(__file__).parents[2] / "template.yaml").read_text())["Parameters"]

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
OTHER_UUID = "0e1c3e5c-9c43-4d3b-8f8a-3c5d9a9f0b1e"

NEW, UP, DOWN, PAUSED = Status.NEW, Status.UP, Status.DOWN, Status.PAUSED
CHANGES = [reason for reason in Reason if reason is not Reason.NAG]


def flip(old=UP, new=DOWN, reason=Reason.TIMEOUT, at=NOON):
    return Flip(created=at, old_status=old, new_status=new, reason=reason)


def order(**changes):
    values = {"project_id": "p", "check_id": UUID, "channel_id": "c", "flip": flip()}
    return Order(**(values | changes))


# ---- What is announced -----------------------------------------------------------------------


@pytest.mark.parametrize("reason", CHANGES)
@pytest.mark.parametrize("old", [NEW, UP, PAUSED])
def test_going_down_is_announced_from_wherever(old, reason):
    assert is_announced(flip(old, DOWN, reason))


@pytest.mark.parametrize("reason", CHANGES)
def test_coming_up_is_announced_from_down_alone(reason):
    announced = {old for old in Status if is_announced(flip(old, UP, reason))}

    assert announced == {DOWN}


@pytest.mark.parametrize("reason", CHANGES)
@pytest.mark.parametrize("new", [NEW, PAUSED])
@pytest.mark.parametrize("old", [NEW, UP, DOWN, PAUSED])
def test_pausing_and_resuming_are_announced_to_nobody(old, new, reason):
    assert not is_announced(flip(old, new, reason))


def test_a_check_that_stays_down_is_announced_for_a_reminder_only():
    announced = {reason for reason in Reason if is_announced(flip(DOWN, DOWN, reason))}

    assert announced == {Reason.NAG}


# ---- What is news ----------------------------------------------------------------------------


@pytest.mark.parametrize("age", [timedelta(), DAY, DAY + TICK, 90 * DAY])
@pytest.mark.parametrize("status", [UP, DOWN])
def test_the_present_status_is_always_news(make_check, status, age):
    check = make_check(status=status, last_flip=NOON)

    assert is_news(flip(new=status), check, NOON + age, DAY)


@pytest.mark.parametrize(
    ("age", "expected"), [(DAY - TICK, True), (DAY, True), (DAY + TICK, False)]
)
@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_what_is_over_is_news_for_a_while(make_check, status, age, expected):
    check = make_check(status=status, last_flip=NOON + MINUTE)

    assert is_news(flip(), check, NOON + age, DAY) is expected


@pytest.mark.parametrize("age", [SECOND, 90 * DAY])
def test_a_reminder_is_news_while_the_check_stays_down(make_check, age):
    check = make_check(status=DOWN, last_flip=NOON - HOUR, last_nag=NOON)

    assert is_news(flip(DOWN, DOWN, Reason.NAG), check, NOON + age, DAY)


@pytest.mark.parametrize(
    "since",
    [
        {"status": UP, "last_flip": NOON + TICK, "last_nag": None},
        {"status": PAUSED, "last_flip": NOON + TICK, "last_nag": None},
        {"status": DOWN, "last_flip": NOON + MINUTE, "last_nag": None},
        {"status": DOWN, "last_flip": NOON - HOUR, "last_nag": NOON + TICK},
        {"status": DOWN, "last_flip": NOON - HOUR, "snoozed_until": NOON + HOUR},
    ],
    ids=["up", "paused", "down anew", "reminded again", "snoozed"],
)
def test_a_reminder_is_no_news_once_it_is_over(make_check, since):
    check = make_check(**({"last_nag": NOON} | since))

    assert not is_news(flip(DOWN, DOWN, Reason.NAG), check, NOON + SECOND, DAY)


def test_a_reminder_is_news_when_nobody_snoozes_any_more(make_check):
    check = make_check(status=DOWN, last_flip=NOON - HOUR, snoozed_until=NOON + HOUR)

    assert is_news(flip(DOWN, DOWN, Reason.NAG), check, NOON + HOUR, DAY)


def test_a_snooze_hides_no_change_of_status(make_check):
    check = make_check(status=DOWN, last_flip=NOON, snoozed_until=NOON + HOUR)

    assert is_news(flip(), check, NOON + SECOND, DAY)


# ---- Names -----------------------------------------------------------------------------------


def test_the_same_delivery_has_the_same_name():
    elsewhere = order(project_id="other", site="https://example.org")
    reworded = order(flip=replace(flip(), reason=Reason.FAIL))

    assert order().delivery_id == elsewhere.delivery_id == reworded.delivery_id


def test_different_deliveries_have_different_names():
    orders = [
        order(),
        order(flip=flip(at=NOON + TICK)),
        order(channel_id="d"),
        order(check_id=OTHER_UUID),
    ]

    assert len({one.delivery_id for one in orders}) == len(orders)


def test_a_check_and_a_channel_are_a_group_whatever_the_flip():
    assert order().group_id == order(flip=flip(at=NOON + HOUR)).group_id
    assert len({one.group_id for one in (order(), order(channel_id="d"))}) == 2
    assert order().group_id != order(check_id=OTHER_UUID).group_id


def test_names_tell_nothing_and_suit_a_queue():
    names = [order().delivery_id, order().group_id]

    assert len(set(names)) == 2
    for name in names:
        assert len(name) == 32
        assert name.isalnum()
        assert not any(part in name for part in UUID.split("-"))


# ---- Retries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tries", [PARAMETERS["AlertTries"]["MinValue"], Settings.alert_tries])
def test_an_alert_is_tried_for_an_hour_at_least(tries):
    with_bad_luck = sum((retry_delay(n, 0) for n in range(1, tries)), timedelta())

    assert with_bad_luck >= HOUR


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("tries", [PARAMETERS["AlertTries"]["MinValue"], Settings.alert_tries])
def test_that_is_so_even_if_every_other_try_only_waits_for_its_turn(tries, first):
    with_bad_luck = sum((retry_delay(n, 0) for n in range(first, tries, 2)), timedelta())

    assert with_bad_luck >= HOUR


def test_it_takes_about_four_hours_as_the_template_says():
    total = sum((retry_delay(n, 0.5) for n in range(1, Settings.alert_tries)), timedelta())

    assert timedelta(hours=3.5) < total < timedelta(hours=4.5)


def test_the_first_retry_comes_soon():
    assert retry_delay(1, 0.5) == 10 * SECOND


@pytest.mark.parametrize("luck", [0, 0.3, 1])
def test_the_delay_grows_and_stays_below_what_a_queue_takes(luck):
    delays = [retry_delay(n, luck) for n in range(1, 101)]

    assert delays == sorted(delays)
    assert delays[1] == 2 * delays[0]
    assert delays[-1] < 12 * HOUR
    assert delays[-1] == delays[20]


def test_luck_spreads_the_delays_by_half():
    assert retry_delay(4, 0) == 60 * SECOND
    assert retry_delay(4, 0.5) == 80 * SECOND
    assert retry_delay(4, 1) == 100 * SECOND


@pytest.mark.parametrize(
    ("failing_for", "expected"),
    [
        (timedelta(), 5 * SECOND),
        (5 * SECOND - TICK, 5 * SECOND),
        (5 * SECOND + TICK, 5 * SECOND + TICK),
        (2 * MINUTE, 2 * MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        (5 * MINUTE + TICK, 5 * MINUTE),
        (DAY, 5 * MINUTE),
    ],
)
def test_a_silent_channel_is_left_alone_for_as_long_as_it_has_been_silent(failing_for, expected):
    assert rest(failing_for) == expected
