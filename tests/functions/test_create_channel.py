"""POST /api/v3/channels."""

import json

import pytest

from nightbell.alerts import registry, sealing
from nightbell.store import channels
from tests.alerts import services

pytestmark = pytest.mark.usefixtures("secrets_key")

SECRET = "https://slack.example.org/services/T0/B0/SECRET"
SLACK = {"kind": "slack", "name": "Ops", "settings": {"url": SECRET}}


def post(call, document, **options):
    return call("POST", "/api/v3/channels/", document, **options)


def test_creates_a_channel(call, project):
    answer = post(call, SLACK)

    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "name": "Ops",
        "kind": "slack",
        "settings": {"url": "https://slack.example.org/…"},
        "disabled": False,
        "error": None,
        "failing_since": None,
        "created": "2024-01-15T12:00:00+00:00",
    }
    (listed,) = channels.list_for(project.project_id)
    assert listed.channel_id == answer.json["id"]
    assert call("GET", "/api/v3/channels/").json["channels"] == [
        {"id": answer.json["id"], "name": "Ops", "kind": "slack"}
    ]


def test_keeps_secrets_encrypted(call, project, dump, log):
    post(call, SLACK)

    (channel,) = channels.list_for(project.project_id)
    assert sealing.unseal(channel) == {"url": SECRET}
    assert "SECRET" not in json.dumps(dump(), default=str)
    assert "SECRET" not in log.getvalue()


@pytest.mark.parametrize(("code", "settings"), services.SETTINGS.items())
def test_no_kind_shows_stores_or_logs_a_secret(call, dump, log, code, settings):
    created = post(call, {"kind": code, "settings": settings})
    path = f"/api/v3/channels/{created.json['id']}"
    answers = [
        created,
        call("GET", path),
        call("GET", "/api/v3/channels/"),
        call("POST", path, {"settings": settings}),
    ]

    assert [answer.status for answer in answers] == [201, 200, 200, 200]
    told = [*(answer.text for answer in answers), json.dumps(dump(), default=str), log.getvalue()]
    assert not any(services.SECRET in text for text in told)


def test_fills_in_defaults(call):
    settings = post(call, {"kind": "email", "settings": {"to": "ops@example.org"}}).json

    assert settings["name"] == ""
    assert settings["settings"] == {"to": "ops@example.org", "down": True, "up": True}


def test_checks_can_name_it(call, create):
    channel = post(call, SLACK).json

    assert create(channels="Ops")["channels"] == channel["id"]


def test_makes_groups_of_the_channels_of_the_project(call, other, add_channel):
    ours, theirs = add_channel("Ours"), add_channel("Theirs", other.project_id)
    group = {"kind": "group", "settings": {"channels": [ours.channel_id]}}

    made = post(call, group)
    refused = post(call, {"kind": "group", "settings": {"channels": [theirs.channel_id]}})
    nested = post(call, {"kind": "group", "settings": {"channels": [made.json["id"]]}})

    assert made.json["settings"] == {"channels": [ours.channel_id]}
    assert refused.error == f"invalid channel identifier: {theirs.channel_id}"
    assert nested.error == "json validation error: settings.channels has a group in it"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "kind is missing"),
        ({"kind": None}, "kind is missing"),
        ({"kind": 5}, "kind is not a string"),
        ({"kind": ["slack"]}, "kind is not a string"),
        ({"kind": "fax"}, "kind has unexpected value"),
        ({"kind": "Slack"}, "kind has unexpected value"),
        ({"kind": "../slack"}, "kind has unexpected value"),
        (SLACK | {"name": None}, "name is not a string"),
        (SLACK | {"name": "a\0"}, "name is not a string"),
        (SLACK | {"name": "\ud800"}, "name is not a string"),
        (SLACK | {"name": "n" * 101}, "name is too long"),
        (SLACK | {"settings": None}, "settings is not an object"),
        (SLACK | {"settings": [SECRET]}, "settings is not an object"),
        (SLACK | {"settings": {}}, "settings.url is missing"),
        ({"kind": "slack"}, "settings.url is missing"),
        (SLACK | {"settings": {"url": None}}, "settings.url is not a string"),
        (SLACK | {"settings": {"url": "ftp://x/"}}, "settings.url is not a valid URL"),
        (SLACK | {"settings": {"url": SECRET + "x" * 1000}}, "settings.url is too long"),
        ({"kind": "group", "settings": {"channels": []}}, "settings.channels is empty"),
    ],
)
def test_refuses_what_is_no_channel(call, unchanged, document, problem):
    with unchanged():
        answer = post(call, document)

    assert (answer.status, answer.error) == (400, f"json validation error: {problem}")


def test_refuses_a_secret_that_cannot_be_encrypted(call, unchanged):
    headers = {f"X-{number}": "v" * 1000 for number in range(5)}
    settings = {"url_down": "https://example.org/", "headers_down": headers}

    with unchanged():
        answer = post(call, {"kind": "webhook", "settings": settings})

    assert answer.error == "json validation error: settings.headers_down is too long"


def test_an_error_does_not_repeat_the_settings(call):
    answer = post(call, SLACK | {"settings": {"url": "SECRET"}})

    assert "SECRET" not in answer.text


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_do_not_have_it(call, unchanged, version):
    with unchanged():
        answer = call("POST", f"/api/{version}/channels/", SLACK)

    assert (answer.status, answer.text) == (404, "")


@pytest.mark.parametrize("code", registry.CODES)
def test_a_kind_without_settings_is_told_what_is_missing_or_made(call, code):
    answer = post(call, {"kind": code})

    assert answer.status == 400
    assert answer.error.startswith("json validation error: ")


def test_settings_stay_far_below_the_size_of_an_item(call, project):
    url = "https://example.org/" + "u" * 980
    webhook = {
        f"{name}_{status}": value
        for status in ("down", "up")
        for name, value in {
            "method": "POST",
            "url": url,
            "headers": {f"{number:_<999}": "v" * 7 for number in range(4)},
            "body": "b" * 4000,
        }.items()
    }

    answer = post(call, {"kind": "webhook", "name": "n" * 100, "settings": webhook})

    assert answer.status == 201
    (channel,) = channels.list_for(project.project_id)
    assert len(json.dumps([dict(channel.settings), dict(channel.sealed)])) < 60_000
