"""What alerts cost, in capacity units and requests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bench.cost_units import (
    DELIVERY,
    DISPATCH,
    DISPATCH_TO_CHANNEL,
    FLIP_BY_PING,
    NOTIFICATION_STORED,
    REMINDER,
    SENDS_OF_FLIP,
    Units,
)
from bench.units import item_bytes
from nightbell.alerts import aws
from nightbell.alerts.kinds import email
from nightbell.domain import transitions
from nightbell.domain.alerts import Order
from nightbell.domain.channels import Channel
from nightbell.domain.check import Delivery, Flip, Reason, Status
from nightbell.store import channels, checks, notifications
from tests.engine.api import ping
from tests.engine.billing import billed
from tests.engine.engines import MINISTACK

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

    assert bill.units == REMINDER


# ---- A whole alert ---------------------------------------------------------------------------

WITH_QUEUES = pytest.mark.parametrize("shared_engine", [MINISTACK], indirect=True)

STORED_WITH_EACH_ITEM = 100  # bytes that DynamoDB adds


@pytest.fixture
def webhook(alerting):
    return alerting.add_channel("receiver")


@pytest.fixture
def mail(alerting, monkeypatch):
    """Let there be mail, and a channel by it; the value is the channel and what SES was sent."""
    sent = []
    clients = {"sqs": alerting.queue, "sesv2": Mailer(sent)}
    monkeypatch.setattr(aws, "client", lambda service: clients[service])
    sender = replace(email.deployment, mail_from="alerts@example.org")
    monkeypatch.setattr(email, "deployment", sender)
    channel = Channel(
        channel_id=str(uuid4()),
        project_id=alerting.project.project_id,
        created=alerting.time.now(),
        kind="email",
        settings={"to": "ops@example.org", "down": True, "up": True},
    )
    channels.add(channel)
    return channel, sent


class Mailer:
    """In place of boto3's client of SES."""

    def __init__(self, sent):
        self.sent = sent

    def send_email(self, **message):
        self.sent.append(message)


@pytest.fixture
def tell(engine, alerting):
    """Return a function that lets a check flip; it returns the bill of each step of the alerts.

    These are the ping, the dispatch, and each delivery. Channels were last told ten minutes ago.
    """
    sends = []
    alerting.queue.between = lambda entries, take: sends.append(entries) or take(entries)

    def flip(check_id, signal):
        alerting.time.advance(minutes=10)
        with billed(engine) as of_ping:
            alerting.ping(check_id, signal)
        sends.clear()
        with billed(engine) as of_dispatch:
            assert alerting.dispatch(alerting.records[-1:]) == []
        assert len(sends) == SENDS_OF_FLIP
        bills = [of_ping, of_dispatch]
        more = True
        while more:
            with billed(engine) as of_delivery:
                more = alerting.deliver()
            bills.append(of_delivery)
        return [bill.units for bill in bills[:-1]]

    return flip


def add_check(alerting, *told):
    """Create a check that is up, as many are, and return its UUID."""
    check_id = alerting.project.create(
        name="Nightly backup",
        tags="prod db",
        channels=",".join(channel.channel_id for channel in told),
    )
    alerting.ping(check_id)
    return check_id


@WITH_QUEUES
def test_what_an_alert_costs_from_its_ping_to_the_record_that_it_was_sent(alerting, webhook, tell):
    check_id = add_check(alerting, webhook)

    down = tell(check_id, "/fail")
    up = tell(check_id, "")

    dispatch = DISPATCH + DISPATCH_TO_CHANNEL
    assert up == [FLIP_BY_PING, dispatch, DELIVERY]
    assert down == [FLIP_BY_PING, dispatch, Units(DELIVERY.read - 1, DELIVERY.write)]
    assert len(alerting.receiver.heard) == 2


@WITH_QUEUES
def test_an_alert_by_mail_costs_as_much_and_one_mail(alerting, mail, tell):
    channel, sent = mail
    check_id = add_check(alerting, channel)
    tell(check_id, "/fail")

    _, *up = tell(check_id, "")

    assert up == [DISPATCH + DISPATCH_TO_CHANNEL, DELIVERY]
    assert len(sent) == 2
    assert all(message["Destination"] == {"ToAddresses": ["ops@example.org"]} for message in sent)


@WITH_QUEUES
def test_a_second_channel_shares_the_dispatch_and_the_request_to_the_queue(
    alerting, webhook, mail, tell
):
    check_id = add_check(alerting, webhook, mail[0])
    tell(check_id, "/fail")

    _, *up = tell(check_id, "")

    dispatch = DISPATCH + DISPATCH_TO_CHANNEL + DISPATCH_TO_CHANNEL
    assert up == [dispatch, DELIVERY, DELIVERY]


def test_a_notification_is_no_larger_than_is_counted(engine, order):
    queued = notifications.enqueue(order, NOON)
    notifications.record(replace(queued, state=Delivery.SENT, attempts=1))

    (item,) = engine.bystander.query(
        TableName="notifications",
        KeyConditionExpression="check_id = :check",
        ExpressionAttributeValues={":check": {"S": order.check_id}},
    )["Items"]
    with_copy_in_index = 2 * (item_bytes(item) + STORED_WITH_EACH_ITEM)

    assert 0.7 * NOTIFICATION_STORED <= with_copy_in_index <= NOTIFICATION_STORED
