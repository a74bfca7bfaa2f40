"""Alerts by Discord's webhooks."""

import json
from datetime import timedelta

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.discord import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from tests.alerts.conftest import DOWN, DOWN_AT, UP


@pytest.fixture
def settings(receiver):
    """The settings of a channel whose webhook is the receiver."""
    return KIND.read({"url": f"{receiver.url}/api/webhooks/1/x"})


@pytest.mark.parametrize(("alert", "color"), [(DOWN, 0xD0021B), (UP, 0x2EB67D)])
def test_an_alert_is_an_embed(receiver, settings, alert, color):
    send(alert, settings)

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/api/webhooks/1/x?wait=true")
    (embed,) = request.json["embeds"]
    assert request.json["content"] == embed["title"] == wording.title(alert)
    assert embed["url"] == alert.url
    assert embed["color"] == color
    assert embed["timestamp"] == "2024-01-15T03:10:00+00:00"
    assert embed["description"] == f"{wording.summary(alert)}\n```\n42 files, 0 errors\n```"
    assert [(field["name"], field["value"]) for field in embed["fields"]] == wording.facts(alert)


def test_a_thread_of_the_address_is_kept(receiver):
    settings = KIND.read({"url": f"{receiver.url}/api/webhooks/1/x?thread_id=7"})

    send(DOWN, settings)

    assert receiver.request.path == "/api/webhooks/1/x?thread_id=7&wait=true"


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings)

    assert receiver.request.json["content"] == "Backup is still DOWN"


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    alert = make_alert(url="", last_ping=None)

    send(alert, settings)

    (embed,) = receiver.request.json["embeds"]
    assert "url" not in embed
    assert embed["description"] == wording.summary(alert)


def test_mentions_and_formats_nothing(receiver, settings, make_alert):
    hostile = "@everyone <@1> *b* [x](http://evil.example)"
    taken = r"\@everyone \<\@1\> \*b\* \[x\](http://evil.example)"

    send(make_alert(name=hostile, desc=hostile), settings)

    message = receiver.request.json
    (embed,) = message["embeds"]
    assert message["allowed_mentions"] == {"parse": []}
    assert embed["title"] == f"{taken} is DOWN"
    assert message["content"] == f"{taken} is DOWN".replace("://", ":\u200b//")
    assert embed["fields"][-1] == {"name": "Description", "value": taken, "inline": False}


def test_an_address_in_a_description_stays_one(receiver, settings, make_alert):
    send(make_alert(desc="See https://wiki.example.com/run_book"), settings)

    (embed,) = receiver.request.json["embeds"]
    assert embed["fields"][-1]["value"] == "See https://wiki.example.com/run_book"


def test_a_body_does_not_end_its_block(receiver, settings, make_alert):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"a ``` **b**")

    send(make_alert(last_ping=ping), settings)

    (embed,) = receiver.request.json["embeds"]
    assert embed["description"].count("```") == 2
    assert embed["description"].endswith("\n```\na `\u200b`\u200b`\u200b **b**\n```")


@pytest.mark.parametrize("char", ["x", "*", "`", "💾"])
def test_an_alert_of_any_length_has_room(receiver, settings, make_alert, char):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=char.encode() * 2500)
    alert = make_alert(
        name=char * 100,
        project=char * 200,
        schedule=char * 200,
        tags=(char * 500,),
        desc=char * 10_000,
        last_ping=ping,
    )

    send(alert, settings)

    message = receiver.request.json
    (embed,) = message["embeds"]
    texts = [embed["title"], embed["description"]]
    for field in embed["fields"]:
        assert 0 < len(field["value"]) <= 1024
        texts += [field["name"], field["value"]]
    assert len(message["content"]) <= 2000
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    assert len(embed["fields"]) <= 25
    assert sum(map(len, texts)) <= 6000


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, 10015, "Unknown Webhook"),
        (404, 10003, "Unknown Channel"),
        (401, 50027, "Invalid Webhook Token"),
    ],
)
def test_a_webhook_that_is_gone_is_given_up(receiver, settings, status, code, message):
    receiver.status = status
    receiver.body = json.dumps({"message": message, "code": code}).encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings)

    assert raised.value.error == f'Received status code {status} with a message: "{message}"'


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"code": 0}', b'{"code": [10015]}', b"[]"])
def test_another_404_may_pass(receiver, settings, body):
    receiver.status, receiver.body = 404, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.error == "Received status code 404"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({}, timedelta(seconds=64.57)), ({"Retry-After": "65"}, timedelta(seconds=65))],
)
def test_waits_as_long_as_it_is_told(receiver, settings, headers, pause):
    receiver.status, receiver.headers = 429, headers
    receiver.body = (
        b'{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}'
    )

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.retry_after == pause
