"""What channels were told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Flip, Reason, Status
from nightbell.domain.notification import Notification
from nightbell.store import notifications

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def order(at=NOON, check="check", channel="channel"):
    flip = Flip(created=at, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.FAIL)
    return Order(project_id="p", check_id=check, channel_id=channel, flip=flip)


@pytest.fixture
def record(tables):
    """Return a function that records what became of an order."""

    def store(state, given=None, **changes):
        notification = replace(notifications.queued(given or order(), NOON), state=state, **changes)
        notifications.record(notification)
        return notification

    return store


def test_nothing_is_known_of_what_nobody_ordered(tables):
    assert notifications.find(order()) is None


def test_what_is_to_be_told_is_noted(tables):
    noted = notifications.enqueue(order(), NOON + SECOND)

    assert noted == Notification(
        check_id="check",
        channel_id="channel",
        flip=NOON,
        status=Status.DOWN,
        reason=Reason.FAIL,
        state=Delivery.QUEUED,
        updated=NOON + SECOND,
    )
    assert notifications.find(order()) == noted


@pytest.mark.parametrize("state", list(Delivery))
def test_what_is_known_already_stays(record, state):
    known = record(state, attempts=3, error="Connection closed")

    assert notifications.enqueue(order(), NOON + HOUR) == known
    assert notifications.find(order()) == known


@pytest.mark.parametrize("changes", [{"at": NOON + TICK}, {"check": "x"}, {"channel": "x"}])
def test_each_delivery_has_a_note_of_its_own(record, changes):
    record(Delivery.SENT)

    assert notifications.find(order(**changes)) is None


def test_the_latest_that_is_recorded_counts(record):
    record(Delivery.RETRYING, attempts=1, error="Connection closed")

    sent = record(Delivery.SENT, attempts=2, updated=NOON + HOUR)

    assert notifications.find(order()) == sent


def test_a_note_ends_some_time_after_its_last_change(record, tables):
    record(Delivery.SENT, updated=NOON + HOUR)

    (item,) = tables.scan(TableName="notifications")["Items"]
    expires = NOON + HOUR + notifications.KEPT_FOR
    assert int(item["expires"]["N"]) == int(expires.timestamp())


# ---- Overtaken -------------------------------------------------------------------------------


def test_an_order_is_overtaken_when_a_later_flip_was_told(record):
    record(Delivery.SENT, order(NOON + TICK))

    assert notifications.is_overtaken(order())


@pytest.mark.parametrize("state", [one for one in Delivery if one is not Delivery.SENT])
def test_what_was_not_told_overtakes_nothing(record, state):
    record(state, order(NOON + TICK))

    assert not notifications.is_overtaken(order())


@pytest.mark.parametrize(
    "other",
    [
        order(),
        order(NOON - TICK),
        order(NOON + TICK, check="other"),
        order(NOON + TICK, channel="other"),
        order(NOON + TICK, channel="channe"),
        order(NOON + TICK, channel="channel2"),
    ],
)
def test_other_deliveries_overtake_nothing(record, other):
    record(Delivery.SENT, other)

    assert not notifications.is_overtaken(order())


def test_a_flip_of_the_same_moment_on_another_channel_overtakes_nothing(record):
    record(Delivery.SENT, order(channel="zzz"))

    assert not notifications.is_overtaken(order())


# ---- Lists -----------------------------------------------------------------------------------


def test_lists_what_was_told_about_a_check_the_newest_flip_first(record):
    told = [
        record(Delivery.SENT, order(NOON + n * SECOND, channel=channel))
        for n in range(3)
        for channel in ("a", "b")
    ]
    record(Delivery.SENT, order(check="other"))

    assert notifications.list_for_check("check", 100, NOON) == told[::-1]
    assert notifications.list_for_check("check", 2, NOON) == told[:-3:-1]


def test_lists_what_a_channel_was_told_the_newest_flip_first(record):
    told = [
        record(Delivery.SENT, order(NOON + n * SECOND, check=check))
        for n, check in enumerate(["a", "b", "c"])
    ]
    record(Delivery.SENT, order(channel="other"))

    assert notifications.list_for_channel("channel", 100, NOON) == told[::-1]
    assert notifications.list_for_channel("channel", 2, NOON) == told[:0:-1]


def test_moments_of_any_length_are_in_order(record):
    early = record(Delivery.SENT, order(datetime(1999, 1, 1, tzinfo=UTC)))
    late = record(Delivery.SENT, order(datetime(2199, 1, 1, tzinfo=UTC)))

    listed = notifications.list_for_check("check", 10, datetime(1999, 2, 1, tzinfo=UTC))

    assert listed == [late, early]


def test_what_time_to_live_has_not_removed_yet_is_left_out(record):
    kept = record(Delivery.SENT)
    now = NOON + notifications.KEPT_FOR

    for moment, expected in ((now - TICK, [kept]), (now, [kept]), (now + TICK, [])):
        assert notifications.list_for_check("check", 10, moment) == expected
        assert notifications.list_for_channel("channel", 10, moment) == expected


def test_deletes_all_about_a_check(record):
    for n in range(30):
        record(Delivery.SENT, order(NOON + n * SECOND))
    other = record(Delivery.SENT, order(check="other"))

    notifications.delete_all("check")

    assert notifications.list_for_check("check", 100, NOON) == []
    assert notifications.list_for_channel("channel", 100, NOON) == [other]


def test_of_several_channels_the_latest_is_found_at_once(record):
    record(Delivery.SENT, order(at=NOON, channel="a"))
    latest = record(Delivery.FAILED, order(at=NOON + SECOND, channel="a", check="other"))
    other = record(Delivery.SENT, order(at=NOON, channel="b"))
    record(Delivery.SENT, order(at=NOON, channel="c"))

    found = notifications.latest(["a", "b", "untold"], NOON + HOUR)

    assert found == {"a": latest, "b": other}
    assert notifications.latest([], NOON) == {}
