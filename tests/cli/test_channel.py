"""`nightbell channel`."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from botocore.client import BaseClient

from nightbell.alerts import registry, sealing
from nightbell.domain.check import Delivery, Reason, Status
from nightbell.domain.notification import Notification
from nightbell.store import channels, notifications
from tests.cli.conftest import UNKNOWN, URL


def test_adds_a_channel(slack, project):
    (channel,) = channels.list_for(project)

    assert slack == {
        "id": channel.channel_id,
        "name": "Ops",
        "kind": "slack",
        "settings": {"url": "https://hooks.example.org/…"},
        "disabled": False,
        "error": None,
        "failing_since": None,
        "created": "2024-01-15T12:00:00+00:00",
    }
    assert sealing.unseal(channel) == {"url": URL}


def test_the_project_may_be_named_by_the_environment(run, deployed, project):
    environment = {"NIGHTBELL_PROJECT": project}

    code, _ = run("channel", "add", "email", "--to", "ops@example.org", env=environment)
    listed = json.loads(run("channel", "list", "--json", env=environment)[1])

    assert code == 0
    assert [one["kind"] for one in listed] == ["email"]


def test_options_are_read_as_the_settings_want_them(succeed, deployed, project, in_project):
    webhook = ["webhook", "--url-up", URL, "--method-up", "POST", *in_project]
    headers = ["--headers-up", "Authorization: Bearer a:b\nX-A:1"]

    succeed("channel", "add", *webhook, *headers)
    mail = succeed("channel", "add", "email", "--to", "a@example.org", "--up", "false", *in_project)
    push = succeed(
        *("channel", "add", "gotify", "--url", URL, "--token", "t"),
        *("--priority-up", "0", *in_project),
    )

    assert mail["settings"] == {"to": "a@example.org", "down": True, "up": False}
    assert push["settings"]["priority_up"] == 0
    stored = [sealing.unseal(one) for one in channels.list_for(project) if one.kind == "webhook"]
    assert stored[0]["headers_up"] == {"Authorization": "Bearer a:b", "X-A": "1"}


def test_a_secret_may_be_typed_instead(run, deployed, project, in_project):
    missing = run("channel", "add", "slack", *in_project, input=f"{URL}\n")
    empty = run("channel", "add", "slack", *in_project, "--url", input=f"{URL}\n")

    for code, output in (missing, empty):
        assert code == 0
        assert "SECRET" not in output
    assert [sealing.unseal(one) for one in channels.list_for(project)] == [{"url": URL}] * 2


@pytest.mark.parametrize("code", registry.CODES)
def test_each_kind_has_a_command_with_its_settings(run, code):
    status, output = run("channel", "add", code, "--help", terminal_width=200)

    assert status == 0
    assert f"nightbell channel add {code} --name" in output
    for setting in registry.get(code).settings:
        assert f"--{setting.name.replace('_', '-')} {setting.name.upper()}" in output
        assert setting.description in output


def test_lists_the_kinds(run):
    code, output = run("channel", "add", "--help")

    assert code == 0
    assert all(f"  {kind} " in output for kind in registry.CODES)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fax"], 2, "No such command 'fax'"),
        (["slack", "--to", "x"], 2, "No such option"),
        (["slack", "--url", "nonsense"], 1, "settings.url is not a valid URL"),
        (["email"], 2, "Missing option '--to'"),
        (["email", "--to", "nobody"], 1, "settings.to has unexpected value"),
        (["email", "--to", "a@example.org", "--up", "maybe"], 1, "settings.up is not a boolean"),
        (["email", "--to", "a@example.org", "--name", "n" * 101], 1, "name is too long"),
        (["gotify", "--url", URL, "--token", "t", "--priority-up", "x"], 1, "is not a number"),
        (["webhook"], 1, "settings.url_down is missing"),
        (["group", "--channels", UNKNOWN], 1, f"invalid channel identifier: {UNKNOWN}"),
    ],
)
def test_says_what_is_wrong_with_a_channel(run, deployed, in_project, dump, arguments, code, said):
    status, output = run("channel", "add", arguments[0], *in_project, *arguments[1:])

    assert status == code
    assert said in output
    assert "Traceback" not in output
    assert dump()["channels"] == []


def test_lists_channels(succeed, run, slack, project, in_project, now):
    succeed("channel", "add", "email", "--to", "ops@example.org", *in_project)
    channels.disable(channels.get(project, slack["id"]), "Received status code 404", now.moment)

    listed = succeed("channel", "list", *in_project)

    shown = {"id": slack["id"], "name": "Ops", "kind": "slack"}
    failed = {"disabled": True, "error": "Received status code 404"}
    assert shown | failed in listed
    assert [one["disabled"] for one in listed].count(False) == 1
    code, table = run("channel", "list", *in_project)
    assert code == 0
    assert "Received status code 404" in table
    assert "SECRET" not in table


def test_shows_a_channel(succeed, run, slack, in_project):
    assert succeed("channel", "show", slack["id"], *in_project) == slack
    code, output = run("channel", "show", slack["id"], *in_project)
    assert code == 0
    assert output.splitlines()[3].split() == ["settings.url", "https://hooks.example.org/…"]


def test_changes_a_channel(succeed, slack, project, in_project):
    change = ["channel", "update", slack["id"], *in_project]

    renamed = succeed(*change, "--name", "Operations")
    moved = succeed(*change, "--set", "url=https://other.example.org/a=b")

    assert renamed == slack | {"name": "Operations"}
    assert moved == renamed | {"settings": {"url": "https://other.example.org/…"}}
    stored = channels.get(project, slack["id"])
    assert sealing.unseal(stored) == {"url": "https://other.example.org/a=b"}


def test_changes_several_settings_and_takes_a_name_away(succeed, deployed, in_project):
    add = ["channel", "add", "email", "--to", "a@example.org", "--name", "Ops", *in_project]
    channel = succeed(*add)["id"]

    settings = ["--set", "up=false", "--set", "to=b@example.org"]
    changed = succeed("channel", "update", channel, "--name", "", *settings, *in_project)

    assert changed["name"] == ""
    assert changed["settings"] == {"to": "b@example.org", "down": True, "up": False}


def test_a_new_secret_may_be_typed(run, slack, project, in_project):
    code, output = run(
        *("channel", "update", slack["id"], "--set", "url", *in_project),
        input="https://x.org/NEW\n",
    )

    assert code == 0
    assert "NEW" not in output
    assert sealing.unseal(channels.get(project, slack["id"])) == {"url": "https://x.org/NEW"}


def test_an_update_enables_a_channel(succeed, slack, project, in_project, now):
    channels.disable(channels.get(project, slack["id"]), "gone", now.moment)

    assert succeed("channel", "update", slack["id"], *in_project) == slack


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--set", "token=x"], 2, "A channel of kind Slack has no 'token', but url."),
        (["--set", "url=nonsense"], 1, "settings.url is not a valid URL"),
        (["--name", "n" * 101], 1, "name is too long"),
    ],
)
def test_says_what_is_wrong_with_a_change(run, slack, in_project, dump, options, code, said):
    before = dump()

    status, output = run("channel", "update", slack["id"], *options, *in_project)

    assert (status, said in output) == (code, True)
    assert dump() == before


def test_deletes_a_channel_when_that_is_meant(run, succeed, slack, project, in_project):
    delete = ["channel", "delete", slack["id"], *in_project]

    refused, _ = run(*delete, input="n\n")
    assert (refused, len(channels.list_for(project))) == (1, 1)
    assert succeed(*delete, "--yes") == slack
    assert channels.list_for(project) == []


@pytest.mark.parametrize("error", [None, "Received status code 500"])
def test_tests_a_channel(run, slack, project, in_project, monkeypatch, error):
    asked = []

    def invoke(client, operation, parameters):
        if operation != "Invoke":
            return make(client, operation, parameters)
        asked.append((parameters["FunctionName"], json.loads(parameters["Payload"])["test"]))
        return {"Payload": BytesIO(json.dumps({"error": error}).encode())}

    make = BaseClient._make_api_call
    monkeypatch.setattr(BaseClient, "_make_api_call", invoke)
    code, output = run("channel", "test", slack["id"], *in_project, "--json")

    told = {"project": project, "channel": slack["id"], "site": "https://nightbell.example.org"}
    assert asked == [("deliver", told)]
    assert code == (1 if error else 0)
    assert json.loads(output) == ({"sent": False, "error": error} if error else {"sent": True})


def test_lists_what_a_channel_was_told(succeed, run, slack, in_project, now):
    for second in range(3):
        told = Notification(
            check_id=UNKNOWN,
            channel_id=slack["id"],
            flip=now.moment + timedelta(seconds=second),
            status=Status.DOWN,
            reason=Reason.FAIL,
            state=Delivery.RETRYING,
            updated=now.moment,
            attempts=second,
            error="Connection refused",
        )
        notifications.record(told)

    listed = succeed("channel", "notifications", slack["id"], "--limit", "2", *in_project)

    assert [(one["attempts"], one["error"]) for one in listed] == [
        (2, "Connection refused"),
        (1, "Connection refused"),
    ]
    code, table = run("channel", "notifications", slack["id"], *in_project)
    assert (code, len(table.splitlines())) == (0, 4)


@pytest.mark.parametrize(
    "command",
    [
        ["rotate-keys", UNKNOWN],
        ["add", "email", "--to", "a@example.org", "--project", UNKNOWN],
        ["list", "--project", UNKNOWN],
    ],
)
def test_an_unknown_project_is_told_in_a_sentence(run, deployed, dump, command):
    group = "project" if command[0] == "rotate-keys" else "channel"

    assert run(group, *command) == (1, "Error: There is no such project.\n")
    assert dump()["channels"] == []


@pytest.mark.parametrize("command", ["show", "update", "delete", "test", "notifications"])
def test_an_unknown_channel_is_told_in_a_sentence(run, deployed, in_project, command):
    yes = ["--yes"] if command == "delete" else []

    code, output = run("channel", command, UNKNOWN, *in_project, *yes)

    assert (code, output) == (1, "Error: There is no such channel in this project.\n")
