"""Nightbell's life on AWS: deployed from a checkout, used, deployed again, changed, removed.

Each step is a fixture that builds on the one before it, and the tests look at what it came to.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from samtranslator.yaml_helper import yaml_parse

from local import mail
from local.emulator import REGION, Emulator
from local.ses import Envelope, Receiving
from tests.deployment.checkout import Checkout
from tests.deployment.gateway import Gateway
from tests.e2e.system import ROOT, wait_until

SENDER = "alerts@example.org"
DOMAIN = "ping.example.org"
# For the Python that runs the functions here: some packages of the layers are compiled.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILD = (
    f"ARCHITECTURE=x86_64 PYTHON_VERSION={PYTHON} "
    "sam build --parameter-overrides Architecture=x86_64"
)
RESOURCES = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]

Mails = Callable[[str], list[str]]


@dataclass(frozen=True)
class Stack:
    """A deployed stack, and what the deployment printed."""

    printed: str
    outputs: dict[str, str]
    resources: dict[str, str]  # type by logical name


def describe(aws: Emulator, printed: str) -> Stack:
    cloudformation = aws.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="nightbell")["Stacks"]
    resources = cloudformation.describe_stack_resources(StackName="nightbell")["StackResources"]
    return Stack(
        printed,
        {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]},
        {each["LogicalResourceId"]: each["ResourceType"] for each in resources},
    )


# ---- The first deployment ------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(aws: Emulator, checkout: Checkout) -> Stack:
    """Build, and deploy with SAM's questions, of which few need an answer."""
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    checkout.type(BUILD)
    answers = {
        "MailFrom": SENDER,
        "PingMailDomain": DOMAIN,
        "PingMailRuleSet": "inbound",
        "Architecture": "x86_64",
        "Deploy this changeset?": "y",
    }
    return describe(aws, checkout.type("sam deploy --guided", answers))


def test_the_guided_deployment_succeeds_at_the_first_try(first):
    done = "Successfully created/updated stack - nightbell" in first.printed
    assert done, first.printed


def test_the_guided_deployment_says_where_everything_is(first):
    printed = "".join(first.printed.split())  # long values are broken into lines

    for key, value in first.outputs.items():
        assert f"Key{key}" in printed
        assert f"Value{''.join(value.split())}" in printed
    assert first.outputs["SiteUrl"].endswith(f".execute-api.{REGION}.amazonaws.com/live")
    assert first.outputs["PingUrl"].endswith(f".execute-api.{REGION}.amazonaws.com/ping/")


# ---- The tour ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tour:
    """What somebody has who has followed the README on a stack."""

    keys: dict[str, str]
    check: dict[str, Any]
    silent: dict[str, Any]  # a check whose job has started, and will not be heard of again


