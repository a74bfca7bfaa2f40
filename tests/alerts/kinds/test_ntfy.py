"""Alerts by ntfy."""

import json
from dataclasses import replace

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds.ntfy import KIND, send
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP


@pytest.fixture
def settings(receiver):
    """Return a function that reads settings of a channel whose server is the receiver."""

    def read(**given):
        return KIND.read({"url": receiver.url, "topic": "jobs_1-x", **given})

    return read


@pytest.mark.parametrize(
    ("alert", "priority", "tags"), [(DOWN, 4, ["red_circle"]), (UP, 3, ["green_circle"])]
)
def test_an_alert_is_published_to_the_root_of_the_server(receiver, settings, alert, priority, tags):
    send(alert, settings())

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/")
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers
    assert request.json == {
        "topic": "jobs_1-x",
        "title": wording.title(alert),
        "message": wording.plain_text(alert),
        "priority": priority,
        "tags": tags,
        "click": alert.url,
    }


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings())

    assert receiver.request.json["title"] == "Backup is still DOWN"


def test_settings_say_how_it_looks_and_who_sends_it(receiver, settings, make_alert):
    given = settings(token="tk_abc", priority_up=1, tags_up="tada,+1,nightly-job")

    send(make_alert(UP), given)

    request = receiver.request
    assert request.headers["authorization"] == "Bearer tk_abc"
    assert request.json["priority"] == 1
    assert request.json["tags"] == ["tada", "+1", "nightly-job"]


@pytest.mark.parametrize(("alert", "name"), [(DOWN, "priority_down"), (UP, "priority_up")])
def test_priority_0_sends_nothing(receiver, settings, alert, name):
    with pytest.raises(NothingToSend):
        send(alert, settings(**{name: 0}))

    assert receiver.requests == []


def test_nothing_to_open_without_an_address(receiver, settings, make_alert):
    send(make_alert(url=""), settings())

    assert "click" not in receiver.request.json


@pytest.mark.parametrize("char", ["x", "é", "字", "💾", '"', "\\"])
def test_a_message_has_room_at_the_server(receiver, settings, make_alert, char):
    alert = make_alert(
        name=char * 100,
        desc=char * 10_000,
        tags=(char * 500,),
        last_ping=replace(DOWN.last_ping, body=(char * 3000 + "the error").encode()),
    )

    send(alert, settings())

    document = receiver.request.json
    assert len(document["message"].encode()) <= 4096
    assert len(receiver.request.body) <= 8192
    assert document["title"] == f"{char * 100} is DOWN"
    assert wording.summary(alert) in document["message"]


def test_texts_are_told_as_they_are(receiver, settings, make_alert):
    hostile = '**b** <b> @all [x](https://evil.example) "\\ {{.title}}'
    alert = make_alert(
        name=hostile, desc=hostile, last_ping=replace(DOWN.last_ping, body=hostile.encode())
    )

    send(alert, settings())

    document = receiver.request.json
    assert document["title"] == f"{hostile} is DOWN"
    assert document["message"].count(hostile) == 2
    assert "markdown" not in document


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, 40101, "unauthorized"),
        (403, 40301, "forbidden"),
        (400, 40009, "invalid request: topic invalid"),
        (400, 40010, "invalid request: topic name is disallowed"),
    ],
)
def test_what_ntfy_itself_forbids_stays_forbidden(
    receiver, settings, make_alert, status, code, error
):
    receiver.status = status
    receiver.body = json.dumps({"code": code, "http": status, "error": error}).encode()

    with pytest.raises(Permanent) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f'Received status code {status} with a message: "{error}"'


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, b"<h1>Unauthorized</h1>", ""),
        (403, b'{"code": "40301", "error": "of a proxy"}', ""),
        (403, b'{"code": [40301]}', ""),
        (403, b"[40301]", ""),
        (404, b'{"code":40401,"http":404,"error":"page not found"}', "page not found"),
        (413, b'{"code":41303,"http":413,"error":"JSON body too large"}', "JSON body too large"),
        (429, b'{"code":42901,"http":429,"error":"limit reached"}', "limit reached"),
        (507, b'{"code":50701,"http":507,"error":"no storage"}', "no storage"),
    ],
)
def test_anything_else_may_pass(receiver, settings, make_alert, status, body, told):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as failure:
        send(make_alert(), settings())

    with_message = f' with a message: "{told}"' if told else ""
    assert failure.value.error == f"Received status code {status}{with_message}"


def test_the_public_server_is_meant_where_none_is_given():
    assert KIND.read({"topic": "x"})["url"] == "https://ntfy.sh"
    assert KIND.read({"topic": "x", "url": ""})["url"] == "https://ntfy.sh"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"topic": ""}, "settings.topic is empty"),
        ({"topic": "a/b"}, "settings.topic has unexpected value"),
        ({"topic": "x" * 65}, "settings.topic has unexpected value"),
        ({"token": "a b"}, "settings.token has unexpected value"),
        ({"tags_down": "a, b"}, "settings.tags_down has unexpected value"),
        ({"priority_down": 6}, "settings.priority_down is too large"),
        ({"url": "ntfy.sh"}, "settings.url is not a valid URL"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        KIND.read({"topic": "jobs", **given})

    assert error in str(refusal.value)
