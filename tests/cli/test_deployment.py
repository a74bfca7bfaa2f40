"""Which deployment the commands work on, and how its failures are told."""

import subprocess
import sys
from dataclasses import fields

import boto3
import pytest
from botocore.stub import Stubber

from nightbell import settings as settings_module
from nightbell.settings import Settings
from tests.cli.conftest import UNKNOWN


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
    program = (
        "import sys; from nightbell.cli import main\n"
        "for name in main.list_commands(None): main.get_command(None, name)\n"
        "print(*sys.modules)"
    )

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