@pytest.fixture(scope="module")
def internet(aws: Emulator) -> Iterator[httpx.Client]:
    """An HTTP client for the addresses that the stack says it has."""
    with httpx.Client(transport=Gateway(aws.port), timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def mails(aws: Emulator) -> Mails:
    """Return a function that returns the subjects of the mails to an address so far."""
    return lambda to: [each["Subject"] for each in mail.caught(aws) if each["To"] == [to]]


@pytest.fixture(scope="module")
def tour(first: Stack, checkout: Checkout, internet: httpx.Client) -> Tour:
    """Make a project by the command line, and channels and checks by the API."""
    printed = checkout.type(first.outputs["FirstProject"])
    keys = dict(re.findall(r"^(\w+) +(\S+)$", printed, re.MULTILINE))
    headers = {"X-Api-Key": keys["api_key"]}
    api = f"{first.outputs['SiteUrl']}/api/v3"

    def post(path: str, document: dict[str, Any]) -> dict[str, Any]:
        answer = internet.post(f"{api}/{path}/", headers=headers, json=document)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    post("channels", {"kind": "email", "name": "Ops", "settings": {"to": "ops@example.org"}})
    silent = post("checks", {"name": "Silent", "timeout": 3600, "grace": 60, "channels": "Ops"})
    assert internet.get(f"{silent['ping_url']}/start").text == "OK"
    fields = {"name": "Backup", "slug": "backup", "tags": "nightly", "channels": "Ops"}
    return Tour(keys, post("checks", fields), silent)


def look(internet: httpx.Client, tour: Tour, url: str) -> httpx.Response:
    return internet.get(url, headers={"X-Api-Key": tour.keys["api_key"]})


def test_what_a_check_says_of_its_addresses_is_true(first, tour, internet):
    assert tour.check["ping_url"].startswith(first.outputs["PingUrl"])
    assert tour.check["update_url"].startswith(f"{first.outputs['SiteUrl']}/api/v3/checks/")
    assert look(internet, tour, tour.check["update_url"]).json()["name"] == "Backup"
    assert internet.get(tour.check["badge_url"]).text.startswith("<svg")


def test_a_job_is_heard_and_its_output_is_kept(first, tour, internet):
    by_slug = f"{first.outputs['PingUrl']}{tour.keys['ping_key']}/backup"
    answers = [
        internet.get(f"{by_slug}/start"),
        internet.post(by_slug, content=b"42 files, 0 errors\n"),
    ]

    url = tour.check["update_url"]
    shown = look(internet, tour, url).json()
    body = look(internet, tour, f"{url}/pings/2/body")

    assert [answer.text for answer in answers] == ["OK", "OK"]
    assert (shown["status"], shown["n_pings"]) == ("up", 2)
    assert body.content == b"42 files, 0 errors\n"


def test_a_failure_goes_through_the_stream_and_the_queue_to_the_mail(tour, internet, mails):
    assert internet.get(f"{tour.check['ping_url']}/1").text == "OK"

    wait_until(lambda: mails("ops@example.org") == ["Backup is DOWN"])
    flips = look(internet, tour, f"{tour.check['update_url']}/flips/").json()
    told = look(internet, tour, f"{tour.check['update_url']}/notifications/").json()

    assert [flip["up"] for flip in flips] == [0, 1]
    (notification,) = told["notifications"]
    assert (notification["status"], notification["state"]) == ("down", "sent")


def test_a_mail_goes_through_the_topic_and_the_queue_to_the_check(
    first, tour, internet, mails, aws
):
    envelope = Envelope("192.0.2.1", "web1", "root@web1", [f"{tour.check['uuid']}@{DOMAIN}"])
    outputs = first.outputs
    stack = SimpleNamespace(
        mail_bucket=outputs["PingMailBucket"], mail_topic=outputs["PingMailTopic"]
    )
    Receiving(aws, stack).receive(envelope, b"Subject: Backup\r\n\r\nDone\r\n")

    def pings():
        return look(internet, tour, f"{tour.check['update_url']}/pings/").json()["pings"]

    wait_until(lambda: len(pings()) == 4)
    wait_until(lambda: "Backup is UP" in mails("ops@example.org"))
    assert (pings()[0]["type"], pings()[0]["scheme"]) == ("success", "email")


# ---- Later deployments ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def again(tour: Tour, checkout: Checkout) -> str:
    """Deploy with what the first deployment has saved; nothing has changed."""
    return checkout.type("sam deploy")


def test_a_deployment_without_changes_succeeds_and_changes_nothing(again):
    unchanged = "No changes to deploy. Stack nightbell is up to date" in again
    assert unchanged, again


@dataclass(frozen=True)
class Overdue:
    """What is told of a check once its deadline has passed, and of the service."""

    check: dict[str, Any]
    health: dict[str, Any]


@pytest.fixture(scope="module")
def overdue(first: Stack, again: str, tour: Tour, internet: httpx.Client, mails: Mails) -> Overdue:
    """Wait until somebody hears of the job that was started and has not ended."""
    wait_until(lambda: "Silent is DOWN" in mails("ops@example.org"), 180)
    return Overdue(
        look(internet, tour, tour.silent["update_url"]).json(),
        internet.get(f"{first.outputs['SiteUrl']}/api/v1/health/check").json(),
    )


def test_the_schedule_finds_what_is_overdue(overdue):
    assert overdue.check["status"] == "down"
    assert overdue.health["healthy"] is True


@pytest.fixture(scope="module")
def changed(overdue: Overdue, aws: Emulator, checkout: Checkout) -> Stack:
    """Change the code of a function and a parameter, and deploy."""
    code = checkout.folder / "functions" / "show_status" / "app.py"
    code.write_text(code.read_text().replace('"OK"', '"All is well"'))
    checkout.type(BUILD)
    command = "sam deploy --parameter-overrides Architecture=x86_64 PingBodyLimit=8"
    return describe(aws, checkout.type(command, {"Deploy this changeset?": "y"}))


def test_a_changed_deployment_touches_what_has_changed_and_no_table(changed):
    changes = re.findall(r"^([+*-]) (?:Add|Modify|Delete) +(\S+)", changed.printed, re.MULTILINE)

    # The layers were built anew, and are the same to the byte: there is no new version of them.
    assert {sign for sign, _ in changes} == {"*"}, changed.printed
    assert not {name for _, name in changes if name.endswith("Table")}


def test_changed_code_runs(changed, internet):
    answer = internet.get(f"{changed.outputs['SiteUrl']}/api/v3/status/")

    assert (answer.status_code, answer.text) == (200, "All is well")


def test_a_changed_parameter_holds_and_the_others_stay(changed, tour, internet):
    assert internet.post(tour.check["ping_url"], content=b"back again").text == "OK"

    body = look(internet, tour, f"{tour.check['update_url']}/pings/5/body")

    assert body.content == b"back aga"


def test_a_changed_deployment_keeps_addresses_and_data(first, changed, tour, internet):
    shown = look(internet, tour, tour.check["update_url"]).json()
    body = look(internet, tour, f"{tour.check['update_url']}/pings/2/body")

    assert changed.outputs == first.outputs
    assert shown["slug"] == "backup"
    assert body.content == b"42 files, 0 errors\n"


# ---- The end -------------------------------------------------------------------------------


# What stays of a stack that is deleted: what cannot be made again.
KEPT = {
    name for name, resource in RESOURCES.items() if "Retain" in resource.get("DeletionPolicy", "")
}


def _empty(aws: Emulator, bucket: str) -> None:
    """As docs/operations.md asks for: a bucket that is not empty is not deleted."""
    s3 = aws.client("s3")
    (mail,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    s3.delete_object(Bucket=bucket, Key=mail["Key"])


@pytest.fixture(scope="module")
def removed(changed: Stack, aws: Emulator, checkout: Checkout) -> dict[str, str]:
    """Delete the stack; return what CloudFormation did last with each of its resources."""
    _empty(aws, changed.outputs["PingMailBucket"])
    cloudformation = aws.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="nightbell")["Stacks"]
    sure = {"Are you sure you want to delete the stack": "y", "delete the folder": "y"}
    checkout.type("sam delete", sure)
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=stack["StackId"]
    )
    newest_first = [event for page in pages for event in page["StackEvents"]]
    return {each["LogicalResourceId"]: each["ResourceStatus"] for each in reversed(newest_first)}


