"""Each function may do what it does, and no more."""

import json
import uuid
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace

import boto3
import pytest

from functions.deliver_alert import app as deliver_alert
from functions.deliver_apprise import app as deliver_apprise
from functions.dispatch_flip import app as dispatch_flip
from functions.email_ping.app import lambda_handler as email_ping
from functions.purge_check.app import lambda_handler as purge
from functions.record_bounce.app import lambda_handler as record_bounce
from functions.scan_due.app import lambda_handler as scan_due
from nightbell import clock
from nightbell.alerts import queues, trial
from nightbell.alerts.unsubscribe import url_for
from nightbell.mail import bucket, reception
from nightbell.store import projects
from tests.functions import permissions
from tests.functions.gateway import route_of, sample

LONG = "x" * 5000
WORDS = {"success_kw": "S" * 200, "failure_kw": "F" * 200, "start_kw": "B" * 200}
NO_WORDS = dict.fromkeys(WORDS, "")


@pytest.fixture
def granted():
    """What the template allows each function in DynamoDB, those of pages left out."""
    found = permissions.granted()
    return {name: pairs for name, pairs in found.items() if name not in permissions.PAGES}


@pytest.fixture
def scan(monkeypatch, now, ping, dynamodb_calls):
    """Call the scan when checks are about to go down; one is pinged at the last moment."""

    def call(late_ping):
        paths = [late_ping]

        def wait_until(moment):
            before = len(dynamodb_calls)
            while paths:
                ping(paths.pop())
            del dynamodb_calls[before:]
            now.moment = max(now.moment, moment)

        monkeypatch.setattr(clock, "wait_until", wait_until)
        now.advance(seconds=90)
        scan_due(sample("scan_due"), SimpleNamespace(function_name="scan"))
        assert not paths

    return call


@pytest.fixture
def queue(tables, monkeypatch):
    """Make the queue of alerts; the value is a function that takes all messages out of it."""
    sqs = boto3.client("sqs")
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "270"}
    url = sqs.create_queue(QueueName=f"{uuid.uuid4()}.fifo", Attributes=attributes)["QueueUrl"]
    for module in (queues, deliver_alert, deliver_apprise):
        changed = replace(module.settings, alert_queue=url, apprise_queue=url)
        monkeypatch.setattr(module, "settings", changed)

    def receive():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [(one["Body"], one["ReceiptHandle"]) for one in answer["Messages"]]

    return receive


def alert_event(message):
    """Return the event that hands a message of the queue to a function."""
    event = sample("deliver_apprise")
    event["Records"][0] |= {"body": message[0], "receiptHandle": message[1]}
    return event


@pytest.fixture
def receive(tables, monkeypatch):
    """Hand the function for pings by mail a notification of one; returns that function."""
    changed = replace(reception.settings, ping_mail_domain="ping.example.org")
    monkeypatch.setattr(reception, "settings", changed)
    monkeypatch.setattr(bucket, "fetch", lambda _bucket, _key: b"S" * 2000)

    def call(local_part, message_id):
        event = sample("email_ping")
        (record,) = event["Records"]
        notification = json.loads(record["body"])
        notification["mail"] |= {"messageId": message_id}
        notification["receipt"]["recipients"] = [f"{local_part}@ping.example.org"]
        record["body"] = json.dumps(notification)
        email_ping(event, None)

    return call


def stream_event(items):
    """Return the event that tells of new items in the Flips table."""
    records = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": str(number)}}
        for number, item in enumerate(items)
    ]
    return {"Records": records}


