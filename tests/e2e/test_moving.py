"""Projects that move: from one to another of the running system, and from Healthchecks."""

import json

import httpx
import pytest

from tests.cli.servers import running
from tests.cli.transfer.healthchecks import KEY, Healthchecks

pytestmark = pytest.mark.e2e

UUID = "7c7b1f6e-4a6e-4d3c-9a51-2f0b8f3a9d10"

# What a server says about a check by itself.
OWN = (
    *("uuid", "ping_url", "update_url", "pause_url", "resume_url", "badge_url", "channels"),
    *("n_pings", "last_ping", "next_ping", "last_duration", "started"),
)

CHECKS = [
    {"name": "Backup", "slug": "backup", "tags": "db prod", "timeout": 3600, "grace": 60},
    {"name": "Nightly", "schedule": "15 5 * * *", "tz": "Europe/Kyiv", "nag_interval": 7200},
    {"name": "Last day", "desc": "Zeile 1\nline 2", "schedule": "*-*~1 12:00", "grace": 600},
    {
        "name": "Mail",
        "methods": "POST",
        "manual_resume": True,
        "start_kw": "START",
        "success_kw": "OK",
        "failure_kw": "ERROR",
        "filter_subject": True,
        "filter_body": True,
        "filter_http_body": True,
        "filter_default_fail": True,
    },
    {},
    {"timeout": 60},
]


@pytest.fixture
def make_project(system, command_line):
    """Return a function that makes a project, and returns the environment for commands on it."""

    def make(name):
        made = command_line("project", "create", name, "--json")
        key = json.loads(made.stdout)["api_key"]
        return system.environment | {"NIGHTBELL_API_KEY": key}

    return make


@pytest.fixture
def ask(anyone):
    """Return a function that asks the API about the project of an environment."""

    def send(environment, method, path, json=None):
        key = {"X-Api-Key": environment["NIGHTBELL_API_KEY"]}
        answer = anyone.request(method, f"/api/v3/{path}", headers=key, json=json)
        assert answer.is_success, answer.text
        return answer.json()

    return send


def settings_of(checks):
    """Return all that the checks' owner has said of them, but for channels."""
    said = [{name: check[name] for name in check.keys() - set(OWN)} for check in checks]
    return sorted(said, key=lambda check: json.dumps(check, sort_keys=True))


def test_a_project_moves_with_all_fields_and_moves_once(system, command_line, make_project, ask):
    old, new = make_project("Old"), make_project("New")
    to = {"kind": "email", "name": "Ops", "settings": {"to": "ops@example.org"}}
    ask(old, "POST", "channels/", to)
    made = [ask(old, "POST", "checks/", check | {"channels": "Ops"}) for check in CHECKS]
    ask(old, "POST", f"checks/{made[0]['uuid']}/pause")
    new["NIGHTBELL_FROM_KEY"] = old["NIGHTBELL_API_KEY"]

    first = command_line("import", system.url, "--yes", environment=new)
    there = ask(new, "GET", "checks/")
    second = command_line("import", system.url, "--check", environment=new)
    ops = ask(new, "GET", "channels/")["channels"]

    assert first.returncode == 0, first.stderr
    assert settings_of(there["checks"]) == settings_of(ask(old, "GET", "checks/")["checks"])
    assert (second.returncode, second.stdout) == (0, "Nothing to do, 7 unchanged.\n")
    assert ask(new, "GET", "checks/") == there
    assert [(one["kind"], one["name"]) for one in ops] == [("email", "Ops")]
    assert {check["channels"] for check in there["checks"]} == {ops[0]["id"]}


@pytest.fixture
def without_tables():
    """Return a function that leaves out of an environment what the named stack tells, too."""
    kept = ("AWS_", "NIGHTBELL_URL", "NIGHTBELL_API_KEY", "PATH")
    return lambda given: {name: given[name] for name in given if name.startswith(kept)}


def test_a_job_pings_as_before_when_its_check_has_kept_its_uuid(
    command_line, make_project, without_tables, ask, anyone
):
    new = without_tables(make_project("From Healthchecks")) | {"NIGHTBELL_FROM_KEY": KEY}
    healthchecks = Healthchecks()
    healthchecks.add_check(uuid=UUID, name="Backup", timeout=3600)
    with running(healthchecks) as server:
        command = ("--stack", "nightbell", "import", server.url, "--keep-uuids")
        imported = command_line(*command, "--yes", environment=new)
        again = command_line(*command, "--check", environment=new)

    pinged = anyone.get(f"/ping/{UUID}")
    check = ask(new, "GET", f"checks/{UUID}")

    assert imported.returncode == 0, imported.stderr
    assert (again.returncode, again.stdout) == (0, "Nothing to do, 1 unchanged.\n")
    assert (pinged.status_code, pinged.text) == (httpx.codes.OK, "OK")
    assert (check["name"], check["status"], check["n_pings"]) == ("Backup", "up", 1)
    assert ask(new, "DELETE", f"checks/{UUID}")["uuid"] == UUID
    assert anyone.get(f"/ping/{UUID}").status_code == httpx.codes.NOT_FOUND
