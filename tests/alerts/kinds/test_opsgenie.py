"""Alerts by Opsgenie."""

import json
from dataclasses import replace
from html import unescape

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds import opsgenie
from nightbell.alerts.kinds.opsgenie import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

KEY = "f0e1d2c3-0000-4000-8000-a1b2c3d4e5f6"


@pytest.fixture
def api(receiver, monkeypatch):
    """Let the receiver be Opsgenie."""
    monkeypatch.setitem(opsgenie._HOSTS, "us", receiver.url)
    receiver.status = 202
    receiver.body = b'{"result":"Request will be processed","took":0.1,"requestId":"43a2"}'
    return receiver


def settings(**given):
    return KIND.read({"key": KEY, **given})


def test_an_alert_is_created(api, make_alert):
    send(make_alert(), settings())

    request = api.request
    assert (request.method, request.path) == ("POST", "/v2/alerts")
    assert request.headers["authorization"] == f"GenieKey {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "message": wording.title(DOWN),
        "alias": DOWN.unique_key,
        "description": wording.plain_text(DOWN),
        "tags": ["nightly", "db"],
        "entity": "Web shop",
        "source": "Nightbell",
        "priority": "P3",
    }


def test_the_alert_is_closed_by_its_alias(api, make_alert):
    send(make_alert(UP), settings())

    request = api.request
    assert request.method == "POST"
    assert request.path == f"/v2/alerts/{UP.unique_key}/close?identifierType=alias"
    assert request.headers["authorization"] == f"GenieKey {KEY}"
    assert request.json == {"source": "Nightbell", "note": wording.plain_text(UP)}


def test_a_reminder_is_counted_at_the_same_alert(api, make_alert):
    send(make_alert(), settings())
    send(make_alert(reason=Reason.NAG), settings())

    first, again = (request.json for request in api.requests)
    assert again["alias"] == first["alias"]
    assert again["message"] == "Backup is still DOWN"


def test_a_team_can_be_called(api, make_alert):
    send(make_alert(), settings(team="Ops & Co", priority="P1"))

    assert api.request.json["responders"] == [{"type": "team", "name": "Ops & Co"}]
    assert api.request.json["priority"] == "P1"


@pytest.mark.parametrize(("alert", "end"), [(DOWN, ""), (UP, f"/{UP.unique_key}/close")])
def test_an_account_in_europe_has_its_own_api(api, alert, end, monkeypatch):
    monkeypatch.setitem(opsgenie._HOSTS, "eu", f"{api.url}/eu")

    send(alert, settings(region="eu"))

    assert api.request.path.partition("?")[0] == f"/eu/v2/alerts{end}"


def test_texts_are_no_html(api, make_alert):
    hostile = '<img src="https://evil.example/x"> &lt;'
    alert = make_alert(
        name=hostile, desc=hostile, last_ping=replace(DOWN.last_ping, body=hostile.encode())
    )

    send(alert, settings())

    document = api.request.json
    assert "<" not in document["message"] + document["description"]
    assert unescape(document["message"]) == f"{hostile} is DOWN"
    assert unescape(document["description"]).count(hostile) == 2


@pytest.mark.parametrize("char", ["x", "<", "&", "💾"])
def test_texts_are_as_long_as_they_may(api, make_alert, char):
    alert = make_alert(
        name=char * 300,
        desc=char * 10_000,
        tags=(*(f"t{number}" for number in range(18)), char * 51, "t19", "t20"),
        last_ping=replace(DOWN.last_ping, body=char.encode() * 3000),
        project=char * 100,
    )

    send(alert, settings())

    document = api.request.json
    assert len(document["message"]) <= 130
    assert set(unescape(document["message"])) == {char, "…"}
    assert len(document["description"]) <= 15_000
    assert unescape(document["description"]).startswith(wording.summary(alert))
    assert len(document["tags"]) == 20
    assert document["tags"][18] == char * 49 + "…"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"message": "Could not authenticate", "took": 0.001, "requestId": "1"}),
        (403, {"code": 40301, "message": "To perform this action, use another key."}),
        (422, {"message": "Key format is not valid!", "took": 0.0, "requestId": "1"}),
    ],
)
@pytest.mark.parametrize("alert", [DOWN, UP])
def test_a_key_that_makes_no_alerts_ends_it(api, alert, status, answer):
    api.status, api.body = status, json.dumps(answer).encode()

    with pytest.raises(Permanent) as failure:
        send(alert, settings())

    message = answer["message"]
    assert failure.value.error == f'Received status code {status} with a message: "{message}"'


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (402, {"message": "Plan"}, ' with a message: "Plan"'),
        (403, {"code": 40302, "message": "No"}, ' with a message: "No"'),
        (403, None, ""),
        (
            422,
            {"message": "Request body is not processable"},
            ' with a message: "Request body is not processable"',
        ),
        (429, {"message": "Too many"}, ' with a message: "Too many"'),
        (503, [], ""),
    ],
)
def test_anything_else_may_pass(api, make_alert, status, answer, told):
    api.status, api.body = status, json.dumps(answer).encode()

    with pytest.raises(Passing) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f"Received status code {status}{told}"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"key": ""}, "settings.key is empty"),
        ({"key": "a b"}, "settings.key has unexpected value"),
        ({"region": "asia"}, "settings.region has unexpected value"),
        ({"priority": "P6"}, "settings.priority has unexpected value"),
        ({"team": "x" * 201}, "settings.team is too long"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        settings(**given)

    assert error in str(refusal.value)
