"""Documents of projects: read, written, made from what an API shows."""

import json

import pytest

from nightbell.project_file import (
    Channel,
    Check,
    Document,
    DocumentError,
    FromEnvironment,
    Hidden,
    from_api,
    read,
    write,
)

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
CHECK = {"name": "Backup", "status": "new", "uuid": UUID, "channels": "", "timeout": 60}


def channel(channel_id, name="", kind="email", **settings):
    """Return a channel as Nightbell's API shows it."""
    return {"id": channel_id, "name": name, "kind": kind, "settings": settings}


def written(document, **options):
    """Return the content of the file that the document is written to."""
    return json.loads(write(document, **{"with_uuids": False, **options}))


def test_what_an_api_shows_is_written_in_full_and_in_order():
    shown = {
        "uuid": UUID,
        "ping_url": f"https://x/ping/{UUID}",
        "n_pings": 3,
        "status": "paused",
        "subject": "",
        "filter_body": True,
        "channels": "c2,c1",
        "desc": "Täglich",
        "name": "Backup",
        "slug": "b",
        "timeout": 3600,
        "grace": 60,
    }
    channels = [channel("c2", "Ops", to="x", down=True), channel("c1", to="y")]

    text = write(from_api([shown], channels, has_reminders=True), with_uuids=False)

    assert list(json.loads(text)["checks"][0].items()) == [
        ("name", "Backup"),
        ("slug", "b"),
        ("desc", "Täglich"),
        ("timeout", 3600),
        ("grace", 60),
        ("nag_interval", 0),
        ("filter_body", True),
        ("channels", ["Ops", "c1"]),
        ("paused", True),
    ]
    assert json.loads(text)["channels"] == [
        {"kind": "email", "name": "", "id": "c1", "settings": {"to": "y"}},
        {"kind": "email", "name": "Ops", "settings": {"down": True, "to": "x"}},
    ]
    assert "Täglich" in text
    assert text.endswith("}\n")
    assert UUID not in text


def test_uuids_are_written_on_request_only():
    document = from_api([CHECK], [], has_reminders=True)

    assert "uuid" not in written(document)["checks"][0]
    assert written(document, with_uuids=True)["checks"][0]["uuid"] == UUID


def test_the_order_of_what_an_api_shows_does_not_matter():
    checks = [
        CHECK,
        CHECK | {"uuid": UUID.replace("3", "4"), "timeout": 90},
        CHECK | {"name": "A"},
    ]
    channels = [channel("b", "Ops"), channel("a", "Ops", kind="sms"), channel("c")]

    one = write(from_api(checks, channels, has_reminders=True), with_uuids=False)
    other = write(from_api(checks[::-1], channels[::-1], has_reminders=True), with_uuids=False)

    assert one == other
    assert [check["name"] for check in json.loads(one)["checks"]] == ["A", "Backup", "Backup"]


def test_channels_are_called_by_their_names_where_these_are_clear():
    names = {"1": "Ops", "2": "Team", "3": "Team", "4": "", "5": "1"}
    channels = [channel(channel_id, name) for channel_id, name in names.items()]
    shown = CHECK | {"channels": ",".join(names)}

    content = written(from_api([shown], channels, has_reminders=True))

    assert content["checks"][0]["channels"] == ["2", "3", "4", "5", "Ops"]
    assert {one["id"] for one in content["channels"] if "id" in one} == {"2", "3", "4", "5"}


def test_a_secret_is_shown_as_hidden_and_left_out_where_there_is_none():
    shown = channel("c", "Hook", "webhook", url_down="https://x/…", url_up="", method_down="GET")
    shown["settings"] |= {"headers_down": {"X-Token": "…"}, "secret": False}

    document = from_api([], [shown], has_reminders=True)

    assert document.channels[0].settings == {
        "url_down": Hidden("https://x/…"),
        "method_down": "GET",
        "headers_down": Hidden({"X-Token": "…"}),
    }
    assert written(document)["channels"][0]["settings"]["url_down"] == {"secret": "https://x/…"}


def test_of_a_group_the_channels_are_named():
    channels = [channel("a", "Ops"), channel("g", "All", "group", channels=["a"])]

    content = written(from_api([], channels, has_reminders=True))

    assert content["channels"][0]["settings"] == {"channels": ["Ops"]}


