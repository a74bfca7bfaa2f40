"""The command `nightbell` beside a running system."""

import json
import os
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.e2e.receiver import running_receiver

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


def test_a_channel_lives_by_commands_as_by_requests(command_line, anyone):
    made = json.loads(command_line("project", "create", "Channels", "--json").stdout)
    key = {"X-Api-Key": made["api_key"]}

    def run(*arguments):
        completed = command_line("channel", *arguments, "--project", made["project_id"], "--json")
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout)

    added = run("add", "slack", "--name", "Öps", "--url", "https://hooks.example.org/SECRET")
    path = f"/api/v3/channels/{added['id']}"
    shown = anyone.get(path, headers=key).json()
    changed = anyone.post(path, headers=key, json={"name": "Ops"}).json()

    assert UUID(added["id"])
    assert added == shown
    assert "SECRET" not in json.dumps(added)
    assert run("show", added["id"]) == changed == added | {"name": "Ops"}
    assert [one["id"] for one in run("list")] == [added["id"]]
    assert run("notifications", added["id"]) == []
    assert run("delete", added["id"], "--yes") == changed
    assert anyone.get(path, headers=key).status_code == 404
    assert channels(anyone, made["api_key"]).json() == {"channels": []}


def test_a_test_notification_reaches_a_receiver(command_line, anyone, system):
    with running_receiver() as receiver:
        url = f"{receiver.url}/$NAME/$STATUS"
        add = ["channel", "add", "webhook", "--url-down", url, "--json"]
        channel = json.loads(command_line(*add).stdout)["id"]
        tested = command_line("channel", "test", channel)
        again = command_line("channel", "test", channel)
    closed = anyone.post(f"/api/v3/channels/{channel}/test", headers={"X-Api-Key": system.api_key})
    listed = json.loads(command_line("channel", "notifications", channel, "--json").stdout)

    assert receiver.requests == [("/Example/down", "")]
    assert (tested.returncode, tested.stdout.split()) == (0, ["sent", "yes"])
    assert again.returncode == 1
    assert "a test notification was sent a moment ago" in again.stderr
    assert closed.status_code == 429
    assert closed.headers["retry-after"] == "10"
    assert [(one["check"], one["state"]) for one in listed] == [(None, "sent")]


def test_there_are_no_dead_letters_and_flips_may_be_dispatched_twice(command_line):
    for _ in range(2):
        dispatched = command_line("flips", "dispatch", "--from", "2020-01-01", "--json")
        assert dispatched.returncode == 0
        assert json.loads(dispatched.stdout)["failed"] == 0
    listed = command_line("dead-letters", "list", "--json")
    redriven = command_line("dead-letters", "redrive", "--json")

    assert json.loads(listed.stdout) == []
    assert json.loads(redriven.stdout) == {"sent": 0, "failed": 0, "left": 0}


def test_a_stack_is_found_by_its_name(system, command_line):
    aws = {name: value for name, value in system.variables.items() if name.startswith("AWS_")}
    environment = {"PATH": os.environ["PATH"], **aws}

    arguments = ["--stack", "nightbell", "project", "list", "--json"]
    listed = json.loads(command_line(*arguments, environment=environment).stdout)

    dead = command_line("--stack", "nightbell", "dead-letters", "list", environment=environment)

    ours = {"project_id": system.variables["NIGHTBELL_PROJECT"], "name": "Demonstration"}
    assert any(ours.items() <= project.items() for project in listed)
    assert (dead.returncode, dead.stdout) == (0, "none\n")


def test_a_check_lives_by_commands(command_line):
    def run(*arguments):
        completed = command_line("check", *arguments, "--json")
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout)

    made = run("create", "--name", "Öl", "--slug", "by-command", "--timeout", "2h", "--tags", "cli")
    paused = run("pause", "by-command")
    listed = run("list", "--tag", "cli", "--status", "paused")
    deleted = run("delete", made["uuid"], "--yes")

    assert made["timeout"] == 7200
    assert paused == made | {"status": "paused"}
    assert listed == [paused]
    assert deleted["name"] == "Öl"
    assert run("list", "--tag", "cli") == []


def test_a_job_is_watched(command_line, anyone, api):
    options = ["--slug", "watched", "--create"]

    failed = command_line("exec", *options, "--", "sh", "-c", "echo out of space; exit 3")

    assert (failed.returncode, failed.stdout, failed.stderr) == (3, "out of space\n", "")
    (check,) = api.get("/api/v3/checks/?slug=watched").json()["checks"]
    assert (check["status"], check["n_pings"]) == ("down", 2)
    end, start = api.get(f"/api/v3/checks/{check['uuid']}/pings/").json()["pings"]
    assert (start["type"], end["type"], start["rid"]) == ("start", "fail", end["rid"])
    assert api.get(urlsplit(end["body_url"]).path).text == "out of space\n"


def test_a_project_goes_with_all_that_is_its_own(command_line, anyone):
    made = json.loads(command_line("project", "create", "Short-lived", "--json").stdout)
    write = {"X-Api-Key": made["api_key"]}
    check = anyone.post("/api/v3/checks/", headers=write, json={"slug": "gone"}).json()
    pinged = anyone.get(f"/ping/{check['uuid']}")

    deleted = command_line("project", "delete", made["project_id"], "--yes", "--json")

    assert pinged.status_code == 200
    assert json.loads(deleted.stdout)["checks"] == 1
    assert channels(anyone, made["api_key"]).json() == {"error": "wrong api key"}
    listed = json.loads(command_line("project", "list", "--json").stdout)
    assert made["project_id"] not in [project["project_id"] for project in listed]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["project", "rotate-keys", "nobody"], "There is no such project."),
        (["channel", "list", "--project", "nobody"], "There is no such project."),
        (["channel", "show", "nothing"], "There is no such channel in this project."),
        (["channel", "add", "slack", "--url", "nonsense"], "settings.url is not a valid URL"),
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
