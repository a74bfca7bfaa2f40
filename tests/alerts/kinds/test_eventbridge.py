"""EventBridge: what an event holds, and what Amazon EventBridge says to it."""

import json
from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber

from nightbell.alerts import aws, wording
from nightbell.alerts.kinds import eventbridge
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

# Not the region that the function runs in.
REGION = "us-east-1"
BUS = f"arn:aws:events:{REGION}:123456789012:event-bus/ops"


@pytest.fixture
def allow(monkeypatch):
    """Return a function that sets the buses that the service allows; BUS until then."""

    def use(*buses):
        joined = ",".join(buses)
        monkeypatch.setattr(
            eventbridge, "deployment", replace(eventbridge.deployment, alert_buses=joined)
        )

    use(BUS)
    return use


@pytest.fixture
def inbox(moto, allow):
    """Make the bus, with a queue of its events; return a function that reads the queue."""
    events, queues = boto3.client("events", REGION), boto3.client("sqs", REGION)
    events.create_event_bus(Name="ops")
    events.put_rule(
        Name="all", EventBusName="ops", EventPattern=json.dumps({"source": ["nightbell"]})
    )
    queue = queues.create_queue(QueueName="inbox")["QueueUrl"]
    target = {"Id": "inbox", "Arn": f"arn:aws:sqs:{REGION}:123456789012:inbox"}
    events.put_targets(Rule="all", EventBusName="ops", Targets=[target])

    def read():
        messages = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        return [json.loads(message["Body"]) for message in messages]

    return read


def test_an_event_that_a_check_is_down(inbox, make_alert):
    eventbridge.send(make_alert(), {"bus": BUS})

    (event,) = inbox()
    assert event["source"] == "nightbell"
    assert event["detail-type"] == "Check Down"
    assert event["region"] == REGION
    assert event["detail"] == {
        "delivery": "0f5c",
        "test": False,
        "status": "down",
        "reason": "timeout",
        "since": "2024-01-15T03:10:00+00:00",
        "project": "Web shop",
        "check": {
            "name": "Backup",
            "slug": "backup",
            "tags": ["nightly", "db"],
            "desc": "Runs on db1",
            "unique_key": DOWN.unique_key,
            "schedule": "every 1 hour",
            "url": DOWN.url,
        },
        "expected": "2024-01-15T03:00:00+00:00",
        "run_started": None,
        "last_ping": {
            "created": "2024-01-15T02:00:00+00:00",
            "kind": "success",
            "exitstatus": None,
            "body_tail": "42 files, 0 errors",
        },
        "down_for": None,
        "title": "Backup is DOWN",
        "summary": wording.summary(DOWN),
    }


def test_an_event_that_a_check_is_up_says_how_long_it_was_down(inbox, make_alert):
    eventbridge.send(make_alert(UP, last_ping=None, url=""), {"bus": BUS})

    (event,) = inbox()
    assert event["detail-type"] == "Check Up"
    assert event["detail"]["status"] == "up"
    assert event["detail"]["down_for"] == 2 * 3600 + 5 * 60
    assert event["detail"]["expected"] is None
    assert event["detail"]["last_ping"] is None
    assert event["detail"]["check"]["url"] is None
    assert event["detail"].keys() == eventbridge._detail(DOWN).keys()


def test_an_event_that_a_check_is_still_down(inbox, make_alert):
    eventbridge.send(make_alert(reason=Reason.NAG, is_test=True), {"bus": BUS})

    (event,) = inbox()
    assert event["detail-type"] == "Check Still Down"
    assert event["detail"]["reason"] == "nag"
    assert event["detail"]["test"] is True


def test_an_event_holds_no_secret_and_few_bytes(make_alert):
    alert = make_alert(
        name="\u00e9" * 100,
        desc="\x00" * 10_000,
        tags=("\x01",) * 250,
        last_ping=replace(DOWN.last_ping, body=b"\xff" * 300_000),
    )

    detail = json.dumps(eventbridge._detail(alert))

    assert DOWN.code not in detail
    assert len(detail) < 20_000  # of 256 KB


_ANSWERS = [
    ("ThrottlingException", Passing, "Amazon EventBridge was asked too often"),
    ("InternalFailure", Passing, "Amazon EventBridge answered InternalFailure"),
    ("AccessDeniedException", Passing, "this service may not put events on the bus"),
    ("ResourceNotFoundException", Permanent, "the event bus does not exist"),
]


@pytest.mark.parametrize(("code", "failure", "error"), _ANSWERS)
def test_a_refusal_decides_whether_it_is_tried_again(
    refuse, allow, make_alert, code, failure, error
):
    refuse("events", "put_events", code, REGION)

    with pytest.raises(failure) as raised:
        eventbridge.send(make_alert(), {"bus": BUS})

    assert raised.value.error == error


@pytest.mark.parametrize(("code", "failure", "error"), _ANSWERS)
def test_so_does_a_refusal_in_an_answer_that_is_a_success(
    aws_region, allow, make_alert, code, failure, error
):
    entry = {"ErrorCode": code, "ErrorMessage": "some internals"}
    answer = {"FailedEntryCount": 1, "Entries": [entry]}
    stub = Stubber(aws.client("events", REGION))
    stub.add_response("put_events", answer)

    with stub, pytest.raises(failure) as raised:
        eventbridge.send(make_alert(), {"bus": BUS})

    assert raised.value.error == error


@pytest.mark.parametrize("buses", [[], [BUS + "2"]])
def test_alerts_go_only_to_buses_that_the_service_allows(inbox, allow, make_alert, buses):
    allow(*buses)

    with pytest.raises(InvalidSpec, match="not a bus that this service may put events on"):
        eventbridge.KIND.read({"bus": BUS})
    with pytest.raises(Passing, match="this service may not put events on the bus"):
        eventbridge.send(make_alert(), {"bus": BUS})


def test_an_allowed_bus_is_taken(allow):
    assert eventbridge.KIND.read({"bus": BUS}) == {"bus": BUS}


@pytest.mark.parametrize("bus", ["", "ops", "default", f"{BUS},{BUS}", BUS + " ", ["ops"]])
def test_what_is_no_bus_is_refused(allow, bus):
    allow(str(bus))

    with pytest.raises(InvalidSpec, match=r"settings\.bus "):
        eventbridge.KIND.read({"bus": bus})