def test_of_other_servers_only_what_they_show_is_known():
    shown = [{"id": "c", "name": "Ops", "kind": "trello"}]

    document = from_api([CHECK | {"desc": None}], shown, has_reminders=False)

    assert document.checks[0].fields == {"name": "Backup", "timeout": 60}
    assert document.channels == (Channel(kind="trello", name="Ops", channel_id="c"),)
    assert written(document)["channels"] == [{"kind": "trello", "name": "Ops"}]


def test_what_was_written_is_read_as_it_was():
    channels = [
        channel("c2", "Ops", "slack", url="https://x/…"),
        channel("c1", to="y"),
        channel("g", "All", "group", channels=["c1", "c2"]),
    ]
    document = from_api([CHECK | {"channels": "c1,c2"}], channels, has_reminders=True)
    text = write(document, with_uuids=True)

    again = read(text)

    assert write(again, with_uuids=True) == text
    assert again.checks[0].channels == ("Ops", "c1")
    assert again.checks[0].uuid == UUID


def test_a_file_may_say_little():
    text = '{"version": 1, "checks": [{"slug": "a"}, {"paused": true, "channels": []}]}'

    assert read(text) == Document(
        checks=(Check(fields={"slug": "a"}), Check(paused=True, channels=()))
    )


def test_settings_may_be_in_the_environment():
    settings = {"url": {"env": "SLACK_URL"}, "b": {"secret": "…"}, "c": {"env": "X", "d": 1}}
    channels = [{"kind": "slack", "settings": settings}]

    document = read(json.dumps({"version": 1, "channels": channels}))

    assert document.channels[0].settings == {
        "url": FromEnvironment("SLACK_URL"),
        "b": Hidden("…"),
        "c": {"env": "X", "d": 1},
    }
    assert document.variables() == {"SLACK_URL"}
    assert written(document)["channels"][0]["settings"]["url"] == {"env": "SLACK_URL"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "The file is no JSON: "),
        ("[" * 100_000, "The file is no JSON: "),
        ([], "The file is not an object."),
        ({}, 'The file has no "version"; this one would be 1.'),
        ({"version": True}, 'The file has no "version"; this one would be 1.'),
        ({"version": 2}, "The file is of version 2; this command knows 1."),
        ({"version": 1, "check": []}, "The file has an unknown member 'check'."),
        ({"version": 1, "checks": {}}, "checks is not an array."),
        ({"version": 1, "checks": [1]}, "checks[0] is not an object."),
        (
            {"version": 1, "checks": [{}, {"graze": 1}]},
            "checks[1] has an unknown member 'graze'.",
        ),
        (
            {"version": 1, "checks": [{"channels": "Ops"}]},
            "checks[0].channels is not an array of names.",
        ),
        (
            {"version": 1, "checks": [{"channels": [1]}]},
            "checks[0].channels is not an array of names.",
        ),
        ({"version": 1, "checks": [{"paused": 1}]}, "checks[0].paused is not a boolean."),
        ({"version": 1, "checks": [{"uuid": "x"}]}, "checks[0].uuid is no UUID."),
        ({"version": 1, "checks": [{"uuid": 1}]}, "checks[0].uuid is no UUID."),
        ({"version": 1, "channels": [{}]}, "channels[0].kind is missing."),
        ({"version": 1, "channels": [{"kind": 1}]}, "channels[0].kind is not a string."),
        (
            {"version": 1, "channels": [{"kind": "sms", "name": None}]},
            "channels[0].name is not a string.",
        ),
        (
            {"version": 1, "channels": [{"kind": "sms", "settings": []}]},
            "channels[0].settings is not an object.",
        ),
        (
            {"version": 1, "channels": [{"kind": "group", "settings": {"channels": "a"}}]},
            "channels[0].settings.channels is not an array of names.",
        ),
    ],
)
def test_what_is_no_document_is_refused(content, problem):
    text = content if isinstance(content, str) else json.dumps(content)

    with pytest.raises(DocumentError) as refused:
        read(text)

    assert str(refused.value).startswith(problem)
