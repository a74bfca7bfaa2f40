"""Alerts by Matrix."""

import json
from datetime import timedelta

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.alerts.kinds.matrix import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason, Signal
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, DOWN_AT, UP

SEND = "/_matrix/client/v3/rooms/%21room%3Aexample.org/send/m.room.message/0f5c"
JOIN = "/_matrix/client/v3/join/%21room%3Aexample.org"
JOIN_ALIAS = "/_matrix/client/v3/join/%23ops%3Aexample.org"


@pytest.fixture
def settings(receiver):
    """Return a function that reads settings of a channel whose homeserver is the receiver."""

    def read(**given):
        required = {
            "homeserver": f"{receiver.url}/",
            "access_token": "syt_x",
            "room": "!room:example.org",
        }
        return KIND.read({**required, **given})

    return read


@pytest.fixture
def homeserver(receiver):
    """A homeserver of one room, which the account has joined already or was invited to."""

    class Homeserver:
        joined = True
        invited = True

        def __call__(self, request):
            if request.method == "POST" and request.path in (JOIN, JOIN_ALIAS):
                if not self.invited:
                    return 403, {}, b'{"errcode": "M_FORBIDDEN", "error": "Not invited"}'
                self.joined = True
                return 200, {}, b'{"room_id": "!room:example.org"}'
            assert (request.method, request.path) == ("PUT", SEND)
            if not self.joined:
                return 403, {}, b'{"errcode": "M_FORBIDDEN", "error": "Not in the room"}'
            return 200, {}, b'{"event_id": "$e"}'

    receiver.behave = Homeserver()
    return receiver.behave


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_an_alert_is_a_message_in_a_room(receiver, homeserver, settings, alert):
    send(alert, settings())

    request = receiver.request
    assert (request.method, request.path) == ("PUT", SEND)
    assert request.headers["authorization"] == "Bearer syt_x"
    assert request.headers["content-type"] == "application/json"
    message = request.json
    assert message["msgtype"] == "m.text"
    assert message["body"] == f"{wording.title(alert)}\n{wording.plain_text(alert)}"
    assert message["format"] == "org.matrix.custom.html"
    html = message["formatted_body"]
    title, summary = wording.title(alert), wording.summary(alert)
    assert html.startswith(f"<p><strong>{title}</strong><br>{summary}</p><ul>")
    for fact in wording.facts(alert):
        assert f"<li><strong>{fact.label}</strong>: {fact.text}</li>" in html
    assert "<pre><code>42 files, 0 errors</code></pre>" in html
    assert f'<a href="{alert.url}">' in html


def test_a_reminder_says_so(receiver, homeserver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings())

    assert receiver.request.json["body"].startswith("Backup is still DOWN\n")


def test_a_repeat_is_the_same_transaction(receiver, homeserver, settings, make_alert):
    send(DOWN, settings())
    send(make_alert(sent=DOWN.sent + timedelta(minutes=5)), settings())

    assert [request.path for request in receiver.requests] == [SEND, SEND]


def test_another_alert_is_another_transaction(receiver, settings, make_alert):
    send(make_alert(delivery_id="a/b"), settings())

    assert receiver.request.path == SEND.replace("0f5c", "a%2Fb")


def test_an_alias_is_joined_for_its_room(receiver, homeserver, settings):
    homeserver.joined = False

    send(DOWN, settings(room="#ops:example.org"))

    assert [(request.method, request.path) for request in receiver.requests] == [
        ("POST", JOIN_ALIAS),
        ("PUT", SEND),
    ]
    assert receiver.requests[0].headers["authorization"] == "Bearer syt_x"
    assert receiver.requests[0].json == {}


def test_a_room_that_the_account_is_invited_to_is_joined(receiver, homeserver, settings):
    homeserver.joined = False

    send(DOWN, settings())

    assert [(request.method, request.path) for request in receiver.requests] == [
        ("PUT", SEND),
        ("POST", JOIN),
        ("PUT", SEND),
    ]


@pytest.mark.parametrize("room", ["!room:example.org", "#ops:example.org"])
def test_a_room_without_an_invitation_is_given_up(homeserver, settings, room):
    homeserver.joined = homeserver.invited = False

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings(room=room))

    assert raised.value.error == 'Received status code 403 with a message: "M_FORBIDDEN"'


