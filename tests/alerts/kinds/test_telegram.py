"""Alerts by Telegram's bots."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds import telegram
from nightbell.alerts.kinds.telegram import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, DOWN_AT, UP

TOKEN = "123456:AAF-x_y"


@pytest.fixture
def settings():
    """Return a function that reads settings of a channel."""

    def read(**given):
        return KIND.read({"token": TOKEN, "chat": "-1001", **given})

    return read


@pytest.fixture(autouse=True)
def api(receiver, monkeypatch):
    """Let the receiver play Telegram."""
    monkeypatch.setattr(telegram, "_API", receiver.url)
    receiver.body = b'{"ok": true, "result": {}}'


def fault(status, description, **parameters):
    """Return an answer as Telegram answers what it refuses."""
    document = {"ok": False, "error_code": status, "description": description}
    if parameters:
        document["parameters"] = parameters
    return status, {}, json.dumps(document).encode()


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_an_alert_is_a_message_of_the_bot(receiver, settings, alert):
    send(alert, settings())

    request = receiver.request
    assert (request.method, request.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert request.headers["content-type"] == "application/json"
    message = request.json
    text = message.pop("text")
    assert message == {
        "chat_id": "-1001",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    assert text.startswith(f"<b>{wording.title(alert)}</b>\n{wording.summary(alert)}\n\n")
    for fact in wording.facts(alert):
        assert f"\n<b>{fact.label}</b>: {fact.text}\n" in text
    assert "\nThe last ping said:\n<pre>42 files, 0 errors</pre>\n" in text
    assert text.endswith(f'\n<a href="{alert.url}">Details</a>')


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings())

    assert receiver.request.json["text"].startswith("<b>Backup is still DOWN</b>")


def test_a_topic_of_a_group_is_named(receiver, settings):
    send(DOWN, settings(thread=42))

    assert receiver.request.json["message_thread_id"] == 42


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    send(make_alert(url="", last_ping=None), settings())

    text = receiver.request.json["text"]
    assert "<a " not in text
    assert "<pre>" not in text


def test_mentions_and_formats_nothing(receiver, settings, make_alert):
    hostile = "@eve <b>x</b> &lt; /stop #x a/b"
    taken = "@\u200beve &lt;b&gt;x&lt;/b&gt; &amp;lt; /\u200bstop #\u200bx a/b"
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"</pre><b>x</b>")

    send(make_alert(name=hostile, desc=hostile, last_ping=ping), settings())

    text = receiver.request.json["text"]
    assert text.startswith(f"<b>{taken} is DOWN</b>\n")
    assert f"\n<b>Description</b>: {taken}\n" in text
    assert "<pre>&lt;/pre&gt;&lt;b&gt;x&lt;/b&gt;</pre>" in text


def test_an_address_in_a_description_stays_one(receiver, settings, make_alert):
    send(make_alert(desc="See https://wiki.example.com/run_book#x"), settings())

    assert "See https://wiki.example.com/run_book#x" in receiver.request.json["text"]


@pytest.mark.parametrize("char", ["x", "&", "@", "💾"])
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

    send(alert, settings())

    shown = unescape(re.sub(r"<[^>]+>", "", receiver.request.json["text"]))
    assert len(shown.encode("utf-16-le")) // 2 <= 4096
    assert wording.summary(alert) in shown


def test_a_group_is_followed_where_it_moved(receiver, settings):
    def behave(request):
        if request.json["chat_id"] == "-1001":
            return fault(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=-1009876543210,
            )
        return 200, {}, b'{"ok": true}'

    receiver.behave = behave

    send(DOWN, settings())

    old, new = (request.json for request in receiver.requests)
    assert new == {**old, "chat_id": -1009876543210}


def test_what_the_new_group_answers_counts(receiver, settings):
    def behave(request):
        if request.json["chat_id"] == "-1001":
            return fault(400, "Bad Request: upgraded", migrate_to_chat_id=-2)
        return fault(403, "Forbidden: bot was kicked from the supergroup chat")

    receiver.behave = behave

    with pytest.raises(Permanent, match="kicked from the supergroup"):
        send(DOWN, settings())


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (401, "Unauthorized"),
        (404, "Not Found"),
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: message thread not found"),
    ],
)
def test_a_chat_or_bot_that_is_gone_is_given_up(receiver, settings, status, description):
    receiver.behave = lambda _: fault(status, description)

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings())

    assert raised.value.error == (f'Received status code {status} with a message: "{description}"')


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (400, "Bad Request: can't parse entities"),
        (400, "Bad Request: TOPIC_CLOSED"),
        (409, "Conflict"),
        (502, "Bad Gateway"),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, description):
    receiver.behave = lambda _: fault(status, description)

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert raised.value.error == (f'Received status code {status} with a message: "{description}"')
    assert len(receiver.requests) == 1


def test_waits_as_long_as_it_is_told(receiver, settings):
    receiver.behave = lambda _: fault(429, "Too Many Requests: retry after 35", retry_after=35)

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert raised.value.retry_after == timedelta(seconds=35)


def test_the_token_is_told_to_nobody(receiver, settings, monkeypatch):
    monkeypatch.setattr(telegram, "_API", "http://127.0.0.1:1")

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert TOKEN not in raised.value.error


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"token": "AAF"}, "settings.token has unexpected value"),
        ({"token": "1:a/../x"}, "settings.token has unexpected value"),
        ({"chat": "ops"}, "settings.chat has unexpected value"),
        ({"chat": ""}, "settings.chat is empty"),
        ({"thread": -1}, "settings.thread is too small"),
        ({"thread": "1"}, "settings.thread is not a number"),
    ],
)
def test_refuses_settings_that_cannot_work(settings, given, error):
    with pytest.raises(InvalidSpec, match=f"{error}$"):
        settings(**given)


@pytest.mark.parametrize("chat", ["123456", "-1001234567890", "@ops_channel"])
def test_a_chat_has_a_number_or_a_name(settings, chat):
    assert settings(chat=chat)["chat"] == chat
