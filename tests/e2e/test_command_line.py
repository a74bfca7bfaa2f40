"""The command `nightbell` beside a running system."""

import json
import os
from uuid import UUID

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def project(command_line):
    """Make a project."""
    completed = command_line("project", "create", "Made here", "--check-limit", "1", "--json")
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)


def channels(anyone, key):
    return anyone.get("/api/v3/channels/", headers={"X-Api-Key": key})


def test_a_new_project_works_at_once_within_its_limit(project, anyone):
    write, read = ({"X-Api-Key": project[name]} for name in ("api_key", "api_key_readonly"))

    created = anyone.post("/api/v3/checks/", headers=write, json={"slug": "first"})
    refused = anyone.post("/api/v3/checks/", headers=write, json={})
    pinged = anyone.get(f"/ping/{project['ping_key']}/first")
    listed = anyone.get("/api/v3/checks/", headers=read).json()["checks"]

    assert set(project) == {"project_id", "api_key", "api_key_readonly", "ping_key"}
    assert [created.status_code, refused.status_code, pinged.status_code] == [201, 403, 200]
    assert [(check["slug"], check["n_pings"]) for check in listed] == [("first", 1)]


def test_keys_end_at_once_when_they_are_renewed(project, anyone, command_line):
    assert channels(anyone, project["api_key"]).status_code == 200

    renewed = json.loads(
        command_line("project", "rotate-keys", project["project_id"], "--json").stdout
    )

    assert channels(anyone, project["api_key"]).json() == {"error": "wrong api key"}
    assert channels(anyone, renewed["api_key"]).status_code == 200
    assert renewed["project_id"] == project["project_id"]
    assert renewed["ping_key"] == project["ping_key"]


def test_channels_that_are_added_are_listed(command_line, anyone):
    made = json.loads(command_line("project", "create", "Channels", "--json").stdout)
    add = ["channel", "add", made["project_id"], "email", "ops@example.org"]

    added = json.loads(command_line(*add, "--name", "Öps", "--json").stdout)
    listed = json.loads(command_line("channel", "list", made["project_id"], "--json").stdout)

    assert UUID(added["id"])
    assert added | {"name": "Öps", "kind": "email"} == added
    assert listed == channels(anyone, made["api_key"]).json()["channels"] == [added]


def test_a_stack_is_found_by_its_name(system, command_line):
    aws = {name: value for name, value in system.variables.items() if name.startswith("AWS_")}
    environment = {"PATH": os.environ["PATH"], **aws}

    arguments = ["--stack", "nightbell", "project", "list", "--json"]
    listed = json.loads(command_line(*arguments, environment=environment).stdout)

    ours = {"project_id": system.variables["NIGHTBELL_PROJECT"], "name": "Demonstration"}
    assert any(ours.items() <= project.items() for project in listed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["project", "rotate-keys", "nobody"], "There is no such project."),
        (["channel", "list", "nobody"], "There is no such project."),
        (["channel", "add", "nobody", "email", "a@b"], "There is no such project."),
        (["--stack", "nothing", "project", "list"], "Stack with id nothing does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(command_line, arguments, said):
    completed = command_line(*arguments)

    assert completed.returncode == 1
    assert completed.stdout == ""
    assert completed.stderr.startswith("Error: ")
    assert completed.stderr.count("\n") == 1
    assert said in completed.stderr


def test_an_aws_that_is_not_there_is_said_in_a_sentence(system, command_line):
    nowhere = system.environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}

    completed = command_line("project", "list", environment=nowhere)

    assert completed.returncode == 1
    assert completed.stderr.startswith("Error: ")
    assert "Traceback" not in completed.stderr
