"""`nightbell project`."""

from dataclasses import replace

import pytest

from nightbell import settings as settings_module
from nightbell.store import projects
from tests.cli.conftest import UNKNOWN


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


def test_the_stack_may_have_another_default_limit(succeed, monkeypatch):
    monkeypatch.setattr(
        settings_module, "settings", replace(settings_module.settings, check_limit=7)
    )

    project = projects.get(succeed("project", "create", "Shop")["project_id"])

    assert project.check_limit == 7


def test_shows_and_changes_limits(succeed, project):
    shown = succeed("project", "limits", project)
    changed = succeed("project", "limits", project, "--check-limit", "5", "--ping-log-limit", "7")

    assert (shown["check_limit"], shown["ping_log_limit"]) == (9, 9)
    assert changed == shown | {"check_limit": 5, "ping_log_limit": 7}
    assert succeed("project", "limits", project) == changed


def test_deletes_a_project_whose_name_was_typed(run, project, check, dump):
    code, output = run("project", "delete", project, input="Shop\n")

    assert code == 0
    assert "This deletes Shop with 1 checks, for ever." in output
    assert not any(dump().values())


@pytest.mark.parametrize("typed", ["shop\n", ""])
def test_deletes_no_project_that_is_not_meant(run, project, check, dump, typed):
    before = dump()

    code, _ = run("project", "delete", project, input=typed)

    assert code == 1
    assert dump() == before


def test_tells_how_much_was_deleted(succeed, project, check):
    deleted = succeed("project", "delete", project, "--yes")

    assert (deleted["name"], deleted["checks"]) == ("Shop", 1)
    assert succeed("project", "list") == []


@pytest.mark.parametrize("command", ["limits", "delete", "rotate-keys"])
def test_an_unknown_project_is_told_in_a_sentence(run, tables, command):
    assert run("project", command, UNKNOWN) == (1, "Error: There is no such project.\n")
