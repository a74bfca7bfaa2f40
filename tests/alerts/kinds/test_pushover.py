"""Alerts by Pushover."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds import pushover
from nightbell.alerts.kinds.pushover import KIND, send
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

USER, TOKEN = "u" * 30, "a" * 30
CANCEL = f"/1/receipts/cancel_by_tag/{DOWN.unique_key}.json"
OK = b'{"status":1,"request":"647d2300-702c-4b38-8b2f-d56326ae460b"}'


@pytest.fixture
def api(receiver, monkeypatch):
    """Let the receiver be Pushover."""
    monkeypatch.setattr(pushover, "_API", f"{receiver.url}/1")
    receiver.body = OK
    return receiver


def form(request):
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def settings(**given):
    return KIND.read({"user": USER, "token": TOKEN, **given})


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_a_message_is_sent(api, alert):
    send(alert, settings())

    assert (api.request.method, api.request.path) == ("POST", "/1/messages.json")
    assert form(api.request) == {
        "token": TOKEN,
        "user": USER,
        "title": wording.title(alert),
        "message": wording.plain_text(alert, 1024),
        "priority": "0",
        "url": alert.url,
    }


def test_each_status_has_its_priority(api, make_alert):
    given = settings(priority_down=1, priority_up=-2)

    send(make_alert(), given)
    send(make_alert(UP), given)

    assert [form(request)["priority"] for request in api.requests] == ["1", "-2"]


@pytest.mark.parametrize(("alert", "name"), [(DOWN, "priority_down"), (UP, "priority_up")])
def test_priority_minus_3_sends_nothing(api, alert, name):
    with pytest.raises(NothingToSend):
        send(alert, settings(**{name: -3}))

    assert api.requests == []


def test_an_emergency_rings(api, make_alert):
    send(make_alert(), settings(priority_down=2, retry=60, expire=3600))

    sent = form(api.request)
    assert (sent["priority"], sent["retry"], sent["expire"]) == ("2", "60", "3600")
    assert sent["tags"] == DOWN.unique_key


@pytest.mark.parametrize(
    ("alert", "priority_up", "paths"),
    [
        (UP, 0, [CANCEL, "/1/messages.json"]),
        (UP, -3, [CANCEL]),
        (replace(DOWN, reason=Reason.NAG), 0, [CANCEL, "/1/messages.json"]),
    ],
)
def test_an_emergency_rings_until_the_next_message(api, alert, priority_up, paths):
    send(alert, settings(priority_down=2, priority_up=priority_up))

    assert [request.path for request in api.requests] == paths
    assert form(api.requests[0]) == {"token": TOKEN}


def test_what_cannot_be_silenced_is_tried_again_before_anything_is_said(api):
    api.status = 500

    with pytest.raises(Passing):
        send(UP, settings(priority_down=2))

    assert api.request.path == CANCEL


@pytest.mark.parametrize("char", ["x", "💾"])
def test_texts_are_as_long_as_they_may(api, make_alert, char):
    alert = make_alert(
        name=char * 300,
        desc=char * 10_000,
        last_ping=replace(DOWN.last_ping, body=(char * 3000 + "the error").encode()),
        url="https://example.org/" + "x" * 500,
    )

    send(alert, settings())

    sent = form(api.request)
    assert len(sent["title"]) == 250
    assert len(sent["message"]) <= 1024
    assert wording.summary(alert) in sent["message"]
    assert "url" not in sent


def test_texts_are_no_html(api, make_alert):
    hostile = "<b>&amp;</b> a=b&token=evil %26 +"
    alert = make_alert(
        name=hostile, desc=hostile, last_ping=replace(DOWN.last_ping, body=hostile.encode())
    )

    send(alert, settings())

    sent = form(api.request)
    assert "html" not in sent
    assert sent["token"] == TOKEN
    assert sent["title"] == f"{hostile} is DOWN"
    assert sent["message"].count(hostile) == 2


@pytest.mark.parametrize(
    ("parameter", "error"),
    [
        ("user", "user identifier is not a valid user, group, or subscribed user key"),
        ("token", "application token is invalid"),
    ],
)
def test_keys_that_pushover_does_not_know_end_it(api, make_alert, parameter, error):
    api.status = 400
    api.body = json.dumps({parameter: "invalid", "errors": [error], "status": 0}).encode()

    with pytest.raises(Permanent) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f'Received status code 400 with a message: "{error}"'


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            400,
            b'{"message":"cannot be blank","errors":["message cannot be blank","x"],"status":0}',
            ' with a message: "message cannot be blank; x"',
        ),
        (400, b'{"user":["invalid"],"errors":"none","status":0}', ""),
        (429, b'{"errors":["over its quota"]}', ' with a message: "over its quota"'),
        (500, b'{"user":"invalid"}', ""),
        (502, b"<html>", ""),
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
        ({"user": ""}, "settings.user is empty"),
        ({"user": "a/b"}, "settings.user has unexpected value"),
        ({"token": "a&b"}, "settings.token has unexpected value"),
        ({"priority_down": 3}, "settings.priority_down is too large"),
        ({"priority_up": -4}, "settings.priority_up is too small"),
        ({"retry": 29}, "settings.retry is too small"),
        ({"expire": 10_801}, "settings.expire is too large"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        settings(**given)

    assert error in str(refusal.value)


def test_an_application_token_is_needed():
    with pytest.raises(InvalidSpec, match=r"settings\.token is missing"):
        KIND.read({"user": USER})
