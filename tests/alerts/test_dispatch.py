"""From flips to deliveries: which channels are told, in which order, and what fails."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from nightbell.alerts import dispatch as dispatching
from nightbell.alerts import queues
from nightbell.alerts.dispatch import Announcement, dispatch
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Flip, Reason, Status
from nightbell.store import channels, check_items, notifications

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOW = NOON + SECOND

DOWN = Flip(created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
UP = replace(
    DOWN,
    created=NOON + SECOND,
    old_status=Status.DOWN,
    new_status=Status.UP,
    reason=Reason.SUCCESS,
)
PAUSED = replace(UP, new_status=Status.PAUSED, reason=Reason.PAUSE)


class Queues:
    """Queues that keep what they are sent, and refuse what a test says."""

    def __init__(self):
        self.sent = {}
        self.refused = set()

    def send(self, queue, orders):
        orders = list(orders)
        self.sent.setdefault(queue, []).extend(orders)
        return [order for order in orders if order in self.refused]

    @property
    def orders(self):
        """What is in the only queue."""
        return self.sent.get("alerts", [])


@pytest.fixture
def waiting(tables, monkeypatch):
    """Stand in for SQS."""
    found = Queues()
    monkeypatch.setattr(queues, "send", found.send)
    chosen = replace(queues.settings, alert_queue="alerts", apprise_queue="apprise")
    monkeypatch.setattr(queues, "settings", chosen)
    return found


@pytest.fixture
def add_check(tables, make_check):
    """Return a function that stores a check with these channels and returns its id."""

    def store(check_id, *ids, **changes):
        check = make_check(check_id=check_id, channels=frozenset(ids), **changes)
        item, _ = check_items.items_of(check)
        item.save()
        return check_id

    return store


@pytest.fixture
def add(tables, make_channel):
    """Return a function that stores a channel of that id and returns the id."""

    def store(channel_id, **changes):
        channels.add(make_channel(channel_id=channel_id, **changes))
        return channel_id

    return store


def announce(check_id="check", flip=DOWN, project_id="project"):
    return Announcement(project_id, check_id, flip)


def order(channel_id="a", flip=DOWN, check_id="check", **changes):
    return Order(
        project_id="project", check_id=check_id, channel_id=channel_id, flip=flip, **changes
    )


def test_each_channel_of_the_check_is_to_be_told(waiting, add_check, add):
    add_check("check", add("a"), add("b"))
    add("c")

    assert dispatch([announce()], NOW) == set()

    assert waiting.orders == [order("a"), order("b")]


def test_what_is_to_be_told_is_noted_before_it_is_sent(waiting, add_check, add, monkeypatch):
    add_check("check", add("a"))
    noted = []
    monkeypatch.setattr(
        queues, "send", lambda _, orders: noted.extend(map(notifications.find, orders)) or []
    )

    dispatch([announce()], NOW)

    (notification,) = noted
    assert (notification.state, notification.updated) == (Delivery.QUEUED, NOW)


def test_an_order_tells_where_people_find_the_check(waiting, add_check, add, monkeypatch):
    site = "https://nightbell.example.org"
    monkeypatch.setattr(dispatching, "settings", replace(dispatching.settings, site_url=site))
    add_check("check", add("a"))

    dispatch([announce()], NOW)

    assert waiting.orders == [order("a", site=site)]


def test_what_is_not_announced_asks_nobody(tables, waiting):
    for name in ("checks", "channels", "notifications"):
        tables.delete_table(TableName=name)

    assert dispatch([announce(flip=PAUSED)], NOW) == set()

    assert waiting.sent == {}


@pytest.mark.parametrize(("check_id", "project_id"), [("other", "project"), ("silent", "project")])
def test_without_check_or_channels_there_is_nobody_to_tell(
    waiting, add_check, add, check_id, project_id
):
    add_check("silent")
    add("a")

    assert dispatch([announce(check_id, project_id=project_id)], NOW) == set()

    assert waiting.orders == []


def test_channels_by_apprise_wait_apart(waiting, add_check, add):
    add_check("check", add("a"), add("b", kind="apprise"))

    dispatch([announce()], NOW)

    assert waiting.sent == {"alerts": [order("a")], "apprise": [order("b")]}


def test_a_disabled_channel_is_told_that_it_was_not_told(waiting, add_check, add):
    add_check("check", add("a", disabled=True, error="gone"))

    dispatch([announce()], NOW)

    assert waiting.orders == [order("a")]


# ---- Groups ----------------------------------------------------------------------------------


def test_a_group_stands_for_its_members(waiting, add_check, add):
    members = [add("m"), add("n")]
    add_check("check", add("group", kind="group", settings={"channels": members}))

    dispatch([announce()], NOW)

    assert waiting.orders == [order("m"), order("n")]


def test_a_member_that_is_named_twice_is_told_once(waiting, add_check, add):
    member, other = add("m"), add("n")
    one = add("group", kind="group", settings={"channels": [member, other]})
    two = add("group2", kind="group", settings={"channels": [member]})
    add_check("check", member, one, two)

    dispatch([announce()], NOW)

    assert sorted(found.channel_id for found in waiting.orders) == ["m", "n"]


def test_deleted_channels_and_members_are_left_out(waiting, add_check, add):
    group = add("group", kind="group", settings={"channels": ["gone", add("m")]})
    empty = add("empty", kind="group", settings={"channels": []})
    add_check("check", group, empty, "gone too")

    assert dispatch([announce()], NOW) == set()

    assert waiting.orders == [order("m")]


# ---- Order and repetition --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_flips_of_a_check_are_told_in_their_order_however_they_come(
    waiting, add_check, add, seed
):
    flips = [replace((DOWN, UP)[n % 2], created=NOON + n * SECOND) for n in range(10)]
    checks = [add_check(f"check{n}", add("a"), add("b")) for n in range(3)]
    announcements = [announce(check, flip) for check in checks for flip in flips]
    random.Random(seed).shuffle(announcements)

    assert dispatch(announcements, NOW) == set()

    for check in checks:
        for channel in ("a", "b"):
            told = [
                found.flip
                for found in waiting.orders
                if (found.check_id, found.channel_id) == (check, channel)
            ]
            assert told == flips


def test_to_dispatch_twice_orders_twice_what_was_not_told(waiting, add_check, add):
    add_check("check", add("a"))

    dispatch([announce()], NOW)
    dispatch([announce(), announce()], NOW)

    assert waiting.orders == [order(), order()]


@pytest.mark.parametrize(
    ("state", "is_ordered"),
    [
        (Delivery.QUEUED, True),
        (Delivery.RETRYING, True),
        (Delivery.FAILED, True),
        (Delivery.SENT, False),
        (Delivery.SKIPPED, False),
    ],
)
def test_what_has_come_to_its_end_is_not_ordered_again(waiting, add_check, add, state, is_ordered):
    add_check("check", add("a"))
    known = replace(notifications.queued(order(), NOON), state=state, attempts=3)
    notifications.record(known)

    dispatch([announce()], NOW)

    assert waiting.orders == [order()] * is_ordered
    assert notifications.find(order()) == known


def test_channels_are_asked_for_once_a_project(waiting, add_check, add, monkeypatch):
    add("a")
    ids = [add_check(f"check{n}", "a") for n in range(20)]
    asked = []
    listed = channels.list_for
    monkeypatch.setattr(
        channels, "list_for", lambda project: asked.append(project) or listed(project)
    )

    dispatch([announce(check_id, flip) for check_id in ids for flip in (DOWN, UP)], NOW)

    assert len(waiting.orders) == 40
    # Threads that begin together may each ask.
    assert 1 <= len(asked) <= dispatching._THREADS


# ---- Failures --------------------------------------------------------------------------------


def test_what_the_queue_does_not_take_is_returned(waiting, add_check, add):
    add_check("check", add("a"), add("b"))
    add_check("other", "a")
    waiting.refused = {order("b")}

    assert dispatch([announce(), announce("other")], NOW) == {announce()}


def test_an_error_with_one_check_stops_no_other(waiting, add_check, add, monkeypatch):
    add("a")
    for check_id in ("broken", "check"):
        add_check(check_id, "a")
    enqueue = notifications.enqueue

    def fail(order, now):
        if order.check_id == "broken":
            raise RuntimeError("no")
        return enqueue(order, now)

    monkeypatch.setattr(notifications, "enqueue", fail)

    failed = dispatch([announce("broken"), announce("broken", UP), announce("check")], NOW)

    assert failed == {announce("broken"), announce("broken", UP)}
    assert [found.check_id for found in waiting.orders] == ["check"]


def test_without_a_database_everything_failed(tables, waiting, add_check, add):
    add_check("check", add("a"))
    tables.delete_table(TableName="channels")

    assert dispatch([announce(), announce(flip=UP)], NOW) == {announce(), announce(flip=UP)}

    assert waiting.sent == {}


def test_without_a_queue_it_fails(alert_queue, add_check, add, monkeypatch):
    missing = replace(queues.settings, alert_queue=alert_queue.replace(".fifo", "x.fifo"))
    monkeypatch.setattr(queues, "settings", missing)
    add_check("check", add("a"))

    with pytest.raises(ClientError):
        dispatch([announce()], NOW)
