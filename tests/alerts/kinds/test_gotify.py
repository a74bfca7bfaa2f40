"""Alerts by Gotify."""

import json
from dataclasses import replace

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds.gotify import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP


@pytest.fixture
def settings(receiver):
    """Return a function that reads settings of a channel whose server is the receiver."""

    def read(**given):
        return KIND.read({"url": receiver.url, "token": "Ab.c-_1", **given})

    return read


@pytest.mark.parametrize(("alert", "priority"), [(DOWN, 8), (UP, 4)])
def test_a_message_is_posted_by_the_application(receiver, settings, alert, priority):
    send(alert, settings())

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/message")
    assert request.headers["x-gotify-key"] == "Ab.c-_1"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "title": wording.title(alert),
        "message": wording.plain_text(alert),
        "priority": priority,
        "extras": {
            "client::display": {"contentType": "text/plain"},
            "client::notification": {"click": {"url": alert.url}},
        },
    }


@pytest.mark.parametrize("path", ["/gotify", "/gotify/"])
def test_a_server_may_be_below_a_path(receiver, settings, make_alert, path):
    send(make_alert(), settings(url=receiver.url + path))

    assert receiver.request.path == "/gotify/message"


def test_priorities_can_be_chosen(receiver, settings, make_alert):
    given = settings(priority_down=0, priority_up=10)

    send(make_alert(), given)
    send(make_alert(UP), given)

    assert [request.json["priority"] for request in receiver.requests] == [0, 10]


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings())

    assert receiver.request.json["title"] == "Backup is still DOWN"


def test_texts_are_no_markdown(receiver, settings, make_alert):
    hostile = "![x](https://evil.example/track.png) <script> **b**"
    alert = make_alert(
        name=hostile, desc=hostile, last_ping=replace(DOWN.last_ping, body=hostile.encode()), url=""
    )

    send(alert, settings())

    document = receiver.request.json
    assert document["title"] == f"{hostile} is DOWN"
    assert document["message"].count(hostile) == 2
    assert document["extras"] == {"client::display": {"contentType": "text/plain"}}


@pytest.mark.parametrize("status", [401, 403])
def test_an_application_that_is_gone_stays_gone(receiver, settings, make_alert, status):
    receiver.status = status
    receiver.body = json.dumps(
        {
            "error": "Unauthorized",
            "errorCode": status,
            "errorDescription": "you need to provide a valid access token",
        }
    ).encode()

    with pytest.raises(Permanent) as failure:
        send(make_alert(), settings())

    assert failure.value.error == (
        f'Received status code {status} with a message: "you need to provide a valid access token"'
    )


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, b"<h1>Unauthorized</h1>", ""),
        (403, b'{"errorCode": 401, "errorDescription": "of a proxy"}', ""),
        (404, b"404 page not found", ""),
        (
            400,
            b'{"error":"Bad Request","errorCode":400,"errorDescription":"no message"}',
            ' with a message: "no message"',
        ),
        (500, b'{"error":"Internal Server Error","errorCode":500,"errorDescription":""}', ""),
    ],
)
def test_anything_else_may_pass(receiver, settings, make_alert, status, body, told):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f"Received status code {status}{told}"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"url": ""}, "settings.url is not a valid URL"),
        ({"token": "a b"}, "settings.token has unexpected value"),
        ({"token": ""}, "settings.token is empty"),
        ({"priority_up": 11}, "settings.priority_up is too large"),
        ({"priority_up": -1}, "settings.priority_up is too small"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        KIND.read({"url": "https://push.example.org", "token": "A", **given})

    assert error in str(refusal.value)
