"""Queue of alerts by Apprise."""

import json
import uuid
from dataclasses import replace
from http.client import parse_headers
from types import SimpleNamespace

import boto3
import pytest

from functions.deliver_apprise import app
from nightbell.alerts import message, wire
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Flip, Reason, Status
from nightbell.store import channels, checks, notifications
from tests.alerts.loopback import OK, serving
from tests.functions.gateway import sample

# One of Apprise's services, on a Python that still has the module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def receipt_handle(tables, monkeypatch):
    """Make the queue; the value is for a message of it that has been received."""
    sqs = boto3.client("sqs")
    name = f"{uuid.uuid4()}.fifo"
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "270"}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    ids = {"MessageGroupId": "x", "MessageDeduplicationId": "x"}
    sqs.send_message(QueueUrl=url, MessageBody="x", **ids)
    monkeypatch.setattr(app, "settings", replace(app.settings, apprise_queue=url))
    (received,) = sqs.receive_message(QueueUrl=url)["Messages"]
    return received["ReceiptHandle"]


@pytest.fixture
def receiver(monkeypatch):
    """Return a function that starts a server with such an answer: its address, what it gets."""
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=True))
    with serving() as serve:

        def start(answer=OK):
            received = []

            def behave(connection):
                with connection.makefile("rb") as request:
                    request.readline()
                    length = int(parse_headers(request)["Content-Length"])
                    received.append(json.loads(request.read(length)))
                connection.sendall(answer)

            return f"json://127.0.0.1:{serve(behave)}/SECRET", received

        yield start


@pytest.fixture
def order(project, add_channel, create, ping, now):
    """Return a function that takes a check down that tells such an address; the value is what."""

    def make(url):
        channel = add_channel("Apprise", kind="apprise", settings={"url": url})
        check_id = create(name="Backup", channels="*")["uuid"]
        ping(f"/ping/{check_id}/fail")
        check = checks.get(check_id, project.project_id)
        flip = Flip(
            created=check.last_flip,
            old_status=Status.NEW,
            new_status=Status.DOWN,
            reason=Reason.FAIL,
        )
        return Order(
            project_id=project.project_id,
            check_id=check_id,
            channel_id=channel.channel_id,
            flip=flip,
        )

    return make


def invoke(order, receipt_handle):
    event = sample("deliver_apprise")
    event["Records"][0] |= {"body": message.write(order), "receiptHandle": receipt_handle}
    return app.lambda_handler(event, SimpleNamespace())


def test_delivers_an_alert(order, receiver, receipt_handle):
    url, received = receiver()
    ordered = order(url)

    result = invoke(ordered, receipt_handle)

    assert result == {"batchItemFailures": []}
    (request,) = received
    assert request["title"] == "Backup is DOWN"
    assert notifications.find(ordered).state is Delivery.SENT


def test_leaves_in_the_queue_what_may_be_delivered_later(order, receiver, receipt_handle):
    url, _ = receiver(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    ordered = order(url)

    result = invoke(ordered, receipt_handle)

    message_id = sample("deliver_apprise")["Records"][0]["messageId"]
    assert result == {"batchItemFailures": [{"itemIdentifier": message_id}]}
    notification = notifications.find(ordered)
    assert notification.state is Delivery.RETRYING
    assert notification.error == "Apprise could not send the alert"


def test_disables_a_channel_whose_address_is_not_public(order, receipt_handle):
    ordered = order("json://10.0.0.1/SECRET")

    result = invoke(ordered, receipt_handle)

    assert result == {"batchItemFailures": []}
    channel = channels.get(ordered.project_id, ordered.channel_id)
    assert channel.disabled
    assert channel.error == "Address is not public"


def test_sends_a_test_notification(project, add_channel, receiver):
    url, received = receiver()
    channel = add_channel("Apprise", kind="apprise", settings={"url": url})
    asked = {"project": project.project_id, "channel": channel.channel_id, "site": ""}

    result = app.lambda_handler({"test": asked}, SimpleNamespace())

    assert result == {"error": None}
    assert received[0]["title"] == "[test] Example is DOWN"


def test_the_sample_event_is_of_one_alert():
    (record,) = sample("deliver_apprise")["Records"]

    order = message.read(record["body"])

    assert record["attributes"]["MessageGroupId"] == order.group_id
    assert record["attributes"]["MessageDeduplicationId"] == order.delivery_id
