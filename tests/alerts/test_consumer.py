"""What a function does with the messages of a queue of alerts."""

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from nightbell.alerts import aws, consumer, delivery, message, queues
from nightbell.domain.alerts import Order
from nightbell.domain.check import Flip, Reason, Status

ORDER = Order(
    project_id="p",
    check_id="7918b17b-a745-4db1-8575-9d2e07c97f79",
    channel_id="c",
    flip=Flip(
        created=datetime(2024, 1, 1, 12, tzinfo=UTC),
        old_status=Status.UP,
        new_status=Status.DOWN,
        reason=Reason.TIMEOUT,
    ),
)


@pytest.fixture
def receive(alert_queue):
    """Return a function that receives what waits in the queue, as the event that Lambda makes."""

    def make():
        received = aws.client("sqs").receive_message(QueueUrl=alert_queue, AttributeNames=["All"])
        return {
            "Records": [
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": one["Attributes"],
                }
                for one in received.get("Messages", [])
            ]
        }

    return make


@pytest.fixture
def delivered(monkeypatch):
    """Deliver nothing; the value is what was to be delivered, and what delivering then returns."""
    calls, waits = [], []

    def deliver(order, tries):
        calls.append((order, tries))
        return waits.pop(0)

    monkeypatch.setattr(delivery, "deliver", deliver)
    return calls, waits


def test_what_is_delivered_leaves_the_queue(alert_queue, receive, delivered):
    calls, waits = delivered
    queues.send(alert_queue, [ORDER])
    waits.append(None)

    answer = consumer.consume(receive(), alert_queue)

    assert answer == {"batchItemFailures": []}
    assert calls == [(ORDER, 1)]


def test_what_is_to_be_tried_again_stays_and_is_seen_later(alert_queue, receive, delivered):
    _, waits = delivered
    queues.send(alert_queue, [ORDER])
    waits.append(timedelta(hours=1))
    event = receive()

    answer = consumer.consume(event, alert_queue)

    (record,) = event["Records"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert receive() == {"Records": []}


def test_what_is_given_up_is_seen_at_once_by_the_queue(alert_queue, receive, delivered):
    calls, waits = delivered
    queues.send(alert_queue, [ORDER])
    waits += [timedelta(), None]

    consumer.consume(receive(), alert_queue)
    answer = consumer.consume(receive(), alert_queue)

    assert answer == {"batchItemFailures": []}
    assert calls == [(ORDER, 1), (ORDER, 2)]


@pytest.mark.parametrize(("wait", "seconds"), [(0, 0), (0.1, 1), (1, 1), (7.5, 8), (2250, 2250)])
def test_it_waits_whole_seconds_and_no_less(alert_queue, delivered, monkeypatch, wait, seconds):
    _, waits = delivered
    waits.append(timedelta(seconds=wait))
    postponed = []
    monkeypatch.setattr(queues, "postpone", lambda *call: postponed.append(call))
    record = {
        "messageId": "m",
        "receiptHandle": "h",
        "body": message.write(ORDER),
        "attributes": {"ApproximateReceiveCount": "3"},
    }

    consumer.consume({"Records": [record]}, alert_queue)

    assert postponed == [(alert_queue, "h", seconds)]


@pytest.mark.parametrize("body", ["", "{}", "null"])
def test_what_is_no_order_stays_until_it_is_a_dead_letter(alert_queue, receive, body):
    aws.client("sqs").send_message(
        QueueUrl=alert_queue,
        MessageBody=body or "?",
        MessageGroupId="g",
        MessageDeduplicationId="d",
    )
    event = receive()

    answer = consumer.consume(event, alert_queue)

    (record,) = event["Records"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert receive() == {"Records": []}


def test_an_error_of_the_database_is_a_reason_to_try_again(alert_queue, receive, monkeypatch):
    queues.send(alert_queue, [ORDER])
    event = receive()
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(delivery.logger.registered_formatter)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])

    def fail(order, tries):
        raise RuntimeError(order.check_id)

    monkeypatch.setattr(delivery, "deliver", fail)

    answer = consumer.consume(event, alert_queue)

    (record,) = event["Records"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert "An alert could not be handled" in kept.getvalue()
    assert ORDER.check_id not in kept.getvalue()


@pytest.mark.parametrize("error", [None, "Connection closed"])
def test_a_test_is_sent_and_answered(monkeypatch, error):
    asked = []

    def test(*arguments):
        asked.append(arguments)
        return error

    monkeypatch.setattr(delivery, "test", test)
    event = {"test": {"project": "p", "channel": "c", "site": "https://example.org"}}

    assert consumer.consume(event, "queue") == {"error": error}

    assert asked == [("p", "c", "https://example.org")]
