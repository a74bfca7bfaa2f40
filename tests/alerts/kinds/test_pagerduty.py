"""Alerts by PagerDuty."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds import pagerduty
from nightbell.alerts.kinds.pagerduty import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

KEY = "R0123456789abcdef0123456789ABCDE"


@pytest.fixture
def api(receiver, monkeypatch):
    """Let the receiver be PagerDuty's event API."""
    monkeypatch.setitem(pagerduty._HOSTS, "us", receiver.url)
    receiver.status = 202
    receiver.body = b'{"status":"success","message":"Event processed","dedup_key":"x"}'
    return receiver


def settings(**given):
    return KIND.read({"routing_key": KEY, **given})


@pytest.mark.parametrize(
    ("alert", "action"),
    [(DOWN, "trigger"), (UP, "resolve")],
)
def test_an_incident_is_triggered_and_resolved(api, alert, action):
    send(alert, settings())

    request = api.request
    event = request.json
    assert (request.method, request.path) == ("POST", "/v2/enqueue")
    assert request.headers["content-type"] == "application/json"
    assert event["routing_key"] == KEY
    assert event["event_action"] == action
    assert event["dedup_key"] == alert.unique_key
    assert event["client"] == "Nightbell"
    assert event["client_url"] == alert.url
    assert event["links"] == [{"href": alert.url, "text": "The check in Nightbell"}]


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_the_event_tells_what_there_is_to_know(api, alert):
    send(alert, settings())

    payload = api.request.json["payload"]
    assert payload["summary"] == f"{wording.title(alert)}. {wording.summary(alert)}"
    assert payload["source"] == "Backup"
    assert payload["severity"] == "critical"
    assert payload["group"] == "Web shop"
    assert datetime.fromisoformat(payload["timestamp"]) == alert.since
    assert payload["custom_details"] == {
        **{fact.label: fact.text for fact in wording.facts(alert)},
        "The last ping said": "42 files, 0 errors",
    }


def test_a_reminder_triggers_the_same_incident_again(api, make_alert):
    send(make_alert(), settings())
    send(make_alert(reason=Reason.NAG), settings())

    first, again = (request.json for request in api.requests)
    assert again["event_action"] == "trigger"
    assert again["dedup_key"] == first["dedup_key"]
    assert again["payload"]["summary"].startswith("Backup is still DOWN")


def test_severity_can_be_chosen(api, make_alert):
    send(make_alert(), settings(severity="warning"))

    assert api.request.json["payload"]["severity"] == "warning"


def test_an_account_in_europe_has_its_own_api(api, make_alert, monkeypatch):
    monkeypatch.setitem(pagerduty._HOSTS, "eu", f"{api.url}/eu")

    send(make_alert(), settings(region="eu"))

    assert api.request.path == "/eu/v2/enqueue"


def test_the_smallest_alert_is_an_event(api, make_alert):
    send(make_alert(name="\x00", url="", last_ping=None, tags=(), schedule=""), settings())

    event = api.request.json
    assert event["payload"]["source"] == "unnamed"
    assert "client_url" not in event
    assert "links" not in event
    assert event["payload"]["custom_details"]["Last ping"] == "never"


def test_a_summary_is_cut(api, make_alert):
    send(make_alert(name="n" * 2000), settings())

    assert len(api.request.json["payload"]["summary"]) == 1024


def test_the_largest_event_is_far_below_512_kb(api, make_alert):
    alert = make_alert(
        desc="💾" * 10_000,
        tags=("💾" * 500,),
        last_ping=replace(DOWN.last_ping, body="💾".encode() * 2500),
    )

    send(alert, settings())

    assert len(api.request.body) < 100_000


@pytest.mark.parametrize(
    "error",
    ["Length of 'routing_key' is incorrect (should be 32 characters)", "Invalid routing key"],
)
def test_a_key_that_pagerduty_does_not_know_ends_it(api, make_alert, error):
    api.status = 400
    api.body = json.dumps(
        {"status": "invalid event", "message": "Event object is invalid", "errors": [error]}
    ).encode()

    with pytest.raises(Permanent) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f'Received status code 400 with a message: "{error}"'


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            400,
            b'{"status":"invalid event","message":"Event object is invalid","errors":["summary"]}',
            ' with a message: "summary"',
        ),
        (
            400,
            b'{"status":"invalid event","message":"Event object is invalid"}',
            ' with a message: "Event object is invalid"',
        ),
        (403, b'{"errors": ["Invalid routing key"]}', ' with a message: "Invalid routing key"'),
        (429, b"", ""),
        (500, b"[]", ""),
    ],
)
def test_anything_else_may_pass(api, make_alert, status, body, told):
    api.status, api.body = status, body

    with pytest.raises(Passing) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f"Received status code {status}{told}"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"routing_key": ""}, "settings.routing_key is empty"),
        ({"routing_key": KEY[1:]}, "settings.routing_key has unexpected value"),
        ({"severity": "fatal"}, "settings.severity has unexpected value"),
        ({"region": "asia"}, "settings.region has unexpected value"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        settings(**given)

    assert error in str(refusal.value)