def test_a_deleted_stack_keeps_its_tables_and_the_key_of_their_secrets(changed, removed):
    outcome = {name: removed[name] for name in changed.resources}

    assert removed["nightbell"] == "DELETE_COMPLETE"
    assert {name for name in outcome if outcome[name] == "DELETE_SKIPPED"} == KEPT
    assert set(outcome.values()) == {"DELETE_SKIPPED", "DELETE_COMPLETE"}


def test_the_tables_that_are_left_hold_the_data_and_are_protected(changed, removed, tour, aws):
    dynamodb = aws.client("dynamodb")
    left = dynamodb.list_tables()["TableNames"]
    checks = dynamodb.scan(TableName=changed.outputs["ChecksTable"])["Items"]

    kept = {name for name in changed.outputs if name.endswith("Table")} - {"SessionsTable"}
    assert set(left) == {changed.outputs[name] for name in kept}
    assert {check["id"]["S"] for check in checks} == {tour.check["uuid"], tour.silent["uuid"]}
    for table in left:
        with pytest.raises(dynamodb.exceptions.ClientError, match="deletion protection"):
            dynamodb.delete_table(TableName=table)


def test_nothing_else_is_left(removed, aws):
    lists = [
        ("apigateway", "get_rest_apis", "items"),
        ("apigatewayv2", "get_apis", "Items"),
        ("cloudwatch", "describe_alarms", "MetricAlarms"),
        ("cloudwatch", "list_dashboards", "DashboardEntries"),
        ("events", "list_rules", "Rules"),
        ("iam", "list_roles", "Roles"),
        ("lambda", "list_event_source_mappings", "EventSourceMappings"),
        ("lambda", "list_functions", "Functions"),
        ("lambda", "list_layers", "Layers"),
        ("logs", "describe_log_groups", "logGroups"),
        ("sesv2", "list_configuration_sets", "ConfigurationSets"),
        ("sns", "list_topics", "Topics"),
        ("sqs", "list_queues", "QueueUrls"),
    ]

    left = {
        operation: getattr(aws.client(service), operation)().get(key, [])
        for service, operation, key in lists
    }

    assert left == {operation: [] for _, operation, _ in lists}
