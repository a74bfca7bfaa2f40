"""The command line."""

import json
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import BytesIO

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber
from click.testing import CliRunner

from nightbell import settings as settings_module
from nightbell.alerts import aws, dispatch, message, queues, registry, sealing, trial
from nightbell.cli import main
from nightbell.domain.alerts import Order
from nightbell.domain.check import (
    Change,
    Delivery,
    Flip,
    Notification,
    Reason,
    Status,
    unique_key_of,
)
from nightbell.settings import Settings
from nightbell.store import channels, check_creation, checks, flips, notifications, projects

UNKNOWN = "00000000-0000-4000-8000-000000000000"
URL = "https://hooks.example.org/services/SECRET"


@pytest.fixture
def run(tables, now, monkeypatch):
    """Return a function that runs a command and returns its exit code and output."""
    monkeypatch.delenv("NIGHTBELL_PROJECT", raising=False)

    def invoke(*arguments, **options):
        result = CliRunner().invoke(main, arguments, **options)
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def succeed(run):
    """Return a function that runs a command which succeeds, and returns the JSON it prints."""

    def invoke(*arguments):
        code, output = run(*arguments, "--json")
        assert code == 0, output
        return json.loads(output)

    return invoke


@pytest.fixture
def deployed(tables, secrets_key, monkeypatch):
    """Let there be queues, a key and a function that sends; return their settings."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    sqs = aws.client("sqs")
    fifo = {"FifoQueue": "true"}
    names = {"alert_queue": "alerts.fifo", "dead_letter_queue": "dead.fifo"}
    urls = {
        setting: sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
        for setting, name in names.items()
    }
    deployment = replace(
        settings_module.settings,
        **urls,
        secrets_key=secrets_key,
        deliver_function="deliver",
        site_url="https://nightbell.example.org",
    )
    monkeypatch.setattr(settings_module, "settings", deployment)
    monkeypatch.setattr(import_module("nightbell.cli.dead_letters"), "_WAIT", 0)
    for module in (dispatch, queues, sealing, trial):
        monkeypatch.setattr(module, "settings", deployment)
    yield deployment
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def project(tables, now):
    """Make a project, and return its id."""
    made = projects.create("Shop", check_limit=9, ping_log_limit=9, now=now.moment)
    return made.project_id


@pytest.fixture
def in_project(project):
    """The option that names the project."""
    return ["--project", project]


@pytest.fixture
def slack(succeed, deployed, in_project):
    """Add a Slack channel, and return what is shown of it."""
    return succeed("channel", "add", "slack", "--name", "Ops", "--url", URL, *in_project)


def take_nothing(_url, orders, **_):
    """Stand in for queues.send where the queue takes no message."""
    return list(orders)


def received(url):
    """Return the orders in a queue, which are in it no more."""
    found = []
    while got := aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10):
        if "Messages" not in got:
            return found
        for one in got["Messages"]:
            found.append(message.read(one["Body"]))
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


# ---- Projects ------------------------------------------------------------------------------


def test_makes_a_project_and_prints_its_keys(succeed):
    made = succeed("project", "create", "Shop", "--check-limit", "5", "--ping-log-limit", "7")

    assert list(made) == ["project_id", "api_key", "api_key_readonly", "ping_key"]
    assert len(made["api_key"]) == len(made["api_key_readonly"]) == 32
    project = projects.get(made["project_id"])
    assert (project.name, project.check_limit, project.ping_log_limit) == ("Shop", 5, 7)
    assert projects.authenticate(made["api_key"]).read_only is False
    assert projects.authenticate(made["api_key_readonly"]).read_only is True


def test_limits_have_defaults(succeed):
    project = projects.get(succeed("project", "create", "Shop")["project_id"])

    assert (project.check_limit, project.ping_log_limit) == (1000, 100)


@pytest.mark.parametrize(
    "options",
    [
        ["--check-limit", "-1"],
        ["--ping-log-limit", "0"],
        ["--ping-log-limit", "1001"],
        ["--check-limit", "many"],
    ],
)
def test_refuses_other_limits(run, dump, options):
    code, output = run("project", "create", "Shop", *options)

    assert code == 2
    assert "Invalid value" in output
    assert dump()["projects"] == []


def test_lists_projects_without_their_keys(succeed, run, now):
    first = succeed("project", "create", "First")
    now.advance(seconds=1)
    second = succeed("project", "create", "Second")

    assert succeed("project", "list") == [
        {
            "project_id": made["project_id"],
            "name": name,
            "checks": 0,
            "check_limit": 1000,
            "ping_log_limit": 100,
        }
        for made, name in ((first, "First"), (second, "Second"))
    ]
    _, table = run("project", "list")
    assert table.splitlines()[1].startswith(first["project_id"])
    assert first["api_key"] not in table
    assert first["ping_key"] not in table


def test_renews_the_api_keys(succeed):
    made = succeed("project", "create", "Shop")

    renewed = succeed("project", "rotate-keys", made["project_id"])

    assert projects.authenticate(made["api_key"]) is None
    assert projects.authenticate(made["api_key_readonly"]) is None
    assert projects.authenticate(renewed["api_key"]).project_id == made["project_id"]
    assert renewed["ping_key"] == made["ping_key"]


def test_renews_the_ping_key_when_asked_to(succeed):
    made = succeed("project", "create", "Shop")

    renewed = succeed("project", "rotate-keys", made["project_id"], "--ping-key")

    assert renewed["ping_key"] != made["ping_key"]
    assert projects.get(made["project_id"]).ping_key == renewed["ping_key"]


def test_prints_for_people_too(run):
    code, output = run("project", "create", "Shop")

    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == [
        "project_id",
        "api_key",
        "api_key_readonly",
        "ping_key",
    ]
    assert run("project", "list")[0] == 0


def test_a_name_does_not_control_the_terminal(run, succeed):
    succeed("project", "create", "a\x1b[2Jb\nc")

    code, output = run("project", "list")

    assert code == 0
    assert "a�[2Jb�c" in output
    assert len(output.splitlines()) == 2


def test_says_that_there_is_nothing(run, succeed):
    assert run("project", "list") == (0, "none\n")
    assert succeed("project", "list") == []


# ---- Channels ------------------------------------------------------------------------------


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


# ---- Dead letters --------------------------------------------------------------------------


@pytest.fixture
def check(project, now):
    """Create a check with a name, and return it."""
    blank = check_creation.blank(project, now.moment)
    made = replace(blank, name="Backup")
    check_creation.create(made, limit=9, now=now.moment)
    return made


@pytest.fixture
def give_up(deployed, check, slack, now):
    """Return a function that puts an alert among the dead letters, and returns it."""

    def put(minute=0, **changes):
        flip = Flip(
            created=now.moment + timedelta(minutes=minute),
            old_status=Status.UP,
            new_status=Status.DOWN,
            reason=Reason.TIMEOUT,
        )
        order = Order(
            project_id=check.project_id,
            check_id=check.check_id,
            channel_id=slack["id"],
            flip=flip,
        )
        order = replace(order, **changes)
        notification = notifications.enqueue(order, now.moment)
        failed = {"state": Delivery.FAILED, "error": "Received status code 500"}
        notifications.record(replace(notification, **failed))
        assert queues.send(deployed.dead_letter_queue, [order]) == []
        return order

    return put


def test_lists_dead_letters(succeed, run, give_up, check, slack):
    give_up(minute=5)

    for _ in range(2):  # they stay where they are
        assert succeed("dead-letters", "list") == [
            {
                "project": "Shop",
                "check": "Backup",
                "unique_key": unique_key_of(check.check_id),
                "channel": "Ops",
                "channel_id": slack["id"],
                "flip": "2024-01-15T12:05:00+00:00",
                "status": "down",
                "error": "Received status code 500",
            }
        ]
    code, table = run("dead-letters", "list")
    assert (code, len(table.splitlines())) == (0, 2)
    assert check.check_id not in table


def test_lists_dead_letters_about_what_is_gone(succeed, give_up, project):
    order = give_up(project_id=UNKNOWN, check_id="check", channel_id="channel")

    (listed,) = succeed("dead-letters", "list")

    assert (listed["project"], listed["check"], listed["channel"]) == (None, None, None)
    assert listed["flip"] == order.flip.created.isoformat()


def test_there_may_be_no_dead_letters(run, deployed):
    assert run("dead-letters", "list") == (0, "none\n")
    assert run("dead-letters", "redrive")[1].split() == ["sent", "0", "failed", "0", "left", "0"]


def test_sends_dead_letters_on_their_way_again_in_order(succeed, run, give_up, deployed):
    orders = [give_up(minute) for minute in range(12)]

    counts = succeed("dead-letters", "redrive")

    assert counts == {"sent": 12, "failed": 0, "left": 0}
    assert received(deployed.alert_queue) == orders
    assert run("dead-letters", "list") == (0, "none\n")


def test_sends_the_same_letter_again_within_minutes(succeed, give_up, deployed):
    order = give_up()
    assert queues.send(deployed.alert_queue, [order]) == []
    assert received(deployed.alert_queue) == [order]

    succeed("dead-letters", "redrive")

    assert received(deployed.alert_queue) == [order]


@pytest.mark.parametrize("option", ["--project", "--channel"])
def test_sends_only_those_that_are_meant(succeed, give_up, deployed, option):
    ours, theirs = give_up(), give_up(project_id="other", channel_id="other")
    meant = ours.project_id if option == "--project" else ours.channel_id

    counts = succeed("dead-letters", "redrive", option, meant)

    assert counts == {"sent": 1, "failed": 0, "left": 1}
    assert received(deployed.alert_queue) == [ours]
    assert received(deployed.dead_letter_queue) == [theirs]


def test_loses_no_letter_when_it_is_killed(run, succeed, give_up, deployed, monkeypatch):
    order = give_up()
    make = BaseClient._make_api_call

    def die(client, operation, parameters):
        if operation == "DeleteMessage":
            raise KeyboardInterrupt
        return make(client, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", die)
        assert run("dead-letters", "redrive")[0] == 1

    assert received(deployed.alert_queue) == [order]
    queue = aws.client("sqs").get_queue_attributes(
        QueueUrl=deployed.dead_letter_queue, AttributeNames=["All"]
    )
    assert queue["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_letter_that_is_not_taken_stays(run, give_up, deployed, monkeypatch):
    order = give_up()
    with monkeypatch.context() as patch:
        patch.setattr(queues, "send", take_nothing)
        code, output = run("dead-letters", "redrive", "--json")

    assert (code, json.loads(output)) == (1, {"sent": 0, "failed": 1, "left": 1})
    assert received(deployed.dead_letter_queue) == [order]


@pytest.mark.parametrize("body", ["no json", "{}", "[]", '{"project": 5}'])
def test_what_is_no_letter_stays_and_is_told(run, succeed, deployed, body):
    aws.client("sqs").send_message(
        QueueUrl=deployed.dead_letter_queue,
        MessageBody=body,
        MessageGroupId="g",
        MessageDeduplicationId="d",
    )

    (listed,) = succeed("dead-letters", "list")
    code, output = run("dead-letters", "redrive", "--json")

    assert listed["error"] == "the message cannot be read"
    assert (code, json.loads(output)) == (1, {"sent": 0, "failed": 1, "left": 1})


# ---- Flips ---------------------------------------------------------------------------------


@pytest.fixture
def flip(check, slack, project, now):
    """Return a function that lets the check, told to the channel, go down or come up at noon."""
    named = replace(check, channels=frozenset([slack["id"]]))

    def add(minute=0, *, up=False, project_id=project, check_id=check.check_id):
        statuses = (Status.DOWN, Status.UP) if up else (Status.UP, Status.DOWN)
        made = Flip(
            created=datetime(2024, 1, 15, 12, minute, tzinfo=UTC),
            old_status=statuses[0],
            new_status=statuses[1],
            reason=Reason.SUCCESS if up else Reason.TIMEOUT,
        )
        flips.item_of(replace(named, project_id=project_id, check_id=check_id), made).save()
        return made

    checks.change(check.check_id, lambda it: Change(before=it, after=named), owner=project)
    now.advance(hours=1)
    return add


def test_dispatches_the_flips_of_a_period_in_order(succeed, flip, deployed, slack):
    flip(0)
    meant = [flip(10), flip(11, up=True), flip(12)]
    flip(20)

    counts = succeed(
        *("flips", "dispatch", "--from", "2024-01-15T12:10", "--to", "2024-01-15T12:19:59.9")
    )

    assert counts == {"flips": 3, "dispatched": 3, "failed": 0}
    orders = received(deployed.alert_queue)
    assert [order.flip for order in orders] == meant
    assert {order.channel_id for order in orders} == {slack["id"]}
    assert {order.site for order in orders} == {"https://nightbell.example.org"}


def test_dispatches_until_now(succeed, flip, deployed):
    flip(59)

    counts = succeed("flips", "dispatch", "--from", "2024-01-15 13:00:00+01:00")

    assert counts == {"flips": 1, "dispatched": 1, "failed": 0}


def test_dispatches_flips_of_one_project(succeed, flip, deployed, project):
    flip(1, project_id="other", check_id="other")

    counts = succeed("flips", "dispatch", "--from", "2024-01-15", "--project", project)

    assert counts == {"flips": 0, "dispatched": 0, "failed": 0}


def test_what_has_been_told_is_not_told_again(succeed, flip, deployed, check, slack, now):
    made = flip(1)
    order = Order(
        project_id=check.project_id,
        check_id=check.check_id,
        channel_id=slack["id"],
        flip=made,
    )
    notification = notifications.enqueue(order, now.moment)
    notifications.record(replace(notification, state=Delivery.SENT))

    succeed("flips", "dispatch", "--from", "2024-01-15")

    assert received(deployed.alert_queue) == []


def test_after_a_failure_no_later_flip_is_dispatched(run, flip, deployed, monkeypatch):
    monkeypatch.setattr(import_module("nightbell.cli.flips"), "_AT_ONCE", 1)
    monkeypatch.setattr(queues, "send", take_nothing)
    flip(1)
    flip(2, up=True)

    code, output = run("flips", "dispatch", "--from", "2024-01-15", "--json")

    assert code == 1
    assert json.loads(output.splitlines()[0]) == {"flips": 1, "dispatched": 0, "failed": 1}
    assert "Try again." in output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Missing option '--from'"),
        (["--from", "yesterday"], "'yesterday' is no moment"),
        (["--from", "0001-01-01T00:00+23:00"], "is no moment"),
        (["--from", "2024-01-02", "--to", "2024-01-01"], "The end is not after the start."),
        (["--from", "2024-01-02", "--to", "2024-01-02"], "The end is not after the start."),
    ],
)
def test_refuses_other_periods(run, deployed, options, said):
    code, output = run("flips", "dispatch", *options)

    assert code == 2
    assert said in output


# ---- Which deployment ----------------------------------------------------------------------


@pytest.fixture
def cloudformation(tables, monkeypatch):
    """Answer in place of CloudFormation, in the order in which the answers are added."""
    client = boto3.client("cloudformation")
    monkeypatch.setattr(boto3, "client", lambda service: {"cloudformation": client}[service])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def stack_with(outputs):
    """Return what CloudFormation tells of a stack that has such outputs."""
    listed = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]
    stack = {"StackName": "nightbell", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    return {"Stacks": [stack | ({"Outputs": listed} if listed else {})]}


def test_takes_the_settings_from_the_outputs_of_a_stack(cloudformation, run, monkeypatch):
    tables = {field.name: "t" for field in fields(Settings) if field.name.endswith("_table")}
    named = tables | {"alert_queue": "https://queue", "site_url": "https://site"}
    outputs = {name.title().replace("_", ""): value for name, value in named.items()}
    answer = stack_with(outputs | {"Other": "value"})
    cloudformation.add_response("describe_stacks", answer, {"StackName": "nightbell"})
    taken = {}
    monkeypatch.setattr(settings_module, "use", taken.update)

    code, _ = run("--stack", "nightbell", "project", "list")

    assert code == 0
    assert taken == named


@pytest.mark.parametrize("outputs", [{}, {"Url": "https://example.org"}])
def test_another_stack_is_told_in_a_sentence(cloudformation, run, outputs):
    cloudformation.add_response("describe_stacks", stack_with(outputs))

    code, output = run("--stack", "other", "project", "list")

    assert (code, output) == (1, "Error: The stack other is none of Nightbell's.\n")


def test_an_unknown_stack_is_told_in_a_sentence(cloudformation, run):
    cloudformation.add_client_error("describe_stacks", "ValidationError", "no stack of that name")

    code, output = run("--stack", "nothing", "project", "list")

    assert code == 1
    assert output.startswith("Error: AWS did not do it: ")
    assert "no stack of that name" in output


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["channel", "add", "email", "--to", "a@example.org", "--project", "p"], "SECRETS_KEY"),
        (["channel", "test", UNKNOWN, "--project", "p"], "DELIVER_FUNCTION"),
        (["dead-letters", "list"], "DEAD_LETTER_QUEUE"),
        (["dead-letters", "redrive"], "DEAD_LETTER_QUEUE"),
        (["flips", "dispatch", "--from", "2024-01-01"], "ALERT_QUEUE"),
    ],
)
def test_says_which_setting_is_missing(run, arguments, missing):
    code, output = run(*arguments)

    assert (code, output) == (1, f"Error: Name the stack with --stack, or set {missing}.\n")


def test_settings_can_be_taken_before_the_store_is_loaded():
    program = "import sys, nightbell.cli; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    ours = {name for name in loaded.stdout.decode().split() if name.startswith("nightbell.")}
    assert "nightbell.settings" in ours
    late = {"dispatch", "queues", "sealing", "setup", "trial"}
    assert not ours & {"nightbell.store.tables", *(f"nightbell.alerts.{name}" for name in late)}


def test_a_failure_of_aws_is_told_in_a_sentence(run, tables):
    tables.delete_table(TableName="projects")

    code, output = run("project", "list")

    assert code == 1
    assert output.startswith("Error: AWS did not do it: ")
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *([group, "-h"] for group in ("project", "channel", "dead-letters", "flips")),
        ["flips", "dispatch", "--help"],
    ],
)
def test_helps(run, arguments):
    assert run(*arguments)[0] == 0
