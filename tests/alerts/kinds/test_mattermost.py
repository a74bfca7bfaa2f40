"""Alerts by Mattermost's incoming webhooks."""

import json

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.mattermost import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from tests.alerts.conftest import DOWN, DOWN_AT, UP


@pytest.fixture
def settings(receiver):
    """The settings of a channel whose webhook is the receiver."""
    return KIND.read({"url": f"{receiver.url}/hooks/x"})


@pytest.mark.parametrize(("alert", "color"), [(DOWN, "#d0021b"), (UP, "#2eb67d")])
def test_an_alert_is_an_attachment(receiver, settings, alert, color):
    send(alert, settings)

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/hooks/x")
    assert request.json["text"] == f"`{wording.title(alert)}`"
    (attachment,) = request.json["attachments"]
    assert attachment["color"] == color
    assert attachment["fallback"] == wording.summary(alert)
    assert attachment["title_link"] == alert.url
    assert attachment["text"] == (
        f"{wording.summary(alert)}\nThe last ping said:\n```text\n42 files, 0 errors\n```"
    )
    assert [(field["title"], field["value"]) for field in attachment["fields"]] == [
        (fact.label, f"`{fact.text}`") for fact in wording.facts(alert)
    ]


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings)

    assert receiver.request.json["text"] == "`Backup is still DOWN`"


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    alert = make_alert(url="", last_ping=None)

    send(alert, settings)

    (attachment,) = receiver.request.json["attachments"]
    assert "title" not in attachment
    assert attachment["text"] == wording.summary(alert)


def test_mentions_and_formats_nothing(receiver, settings, make_alert):
    hostile = "@all `@here` <!channel> *b*"
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"```\n@channel")

    send(make_alert(name=hostile, desc=hostile, last_ping=ping), settings)

    message = receiver.request.json
    (attachment,) = message["attachments"]
    assert message["text"] == f"``{hostile} is DOWN``"
    assert attachment["fields"][-1]["value"] == f"``{hostile}``"
    assert attachment["text"].endswith("\n````text\n```\n@channel\n````")


def test_an_address_in_a_description_stays_one(receiver, settings, make_alert):
    send(make_alert(desc="See\nhttps://wiki.example.com/run_book\nfirst"), settings)

    assert receiver.request.json["attachments"][0]["fields"][-1]["value"] == (
        "`See` https://wiki.example.com/run_book `first`"
    )


def test_a_message_is_no_longer_than_mattermost_stores(receiver, settings, make_alert):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"`" * 10_000)

    send(make_alert(name="`" * 100, desc="`" * 10_000, last_ping=ping), settings)

    message = receiver.request.json
    assert len(message["text"]) <= 16_383
    assert len(json.dumps(message["attachments"])) <= 800_000


def test_a_webhook_whose_channel_is_gone_is_given_up(receiver, settings):
    receiver.status = 404
    receiver.body = (
        b'{"id": "web.incoming_webhook.channel.app_error",'
        b' "message": "Couldn\'t find the channel.", "status_code": 404}'
    )

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings)

    assert raised.value.error == (
        'Received status code 404 with a message: "Couldn\'t find the channel."'
    )


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            400,
            b'{"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook."}',
            'Received status code 400 with a message: "Invalid webhook."',
        ),
        (
            501,
            b'{"id": "web.incoming_webhook.disabled.app_error", "message": "Turned off."}',
            'Received status code 501 with a message: "Turned off."',
        ),
        (
            500,
            b'{"id": "web.incoming_webhook.channel.app_error", "message": "Try again."}',
            'Received status code 500 with a message: "Try again."',
        ),
        (404, b"<html>secret internals</html>", "Received status code 404"),
        (404, b'{"message": "of something else"}', "Received status code 404"),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.error == error
