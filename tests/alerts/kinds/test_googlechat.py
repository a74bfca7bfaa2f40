"""Alerts by Google Chat's incoming webhooks."""

import json

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.googlechat import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from tests.alerts.conftest import DOWN, DOWN_AT, UP


@pytest.fixture
def settings(receiver):
    """The settings of a channel whose webhook is the receiver."""
    return KIND.read({"url": f"{receiver.url}/v1/spaces/S/messages?key=k&token=t%3D"})


def widgets(message):
    """Return the widgets of the only card."""
    (card,) = message["cardsV2"]
    (section,) = card["card"]["sections"]
    return section["widgets"]


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_an_alert_is_a_card_in_the_thread_of_its_check(receiver, settings, alert):
    send(alert, settings)

    request = receiver.request
    assert (request.method, request.path) == (
        "POST",
        "/v1/spaces/S/messages?key=k&token=t%3D"
        "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
    )
    title, summary = wording.title(alert), wording.summary(alert)
    assert request.json["fallbackText"] == f"{title}. {summary}"
    assert request.json["thread"] == {"threadKey": alert.unique_key}
    first, *facts, said, buttons = widgets(request.json)
    assert first == {"textParagraph": {"text": f"<b>{title}</b>\n{summary}"}}
    assert facts == [
        {"decoratedText": {"topLabel": fact.label, "text": fact.text, "wrapText": True}}
        for fact in wording.facts(alert)
    ]
    assert said["textParagraph"]["text"].endswith("\n42 files, 0 errors")
    (button,) = buttons["buttonList"]["buttons"]
    assert button["onClick"] == {"openLink": {"url": alert.url}}


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings)

    assert receiver.request.json["fallbackText"].startswith("Backup is still DOWN. ")


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    alert = make_alert(url="", last_ping=None)

    send(alert, settings)

    assert len(widgets(receiver.request.json)) == 1 + len(wording.facts(alert))


def test_formats_nothing_that_others_wrote(receiver, settings, make_alert):
    hostile = '<users/all> <a href="http://evil.example">x</a> &lt;'
    taken = '&lt;users/all&gt; &lt;a href="http://evil.example"&gt;x&lt;/a&gt; &amp;lt;'
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=hostile.encode())

    send(make_alert(name=hostile, desc=hostile, last_ping=ping), settings)

    message = receiver.request.json
    first, *facts, said, _ = widgets(message)
    assert "text" not in message
    assert first["textParagraph"]["text"].startswith(f"<b>{taken} is DOWN</b>\n")
    assert facts[-1]["decoratedText"]["text"] == taken
    assert said["textParagraph"]["text"].endswith(f"\n{taken}")


@pytest.mark.parametrize("char", ["x", "&", "💾"])
def test_an_alert_of_any_length_has_room(receiver, settings, make_alert, char):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=char.encode() * 2500)
    alert = make_alert(name=char * 100, tags=(char * 500,), desc=char * 10_000, last_ping=ping)

    send(alert, settings)

    assert len(receiver.request.body) <= 32_000


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")],
)
def test_a_webhook_that_is_gone_is_given_up(receiver, settings, status, code):
    receiver.status = status
    error = {"code": status, "message": "See https://console.example/project", "status": code}
    receiver.body = json.dumps({"error": error}).encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings)

    assert raised.value.error == f'Received status code {status} with a message: "{code}"'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"<html>", "Received status code 404"),
        (
            429,
            b'{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}',
            'Received status code 429 with a message: "RESOURCE_EXHAUSTED"',
        ),
        (
            400,
            b'{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}',
            'Received status code 400 with a message: "INVALID_ARGUMENT"',
        ),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.error == error
