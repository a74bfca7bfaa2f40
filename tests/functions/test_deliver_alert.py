"""Queue of alerts."""

import json
from dataclasses import replace
from http.client import parse_headers
from types import SimpleNamespace

import pytest

from functions.deliver_alert import app
from functions.dispatch_flip.app import lambda_handler as dispatch_flip
from nightbell.alerts import aws, message, queues, wire
from nightbell.alerts import dispatch as dispatching
from nightbell.domain.check import Delivery, Status
from nightbell.store import channels, notifications
from tests.alerts.loopback import OK, serving
from tests.functions.browsing import STAGE
from tests.functions.gateway import sample

CONTEXT = SimpleNamespace()


class Service:
    """What a Slack webhook on loopback is told, and how it answers."""

    def __init__(self):
        self.answer = OK
        self.told = []
        self.links = []
        self.url = ""

    def behave(self, connection):
        with connection.makefile("rb") as request:
            request.readline()
            length = int(parse_headers(request)["Content-Length"])
            (attachment, *_) = json.loads(request.read(length))["attachments"]
        self.told.append(attachment["title"])
        self.links.append(attachment.get("title_link"))
        connection.sendall(self.answer)

    def fail(self, status, *headers):
        lines = [f"HTTP/1.1 {status} X", "Content-Length: 0", *headers, "", ""]
        self.answer = "\r\n".join(lines).encode()


@pytest.fixture
def service(monkeypatch):
    """Run such a service."""
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=True))
    with serving() as serve:
        one = Service()
        one.url = f"http://127.0.0.1:{serve(one.behave)}/T0/S3cr3t"
        yield one


@pytest.fixture
def channel(project, make_slack, service):
    """A Slack channel that all checks tell."""
    made = make_slack(url=service.url)
    return channels.get(project.project_id, made["id"])


@pytest.fixture
def check_id(create, channel):
    return create(name="Backup", channels="*")["uuid"]


@pytest.fixture
def dispatch(tables, alert_queue, monkeypatch):
    """Return a function that dispatches all flips, as the stream would."""
    monkeypatch.setattr(app, "settings", replace(app.settings, alert_queue=alert_queue))

    def run():
        items = sorted(
            tables.scan(TableName="flips")["Items"], key=lambda item: int(item["created"]["N"])
        )
        records = [{"dynamodb": {"SequenceNumber": "1", "NewImage": item}} for item in items]
        return dispatch_flip({"Records": records}, CONTEXT)

    return run


@pytest.fixture
def run(alert_queue):
    """Return a function that hands what waits to the function, until nothing is to be seen."""
    sqs = aws.client("sqs")

    def consume():
        orders = []
        while received := sqs.receive_message(
            QueueUrl=alert_queue, MaxNumberOfMessages=1, AttributeNames=["All"]
        ).get("Messages"):
            (one,) = received
            event = sample("deliver_alert")
            event["Records"][0] |= {
                "messageId": one["MessageId"],
                "receiptHandle": one["ReceiptHandle"],
                "body": one["Body"],
                "attributes": one["Attributes"],
            }
            answer = app.lambda_handler(event, CONTEXT)
            if answer == {"batchItemFailures": []}:
                sqs.delete_message(QueueUrl=alert_queue, ReceiptHandle=one["ReceiptHandle"])
            else:
                assert answer == {"batchItemFailures": [{"itemIdentifier": one["MessageId"]}]}
            orders.append(message.read(one["Body"]))
        return orders

    return consume


def states(orders):
    return [notifications.find(order).state for order in orders]


def event_of(order, **attributes):
    event = sample("deliver_alert")
    event["Records"][0]["body"] = message.write(order)
    event["Records"][0]["attributes"] |= attributes
    return event


def test_tells_that_a_check_is_down_and_that_it_is_up_again(
    ping, check_id, dispatch, run, service, now
):
    for suffix in ("/fail", ""):
        ping(f"/ping/{check_id}{suffix}")
        now.advance(minutes=1)
    dispatch()

    orders = run()

    assert service.told == ["Backup is DOWN", "Backup is UP"]
    assert states(orders) == [Delivery.SENT, Delivery.SENT]


def test_its_link_leads_to_the_page_of_the_check(
    browser, project, ping, check_id, dispatch, run, service, monkeypatch
):
    deployed = replace(dispatching.settings, site_url=f"https://nightbell.example{STAGE}/")
    monkeypatch.setattr(dispatching, "settings", deployed)
    ping(f"/ping/{check_id}/fail")
    dispatch()
    run()

    (link,) = service.links
    path = link.removeprefix(f"https://nightbell.example{STAGE}")
    page = browser.submit(browser.get(path), key=project.api_key_readonly)

    assert (page.path, page.texts("h1")) == (path, ["Backup"])