def test_each_function_may_do_what_it_does_and_no_more(
    call,
    ping,
    receive,
    scan,
    project,
    add_channel,
    tables,
    queue,
    monkeypatch,
    dynamodb_calls,
    granted,
    now,
):
    done = {}

    def note(function):
        done.setdefault(function, set()).update(permissions.used(dynamodb_calls))
        dynamodb_calls.clear()

    def api(method, path, body=None, **options):
        answer = call(method, path, body, **options)
        note(route_of(method, path))
        assert answer.status < 400
        return answer

    def pings(*paths):
        for path in paths:
            assert ping(path, "POST", b"S" * 200).status < 300
            now.advance(seconds=1)
        note("ping")

    def dispatch():
        items = tables.scan(TableName="flips")["Items"]
        dynamodb_calls.clear()
        dispatch_flip.lambda_handler(stream_event(items), None)
        note("dispatch_flip")

    def deliver(messages):
        dynamodb_calls.clear()
        for message in messages:
            for module in (deliver_alert, deliver_apprise):
                module.lambda_handler(alert_event(message), None)
                note(module.__name__.split(".")[1])

    add_channel("Ops")
    dynamodb_calls.clear()
    checks = "/api/v3/checks/"
    long = {"desc": LONG, "filter_http_body": True} | WORDS
    first = api("POST", checks, {"slug": "a", "channels": "*"}).json["uuid"]
    url = f"{checks}{first}"
    for body in (
        long,
        {"desc": ""},
        NO_WORDS,
        {"desc": "short"} | WORDS,
        {"grace": 120},
        {"desc": LONG, "slug": "b"},
    ):
        api("POST", url, body | {"channels": "*"})
        api("POST", checks, body | {"slug": "c", "channels": "Ops", "unique": ["slug"]})
        pings(f"/ping/{first}", f"/ping/{first}/fail", f"/ping/{first}/start", f"/ping/{first}/log")
    key = project.ping_key
    pings(f"/ping/{key}/c", f"/ping/{key}/new?create=1", f"/ping/{key}/new/fail")
    for number, local_part in enumerate((first, f"{key}+new", first)):
        receive(local_part, f"mail-{number % 2}")
    note("email_ping")
    # Edits that put the deadline into the past.
    now.advance(minutes=10)
    short = {"timeout": 60, "grace": 60}
    api("POST", url, short)
    api("POST", checks, short | {"slug": "c", "unique": ["slug"]})
    pings(f"/ping/{first}", f"/ping/{key}/c")
    scan(f"/ping/{first}")
    note("scan_due")
    for _ in range(2):  # streams repeat themselves
        dispatch()
    messages = queue()
    deliver(messages)
    second = api("POST", checks, {"channels": "Ops"}).json["uuid"]
    pings(f"/ping/{second}/fail")
    api("POST", f"{checks}{second}/snooze", {"seconds": 60})
    for suffix in ("/pause", "/resume"):
        api("POST", url + suffix)
    for path in (checks, url, f"{url}/pings/", f"{url}/pings/1/body", f"{url}/flips/"):
        api("GET", path)
    api("GET", f"{url}/notifications")
    for path in ("/api/v3/channels/", "/api/v3/badges/", "/api/v3/outages/", "/api/v3/status/"):
        api("GET", path)
    api("GET", "/api/v1/health/check", source="127.0.0.1")
    api("GET", "/api/v3/openapi.json", key=None)
    badge = api("GET", "/api/v3/badges/").json["badges"]["*"]["svg"].partition("/live")[2]
    api("GET", badge)
    api("GET", api("GET", url).json["badge_url"].partition("/live")[2])
    api("OPTIONS", url)

    mail = {"kind": "email", "settings": {"to": "ops@example.org"}}
    channel_id = api("POST", "/api/v3/channels/", mail).json["id"]
    channel = f"/api/v3/channels/{channel_id}"
    group = {"kind": "group", "settings": {"channels": [channel_id]}}
    group_id = api("POST", "/api/v3/channels/", group).json["id"]
    api("POST", f"/api/v3/channels/{group_id}", {"settings": group["settings"]})
    for path in (channel, f"{channel}/notifications"):
        api("GET", path)
    answer = {"Payload": BytesIO(b'{"error": null}')}
    monkeypatch.setattr(trial, "_client", lambda: SimpleNamespace(invoke=lambda **_: answer))
    api("POST", f"{channel}/test")
    secret = projects.get(project.project_id).badge_secret
    unsubscribe = url_for(channel_id, project.project_id, secret, "")
    dynamodb_calls.clear()
    api("GET", unsubscribe, key=None)
    api("POST", unsubscribe, key=None)
    # Of some of these checks the texts fit into the first item without the channel, and only then.
    for size in range(480, 660, 30):
        api("POST", checks, {"desc": "x" * size, "channels": channel_id})
    api("POST", url, {"channels": channel_id})
    api("DELETE", channel)

    for check in api("GET", checks).json["checks"]:
        api("DELETE", f"{checks}{check['uuid']}")
    dispatch()
    deliver(messages)
    event = sample("purge_check")
    event["Records"][0]["dynamodb"]["Keys"]["key"]["S"] = f"check#{first}"
    purge(event, SimpleNamespace())
    note("purge_check")
    bounce = sample("record_bounce")
    tags = json.loads(bounce["Records"][0]["Sns"]["Message"])["mail"]["tags"]
    add_channel("Mail", project_id=tags["project"][0], channel_id=tags["channel"][0])
    dynamodb_calls.clear()
    record_bounce(bounce, None)
    note("record_bounce")

    assert done == granted