def test_a_room_where_the_account_may_not_write_is_given_up(receiver, settings):
    def behave(request):
        if request.path == JOIN:
            return 200, {}, b'{"room_id": "!room:example.org"}'
        return 403, {}, b'{"errcode": "M_FORBIDDEN", "error": "Power level"}'

    receiver.behave = behave

    with pytest.raises(Permanent):
        send(DOWN, settings())

    assert len(receiver.requests) == 3


def test_leaves_out_what_there_is_not(receiver, homeserver, settings, make_alert):
    send(make_alert(url="", last_ping=None), settings())

    html = receiver.request.json["formatted_body"]
    assert "<a " not in html
    assert "<pre>" not in html


def test_mentions_and_formats_nothing(receiver, homeserver, settings, make_alert):
    hostile = '@room <a href="https://matrix.to/#/@eve:example.org">x</a>\n&lt;'
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"</code></pre><b>x</b>")

    send(make_alert(name=hostile, desc=hostile, last_ping=ping), settings())

    message = receiver.request.json
    html = message["formatted_body"]
    assert message["m.mentions"] == {}
    assert '<a href="https://matrix.to' not in html
    assert (
        "<li><strong>Description</strong>: @room &lt;a href=&quot;"
        "https://matrix.to/#/@eve:example.org&quot;&gt;x&lt;/a&gt;<br>&amp;lt;</li>"
    ) in html
    assert "<pre><code>&lt;/code&gt;&lt;/pre&gt;&lt;b&gt;x&lt;/b&gt;</code></pre>" in html


@pytest.mark.parametrize("char", ["x", '"', "💾"])
def test_an_alert_of_any_length_has_room(receiver, homeserver, settings, make_alert, char):
    ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=char.encode() * 2500)
    alert = make_alert(name=char * 100, tags=(char * 500,), desc=char * 10_000, last_ping=ping)

    send(alert, settings())

    content = json.dumps(receiver.request.json, ensure_ascii=False)
    assert len(content.encode()) <= 60_000


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "M_UNKNOWN_TOKEN"),
        (401, "M_MISSING_TOKEN"),
        (403, "M_USER_DEACTIVATED"),
    ],
)
def test_a_token_that_is_gone_is_given_up(receiver, settings, status, code):
    receiver.status = status
    receiver.body = json.dumps({"errcode": code, "error": "Token syt_x"}).encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings())

    assert raised.value.error == f'Received status code {status} with a message: "{code}"'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            404,
            b'{"errcode": "M_NOT_FOUND", "error": "Room alias not found"}',
            'Received status code 404 with a message: "M_NOT_FOUND"',
        ),
        (403, b"<html>", "Received status code 403"),
        (502, b"", "Received status code 502"),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings(room="#ops:example.org"))

    assert raised.value.error == error


@pytest.mark.parametrize(
    ("milliseconds", "headers", "pause"),
    [
        (b"1500", {}, timedelta(seconds=2)),
        (b"1500", {"Retry-After": "7"}, timedelta(seconds=7)),
        (b"1" + b"0" * 400, {}, timedelta(hours=1)),
        (b'"soon"', {}, None),
        (b"NaN", {}, None),
    ],
)
def test_waits_as_long_as_it_is_told(receiver, settings, milliseconds, headers, pause):
    receiver.status, receiver.headers = 429, headers
    receiver.body = (
        b'{"errcode": "M_LIMIT_EXCEEDED", "error": "Slow", "retry_after_ms": ' + milliseconds + b"}"
    )

    with pytest.raises(Passing) as raised:
        send(DOWN, settings())

    assert raised.value.retry_after == pause


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"homeserver": "matrix.org"}, "settings.homeserver is not a valid URL"),
        ({"access_token": ""}, "settings.access_token is empty"),
        ({"room": "ops"}, "settings.room has unexpected value"),
        ({"room": "#ops"}, "settings.room has unexpected value"),
        ({"room": "!room example"}, "settings.room has unexpected value"),
    ],
)
def test_refuses_settings_that_cannot_work(settings, given, error):
    with pytest.raises(InvalidSpec, match=f"{error}$"):
        settings(**given)