def test_what_was_told_is_not_told_again(ping, check_id, dispatch, run, service, alert_queue):
    ping(f"/ping/{check_id}/fail")
    dispatch()
    (order,) = run()

    queues.send(alert_queue, [order])
    run()
    dispatch()
    run()

    assert service.told == ["Backup is DOWN"]


def test_what_may_pass_stays_and_holds_back_what_comes_after_it(
    ping, check_id, dispatch, run, service, channel, now
):
    service.fail(500)
    for suffix in ("/fail", ""):
        ping(f"/ping/{check_id}{suffix}")
        now.advance(minutes=1)
    dispatch()

    orders = run()

    assert service.told == ["Backup is DOWN"]
    assert states(orders) == [Delivery.RETRYING]
    assert channels.get(channel.project_id, channel.channel_id).error == "Received status code 500"


def test_it_is_told_when_the_pause_that_was_asked_for_is_over(
    ping, check_id, dispatch, run, service, alert_queue, now, monkeypatch
):
    postponed = []
    monkeypatch.setattr(queues, "postpone", lambda *call: postponed.append(call))
    service.fail(503, "Retry-After: 120")
    ping(f"/ping/{check_id}/fail")
    dispatch()
    run()
    ((queue, handle, seconds),) = postponed
    now.advance(seconds=seconds)
    service.answer = OK
    aws.client("sqs").change_message_visibility(
        QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0
    )

    orders = run()

    assert (queue, seconds) == (alert_queue, 120)
    assert service.told == ["Backup is DOWN"] * 2
    assert states(orders) == [Delivery.SENT]


def test_a_channel_that_is_gone_is_disabled_and_holds_nothing_back(
    ping, check_id, dispatch, run, service, channel, now, log
):
    service.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nno_service"
    for suffix in ("/fail", ""):
        ping(f"/ping/{check_id}{suffix}")
        now.advance(minutes=1)
    dispatch()

    orders = run()

    assert service.told == ["Backup is DOWN"]
    assert states(orders) == [Delivery.FAILED, Delivery.FAILED]
    assert channels.get(channel.project_id, channel.channel_id).disabled
    assert log.getvalue().count("A channel has been disabled") == 1
    assert "S3cr3t" not in log.getvalue()


def test_a_failed_alert_can_be_ordered_again(ping, call, check_id, dispatch, run, service, channel):
    service.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nno_service"
    ping(f"/ping/{check_id}/fail")
    dispatch()
    (order,) = run()
    service.answer = OK
    call("POST", f"/api/v3/channels/{channel.channel_id}", {"settings": {"url": service.url}})

    answer = app.lambda_handler(event_of(order), CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert service.told == ["Backup is DOWN"] * 2
    assert states([order]) == [Delivery.SENT]


def test_the_last_try_is_seen_at_once_and_shown_as_failed(
    ping, check_id, dispatch, run, service, monkeypatch
):
    service.fail(500)
    ping(f"/ping/{check_id}/fail")
    dispatch()
    (order,) = run()
    seconds = []
    monkeypatch.setattr(queues, "postpone", lambda *call: seconds.append(call[2]))

    for count in (app.settings.alert_tries - 1, app.settings.alert_tries):
        app.lambda_handler(event_of(order, ApproximateReceiveCount=str(count)), CONTEXT)

    assert seconds[0] > 600
    assert seconds[1] == 0
    notification = notifications.find(order)
    assert notification.state is Delivery.FAILED
    assert (notification.error, notification.attempts) == ("Received status code 500", 3)


def test_nothing_is_told_of_a_check_that_was_deleted(call, ping, check_id, dispatch, run, service):
    ping(f"/ping/{check_id}/fail")
    dispatch()
    call("DELETE", f"/api/v3/checks/{check_id}")

    run()

    assert service.told == []


def test_an_alert_to_a_deleted_channel_is_done_with(
    dispatch, ping, check_id, run, service, call, channel
):
    ping(f"/ping/{check_id}/fail")
    dispatch()
    call("DELETE", f"/api/v3/channels/{channel.channel_id}")

    orders = run()

    assert service.told == []
    assert states(orders) == [Delivery.SKIPPED]


def test_sends_a_test_notification(service, channel):
    asked = {"project": channel.project_id, "channel": channel.channel_id, "site": ""}

    assert app.lambda_handler({"test": asked}, CONTEXT) == {"error": None}

    assert service.told == ["[test] Example is DOWN"]


def test_the_sample_event_is_of_one_alert():
    (record,) = sample("deliver_alert")["Records"]

    order = message.read(record["body"])

    assert order.flip.new_status is Status.DOWN
    assert record["attributes"]["MessageGroupId"] == order.group_id
    assert record["attributes"]["MessageDeduplicationId"] == order.delivery_id
