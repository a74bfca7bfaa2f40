"""Alerts by Microsoft Teams' workflows."""

import json

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.msteams import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from tests.alerts.conftest import DOWN, DOWN_AT, UP


@pytest.fixture
def settings(receiver):
    """The settings of a channel whose workflow is the receiver, which answers 202 as they do."""
    receiver.status = 202
    return KIND.read({"url": f"{receiver.url}/workflows/1/triggers/manual?sp=%2Frun&sig=s"})


def card(receiver):
    """Return the card that was sent."""
    message = receiver.request.json
    (attachment,) = message["attachments"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    return attachment["content"]


def lines(card):
    """Return the texts of the card; each is a text run, which is not read as Markdown."""
    assert {item["type"] for item in card["body"]} == {"RichTextBlock"}
    runs = [item["inlines"] for item in card["body"]]
    assert {run["type"] for line in runs for run in line} == {"TextRun"}
    return ["".join(run["text"] for run in line) for line in runs]


@pytest.mark.parametrize(("alert", "color"), [(DOWN, "Attention"), (UP, "Good")])
def test_an_alert_is_a_card(receiver, settings, alert, color):
    send(alert, settings)

    request = receiver.request
    assert (request.method, request.path) == (
        "POST",
        "/workflows/1/triggers/manual?sp=%2Frun&sig=s",
    )
    sent = card(receiver)
    assert (sent["type"], sent["version"]) == ("AdaptiveCard", "1.4")
    assert sent["fallbackText"] == wording.title(alert)
    assert sent["body"][0]["inlines"][0]["color"] == color
    assert lines(sent) == [
        wording.title(alert),
        wording.summary(alert),
        *(f"{fact.label}: {fact.text}" for fact in wording.facts(alert)),
        "The last ping said:",
        "42 files, 0 errors",
    ]
    assert sent["actions"] == [{"type": "Action.OpenUrl", "title": "Details", "url": alert.url}]


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings)

    assert lines(card(receiver))[0] == "Backup is still DOWN"


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    alert = make_alert(url="", last_ping=None)

    send(alert, settings)

    sent = card(receiver)
    assert "actions" not in sent
    assert len(lines(sent)) == 2 + len(wording.facts(alert))


def test_replaces_and_formats_nothing(receiver, settings, make_alert):
    hostile = "**b** [x](http://evil.example) {{DATE(2024-01-15T03:10:00Z)}} <at>all</at>"
    taken = hostile.replace("{{", "{\u200b{")

    send(make_alert(name=hostile, desc=hostile), settings)

    texts = lines(card(receiver))
    assert texts[0] == f"{taken} is DOWN"
    assert f"Description: {taken}" in texts


@pytest.mark.parametrize("char", ["x", "字", "💾"])
def test_an_alert_of_any_length_has_room(receiver, settings, make_alert, char):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=char.encode() * 2500)
    alert = make_alert(name=char * 100, tags=(char * 500,), desc=char * 10_000, last_ping=ping)

    send(alert, settings)

    assert len(receiver.request.body) <= 28_000


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "DirectApiAuthorizationRequired", "The signature is not valid."),
        (404, "WorkflowNotFound", "The workflow '0a1b' could not be found."),
        (
            400,
            "WorkflowTriggerIsNotEnabled",
            "Could not execute workflow '0a1b' trigger 'manual' with state 'Deleted'.",
        ),
    ],
)
def test_a_workflow_that_is_gone_is_given_up(receiver, settings, status, code, message):
    receiver.status = status
    receiver.body = json.dumps({"error": {"code": code, "message": message}}).encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings)

    assert raised.value.error == f'Received status code {status} with a message: "{code}"'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            400,
            b'{"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "state \'Disabled\'"}}',
            'Received status code 400 with a message: "WorkflowTriggerIsNotEnabled"',
        ),
        (404, b"<html>", "Received status code 404"),
        (401, b'{"error": "login first"}', "Received status code 401"),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.error == error
