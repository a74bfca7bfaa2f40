"""The queues in which deliveries wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from nightbell.alerts import aws, message, queues
from nightbell.domain.alerts import Order
from nightbell.domain.check import Flip, Reason, Status

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def order(check="check", channel="channel", minute=0):
    flip = Flip(
        created=NOON + timedelta(minutes=minute),
        old_status=Status.UP,
        new_status=Status.DOWN,
        reason=Reason.FAIL,
    )
    return Order(project_id="p", check_id=check, channel_id=channel, flip=flip)


def receive_all(url):
    """Take all messages from a queue, one of each group after the other."""
    sqs, found = aws.client("sqs"), []
    while received := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
    ).get("Messages"):
        found += received
        for one in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


@pytest.fixture
def sqs(tables):
    """Answer in place of SQS, in the order in which the answers are added."""
    with Stubber(aws.client("sqs")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def taken(*numbers, failed=()):
    return {
        "Successful": [
            {"Id": str(number), "MessageId": "m", "MD5OfMessageBody": "x"} for number in numbers
        ],
        "Failed": [
            {"Id": str(number), "SenderFault": False, "Code": "InternalError"} for number in failed
        ],
    }


def entries(*orders):
    return {
        "QueueUrl": ANY,
        "Entries": [
            {
                "Id": str(number),
                "MessageBody": message.write(one),
                "MessageGroupId": one.group_id,
                "MessageDeduplicationId": one.delivery_id,
            }
            for number, one in enumerate(orders)
        ],
    }


def test_an_order_waits_in_its_group_under_its_name(alert_queue):
    assert queues.send(alert_queue, [order()]) == []

    (received,) = receive_all(alert_queue)
    assert message.read(received["Body"]) == order()
    assert received["Attributes"]["MessageGroupId"] == order().group_id
    assert received["Attributes"]["MessageDeduplicationId"] == order().delivery_id


def test_an_order_that_is_sent_twice_waits_once(alert_queue):
    queues.send(alert_queue, [order()])
    queues.send(alert_queue, [order()])

    assert len(receive_all(alert_queue)) == 1


def test_any_number_of_orders_is_taken_in_order_for_each_group(alert_queue):
    orders = [order(f"check{n % 7}", minute=n) for n in range(50)]

    queues.send(alert_queue, orders)

    received = [message.read(one["Body"]) for one in receive_all(alert_queue)]
    assert len(received) == 50
    for check in range(7):
        of_check = [one for one in received if one.check_id == f"check{check}"]
        assert of_check == [one for one in orders if one.check_id == f"check{check}"]


def test_nothing_is_sent_for_no_orders(sqs):
    assert queues.send("queue", []) == []


@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 21])
def test_at_most_ten_go_at_once(sqs, count):
    orders = [order(channel=f"channel{n}") for n in range(count)]
    for start in range(0, count, 10):
        batch = orders[start : start + 10]
        sqs.add_response("send_message_batch", taken(*range(len(batch))), entries(*batch))

    assert queues.send("queue", orders) == []


def test_two_of_a_group_do_not_go_together(sqs):
    first, second, other = order(minute=0), order(minute=1), order("other")
    sqs.add_response("send_message_batch", taken(0), entries(first))
    sqs.add_response("send_message_batch", taken(0, 1), entries(second, other))

    assert queues.send("queue", [first, second, other]) == []


def test_what_was_not_taken_is_returned(sqs):
    orders = [order("a"), order("b"), order("c")]
    sqs.add_response("send_message_batch", taken(0, 2, failed=[1]), entries(*orders))

    assert queues.send("queue", orders) == [order("b")]


def test_after_a_failure_nothing_else_of_the_check_is_sent(sqs):
    first, second, other = order(minute=0), order(minute=1), order("other", minute=1)
    elsewhere = order(channel="elsewhere", minute=1)
    sqs.add_response("send_message_batch", taken(failed=[0]), entries(first))
    sqs.add_response("send_message_batch", taken(0), entries(other))

    assert queues.send("queue", [first, second, elsewhere, other]) == [first, second, elsewhere]


def test_nothing_is_asked_for_a_batch_of_which_all_would_come_too_early(sqs):
    orders = [order(minute=minute) for minute in range(3)]
    sqs.add_response("send_message_batch", taken(failed=[0]), entries(orders[0]))

    assert queues.send("queue", orders) == orders


def test_an_error_of_the_queue_is_raised(sqs):
    sqs.add_client_error("send_message_batch", "RequestThrottled")

    with pytest.raises(ClientError):
        queues.send("queue", [order()])


def test_a_postponed_message_is_received_again_later_and_holds_its_group(alert_queue):
    queues.send(alert_queue, [order(minute=0), order(minute=1)])
    sqs = aws.client("sqs")
    (first,) = sqs.receive_message(QueueUrl=alert_queue)["Messages"]

    queues.postpone(alert_queue, first["ReceiptHandle"], 0)

    (again,) = sqs.receive_message(QueueUrl=alert_queue, AttributeNames=["All"])["Messages"]
    assert again["MessageId"] == first["MessageId"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    queues.postpone(alert_queue, again["ReceiptHandle"], 43_000)
    assert "Messages" not in sqs.receive_message(QueueUrl=alert_queue)


@pytest.mark.parametrize(
    ("apprise_queue", "kind", "queue"),
    [
        ("", "slack", "alerts"),
        ("apprise", "slack", "alerts"),
        ("apprise", "apprise", "apprise"),
        ("", "apprise", "alerts"),
    ],
)
def test_channels_by_apprise_have_a_queue_of_their_own(monkeypatch, apprise_queue, kind, queue):
    chosen = replace(queues.settings, alert_queue="alerts", apprise_queue=apprise_queue)
    monkeypatch.setattr(queues, "settings", chosen)

    assert queues.of_kind(kind) == queue
