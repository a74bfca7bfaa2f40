"""Stream of the Flips table."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from functions.dispatch_flip.app import lambda_handler
from functions.scan_due.app import lambda_handler as scan_due
from nightbell.alerts import aws, message, queues
from nightbell.domain.check import Delivery, Reason, Status
from nightbell.store import notifications
from tests.functions.gateway import sample


@pytest.fixture
def stream(tables):
    """Return a function that returns the records of all flips so far, in their order."""

    def read():
        items = tables.scan(TableName="flips")["Items"]
        items.sort(key=lambda item: int(item["created"]["N"]))
        records = []
        for number, item in enumerate(items):
            (record,) = sample("dispatch_flip")["Records"]
            keys = {name: item[name] for name in ("check_id", "created")}
            record["dynamodb"] |= {
                "Keys": keys,
                "NewImage": item,
                "SequenceNumber": str(4_000_000_000 + number),
            }
            records.append(record)
        return {"Records": records}

    return read


@pytest.fixture
def waiting(alert_queue):
    """Return a function that takes the orders out of the queue."""

    def take():
        sqs, orders = aws.client("sqs"), []
        while received := sqs.receive_message(QueueUrl=alert_queue).get("Messages"):
            for one in received:
                orders.append(message.read(one["Body"]))
                sqs.delete_message(QueueUrl=alert_queue, ReceiptHandle=one["ReceiptHandle"])
        return orders

    return take


@pytest.fixture
def fail(create, ping, now):
    """Return a function that creates a check and takes it down; the value is its UUID."""

    def make(**fields):
        now.advance(seconds=1)
        check_id = create(**fields)["uuid"]
        ping(f"/ping/{check_id}/fail")
        return check_id

    return make


def told(orders):
    return [(one.check_id, one.channel_id, one.flip.new_status) for one in orders]


def test_each_channel_of_a_check_that_goes_down_is_to_be_told(
    project, add_channel, fail, stream, waiting, now
):
    ops, dev = add_channel("Ops"), add_channel("Dev")
    check_id = fail(channels="*")

    answer = lambda_handler(stream(), None)

    assert answer == {"batchItemFailures": []}
    orders = waiting()
    assert {one.channel_id for one in orders} == {ops.channel_id, dev.channel_id}
    for one in orders:
        assert (one.project_id, one.check_id) == (project.project_id, check_id)
        assert (one.flip.created, one.flip.reason) == (now.moment, Reason.FAIL)
        assert (one.flip.old_status, one.flip.new_status) == (Status.NEW, Status.DOWN)
        assert notifications.find(one).state is Delivery.QUEUED


def test_down_and_up_are_told_in_order_and_new_and_paused_not(
    call, add_channel, create, ping, stream, waiting, now
):
    channel_id = add_channel("Ops").channel_id
    check_id = create(channels="*")["uuid"]
    for suffix in ("", "/fail", ""):
        now.advance(seconds=1)
        ping(f"/ping/{check_id}{suffix}")
    for action in ("pause", "resume"):
        now.advance(seconds=1)
        call("POST", f"/api/v3/checks/{check_id}/{action}", {})
    event = stream()

    lambda_handler({"Records": event["Records"][::-1]}, None)

    assert len(event["Records"]) == 5
    assert told(waiting()) == [
        (check_id, channel_id, Status.DOWN),
        (check_id, channel_id, Status.UP),
    ]


def test_a_batch_that_comes_twice_waits_once(add_channel, fail, stream, waiting):
    add_channel("Ops")
    fail(channels="*")

    for _ in range(2):
        lambda_handler(stream(), None)

    assert len(waiting()) == 1


def test_nothing_is_told_of_a_check_that_was_deleted(call, add_channel, fail, stream, waiting):
    add_channel("Ops")
    check_id = fail(channels="*")
    call("DELETE", f"/api/v3/checks/{check_id}")

    answer = lambda_handler(stream(), None)

    assert answer == {"batchItemFailures": []}
    assert waiting() == []


def test_reports_the_records_of_what_the_queue_did_not_take(
    add_channel, fail, stream, alert_queue, monkeypatch
):
    add_channel("Ops")
    unlucky, lucky = fail(channels="*"), fail(channels="*")
    monkeypatch.setattr(
        queues, "send", lambda _, orders: [one for one in orders if one.check_id == unlucky]
    )
    event = stream()

    answer = lambda_handler(event, None)

    records = {
        record["dynamodb"]["Keys"]["check_id"]["S"]: record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
    }
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[unlucky]}]}
    assert lucky in records


def test_fails_as_a_whole_when_there_is_no_queue(
    add_channel, fail, stream, alert_queue, monkeypatch
):
    add_channel("Ops")
    fail(channels="*")
    missing = replace(queues.settings, alert_queue=f"{alert_queue}-missing.fifo")
    monkeypatch.setattr(queues, "settings", missing)

    with pytest.raises(ClientError):
        lambda_handler(stream(), None)


@pytest.mark.parametrize(
    "changes",
    [
        dict.fromkeys(["check_id", "created", "project_id", "new_status", "old_status", "reason"]),
        {"project_id": None},
        {"project_id": {"NULL": True}},
        {"reason": {"S": "whim"}},
        {"created": {"S": "noon"}},
    ],
)
def test_what_is_no_flip_is_passed_over_and_logged(
    add_channel, fail, stream, waiting, log, changes
):
    add_channel("Ops")
    check_id = fail(channels="*")
    event = stream()
    (poison,) = sample("dispatch_flip")["Records"]
    image = poison["dynamodb"]["NewImage"] | changes
    broken = {name: value for name, value in image.items() if value}
    poison["dynamodb"] |= {"NewImage": broken, "SequenceNumber": "1"}
    event["Records"].insert(0, poison)

    answer = lambda_handler(event, None)

    assert answer == {"batchItemFailures": []}
    assert [one.check_id for one in waiting()] == [check_id]
    logged = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["sequence_number"] for line in logged] == ["1"]
    assert logged[0]["message"] == "A record of the stream is no flip"


def test_the_sample_is_a_flip_of_a_check_that_there_is_not(tables, waiting):
    answer = lambda_handler(sample("dispatch_flip"), None)

    assert answer == {"batchItemFailures": []}
    assert waiting() == []


def test_a_reminder_is_told(add_channel, fail, stream, waiting, now):
    channel_id = add_channel("Ops").channel_id
    check_id = fail(channels="*", nag_interval=3600)
    before = len(stream()["Records"])
    now.advance(hours=1)
    scan_due({}, SimpleNamespace(function_name="scan"))

    lambda_handler({"Records": stream()["Records"][before:]}, None)

    (order,) = waiting()
    assert (order.check_id, order.channel_id) == (check_id, channel_id)
    assert order.flip.reason is Reason.NAG
    assert order.flip.created == now.moment
