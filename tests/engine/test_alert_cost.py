"""What alerts cost, in capacity units."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain import transitions
from nightbell.domain.alerts import Order
from nightbell.domain.check import Channel, Delivery, Flip, Reason, Status
from nightbell.store import channels, checks, notifications
from tests.engine.api import ping
from tests.engine.billing import billed

pytestmark = pytest.mark.engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def order(project):
    """An order to tell a channel about a check."""
    check_id = project.create()
    flip = Flip(created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
    return Order(
        project_id=project.project_id,
        check_id=check_id,
        channel_id="4ec5a071-2d08-4baa-898a-eb4eb3cd6941",
        flip=flip,
        site="https://nightbell.example.org",
    )


def test_a_notification_costs_two_write_units_queued_and_two_ended(engine, order):
    with billed(engine) as queued:
        notification = notifications.enqueue(order, NOON)
    with billed(engine) as ended:
        notifications.record(replace(notification, state=Delivery.SENT, attempts=1))

    assert (queued.read, queued.write) == (0, 2)
    assert (ended.read, ended.write) == (0, 2)


def test_to_look_whether_it_was_told_costs_a_read_unit_each(engine, order):
    notifications.enqueue(order, NOON)

    with billed(engine) as found:
        notifications.find(order)
    with billed(engine) as overtaken:
        notifications.is_overtaken(order)

    assert (found.read, found.write) == (1, 0)
    assert overtaken.read <= 1
    assert overtaken.write == 0


def test_a_success_is_noted_at_a_channel_once_a_minute_for_a_write_unit(engine, order):
    channel = Channel(
        channel_id=order.channel_id, project_id=order.project_id, created=NOON, kind="email"
    )
    channels.add(channel)

    with billed(engine) as first:
        channels.take_turn(channel, NOON)
        channels.note_success(channel, NOON)
    known = channels.get(channel.project_id, channel.channel_id)
    with billed(engine) as second:
        channels.take_turn(known, NOON + timedelta(seconds=59))
        channels.note_success(known, NOON + timedelta(seconds=59))

    assert (first.read, first.write) == (0, 2)
    assert (second.read, second.write) == (0, 0)


def test_a_reminder_costs_six_write_units(engine, project):
    check_id = project.create(nag_interval=3600)
    assert ping(f"{check_id}/fail") == 200
    check = checks.get(check_id, project.project_id)

    with billed(engine) as bill:
        checks.write(transitions.nag(check, check.last_flip + timedelta(hours=1)))

    assert (bill.read, bill.write) == (0, 6)
