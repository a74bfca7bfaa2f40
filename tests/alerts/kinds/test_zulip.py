"""Alerts by Zulip's bots."""

import json
from base64 import b64encode
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.zulip import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, DOWN_AT, UP


@pytest.fixture
def settings(receiver):
    """Return a function that reads settings of a channel whose organization is the receiver."""

    def read(**given):
        required = {
            "site": receiver.url,
            "bot_email": "night-bot@zulip.example.org",
            "api_key": "k3y",
            "to": "ops & dev",
        }
        return KIND.read({**required, **given})

    return read


def form(request):
    """Return the fields of the request's form."""
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = parse_qs(request.body.decode(), strict_parsing=True)
    return {name: value for name, (value,) in fields.items()}


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_an_alert_is_a_message_in_a_stream(receiver, settings, alert):
    send(alert, settings())

    request = receiver.request
    login = b64encode(b"night-bot@zulip.example.org:k3y").decode()
    assert (request.method, request.path) == ("POST", "/api/v1/messages")
    assert request.headers["authorization"] == f"Basic {login}"
    fields = form(request)
    content = fields.pop("content")
    assert fields == {"type": "stream", "to": "ops & dev", "topic": "Backup"}
    assert content.startswith(f"`{wording.title(alert)}`\n{wording.summary(alert)}\n")
    for fact in wording.facts(alert):
        assert f"\n* **{fact.label}**: `{fact.text}`" in content
    assert f"[Details]({alert.url})" in content
    assert content.endswith("\nThe last ping said:\n```text\n42 files, 0 errors\n```")


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings())

    assert form(receiver.request)["content"].startswith("`Backup is still DOWN`")


def test_people_are_told_without_a_topic(receiver, settings):
    to = "alice@example.com, bob@example.com,"

    send(DOWN, settings(type="private", to=to, topic="Jobs"))

    fields = form(receiver.request)
    assert fields["type"] == "private"
    assert json.loads(fields["to"]) == ["alice@example.com", "bob@example.com"]
    assert "topic" not in fields


@pytest.mark.parametrize(
    ("name", "topic", "sent"),
    [
        ("Backup", "Jobs", "Jobs"),
        ("x" * 100, "", "x" * 59 + "…"),
        ("\x07", "", "unnamed"),
    ],
)
def test_a_topic_is_what_was_given_or_the_name_of_the_check(
    receiver, settings, make_alert, name, topic, sent
):
    send(make_alert(name=name), settings(topic=topic))

    assert form(receiver.request)["topic"] == sent


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    send(make_alert(url="", last_ping=None), settings())

    content = form(receiver.request)["content"]
    assert "[Details]" not in content
    assert "The last ping said" not in content


def test_mentions_and_formats_nothing(receiver, settings, make_alert):
    hostile = "@**all** `@_**all**` $$x$$\n# heading\n```quote"
    on_a_line = "@**all** `@_**all**` $$x$$ # heading ```quote"
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"```\n@**all**")

    send(make_alert(name=hostile, desc=hostile, last_ping=ping), settings())

    content = form(receiver.request)["content"]
    assert content.startswith(f"````{on_a_line} is DOWN````\n")
    assert f"\n* **Description**: ````{on_a_line}````\n" in content
    assert content.endswith("\n````text\n```\n@**all**\n````")


def test_an_address_in_a_description_stays_one(receiver, settings, make_alert):
    send(make_alert(desc="See\nhttps://wiki.example.com/run_book\nfirst"), settings())

    assert "`See` https://wiki.example.com/run_book `first`\n" in form(receiver.request)["content"]


@pytest.mark.parametrize("char", ["x", "`", "💾"])
def test_an_alert_of_any_length_has_room(receiver, settings, make_alert, char):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=char.encode() * 2500)
    alert = make_alert(name=char * 100, tags=(char * 500,), desc=char * 10_000, last_ping=ping)

    send(alert, settings())

    assert len(form(receiver.request)["content"]) <= 10_000


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "STREAM_DOES_NOT_EXIST"),
        (401, "INVALID_API_KEY"),
        (401, "UNAUTHORIZED"),
        (401, "USER_DEACTIVATED"),
        (401, "REALM_DEACTIVATED"),
    ],
)
def test_a_bot_or_stream_that_is_gone_is_given_up(receiver, settings, status, code):
    receiver.status = status
    document = {"result": "error", "msg": "Stream 'ops' does not exist", "code": code}
    receiver.body = json.dumps(document).encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings())

    assert raised.value.error == (
        f"Received status code {status} with a message: \"Stream 'ops' does not exist\""
    )


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            400,
            b'{"result": "error", "msg": "Invalid email", "code": "BAD_REQUEST"}',
            'Received status code 400 with a message: "Invalid email"',
        ),
        (401, b"<html>", "Received status code 401"),
        (404, b'{"msg": "of something else"}', "Received status code 404"),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert raised.value.error == error


def test_waits_as_long_as_it_is_told(receiver, settings):
    receiver.status = 429
    receiver.body = (
        b'{"result": "error", "msg": "API usage exceeded rate limit",'
        b' "code": "RATE_LIMIT_HIT", "retry-after": 28.7}'
    )

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert raised.value.retry_after == timedelta(seconds=28.7)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"site": "zulip.example.org"}, "settings.site is not a valid URL"),
        ({"bot_email": "a:b@example.org"}, "settings.bot_email has unexpected value"),
        ({"api_key": ""}, "settings.api_key is empty"),
        ({"type": "direct"}, "settings.type has unexpected value"),
        ({"topic": "x" * 61}, "settings.topic is too long"),
        ({"type": "private", "to": " , "}, "settings.to has unexpected value"),
    ],
)
def test_refuses_settings_that_cannot_work(settings, given, error):
    with pytest.raises(InvalidSpec, match=f"{error}$"):
        settings(**given)
