"""`nightbell check`, on the API itself."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import click
import pytest

from nightbell.cli import deployment
from nightbell.cli.check import _FIELDS
from nightbell.cli.length import LENGTH, from_now, in_words
from nightbell.domain import spec
from nightbell.domain.check import Change, Status
from nightbell.settings import settings
from nightbell.store import checks
from tests.cli.conftest import UNKNOWN

ALL_FIELDS = {
    "name": "Backup",
    "slug": "backup",
    "tags": "prod nightly",
    "desc": "Of the database",
    "schedule": "0 3 * * *",
    "tz": "Europe/Berlin",
    "grace": 5400,
    "nag_interval": 7200,
    "manual_resume": True,
    "methods": "POST",
    "start_kw": "begin",
    "success_kw": "ok",
    "failure_kw": "error",
    "filter_subject": True,
    "filter_body": True,
    "filter_http_body": True,
    "filter_default_fail": True,
}


@pytest.fixture
def backup(succeed, site):
    """Make a check, and return what is shown of it."""
    return succeed("check", "create", "--name", "Nightly backup", "--slug", "backup")


@pytest.fixture
def down(backup, site):
    """Let the check be down."""

    def go_down(check):
        return Change(before=check, after=replace(check, status=Status.DOWN))

    checks.change(backup["uuid"], go_down, owner=site.project_id)
    return backup


def test_there_is_an_option_for_each_field_that_the_api_takes():
    assert {name for name, *_ in _FIELDS} == spec._FIELD_CHECKS.keys() - {"unique"}


def test_makes_a_check_with_all_fields(succeed, site):
    options = []
    for name, value in ALL_FIELDS.items():
        flag = f"--{name.replace('_', '-')}"
        options += [flag] if value is True else [flag, str(value)]

    made = succeed("check", "create", *options)

    assert ALL_FIELDS.items() <= made.items()
    assert succeed("check", "show", made["uuid"]) == made


def test_lengths_may_be_written_in_larger_units(succeed, site):
    made = succeed("check", "create", "--timeout", "1d12h", "--grace", "90m")

    assert (made["timeout"], made["grace"]) == (129_600, 5400)


def test_changes_a_check_that_is_there_instead(succeed, backup):
    found = succeed("check", "create", "--slug", "backup", "--unique", "slug", "--grace", "2h")

    assert found == backup | {"grace": 7200}
    assert len(succeed("check", "list")) == 1


@pytest.mark.parametrize("identifier", ["uuid", "slug", "name"])
def test_a_check_is_found_by_uuid_slug_and_name(succeed, backup, identifier):
    assert succeed("check", "show", backup[identifier]) == backup


def test_a_check_is_found_with_a_read_only_key_too(succeed, site, backup):
    key = ["--key", site.api_key_readonly]

    shown = succeed(*key, "check", "show", "backup")

    assert "uuid" not in shown
    assert succeed(*key, "check", "show", shown["unique_key"]) == shown


def test_two_checks_of_one_name_are_not_confused(run, succeed, backup):
    succeed("check", "create", "--name", "Nightly backup")

    code, output = run("check", "pause", "Nightly backup")

    assert (code, output) == (1, "Error: Several checks have this name: give a UUID.\n")


@pytest.mark.parametrize("identifier", ["nothing", UNKNOWN])
@pytest.mark.parametrize("command", ["show", "pause", "resume", "delete"])
def test_an_unknown_check_is_told_in_a_sentence(run, site, command, identifier):
    code, output = run("check", command, identifier)

    assert code == 1
    assert "no such check" in output
    assert "Traceback" not in output


def test_lists_checks_for_people(run, succeed, backup, now):
    succeed("check", "create", "--name", "Hourly", "--schedule", "0 * * * *", "--tz", "UTC")

    code, output = run("check", "list")

    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert code == 0
    assert lines[0] == "name slug status last ping next schedule grace"
    assert set(lines[1:]) == {"Nightly backup backup new 1d 1h", "Hourly new 0 * * * * UTC 1h"}


def test_tells_when_the_last_ping_was_and_when_the_next_is_due(run, backup, site, now):
    def receive(check):
        last = now.moment.replace(hour=11, minute=57)
        return Change(before=check, after=replace(check, status=Status.UP, last_ping=last))

    checks.change(backup["uuid"], receive, owner=site.project_id)

    _, output = run("check", "list")

    assert "3m ago" in output
    assert "in 23h 57m" in output


def test_lists_some_of_the_checks(succeed, site, down):
    other = succeed("check", "create", "--name", "Other", "--tags", "prod x")

    by_tag = succeed("check", "list", "--tag", "prod", "--tag", "x")
    by_slug = succeed("check", "list", "--slug", "backup")
    by_status = succeed("check", "list", "--status", "down", "--status", "up")

    assert by_tag == [other]
    assert [one["uuid"] for one in by_slug] == [one["uuid"] for one in by_status] == [down["uuid"]]
    assert succeed("check", "list", "--status", "grace") == []


def test_changes_a_check(succeed, backup):
    changed = succeed(
        *("check", "update", "backup", "--name", "", "--tags", "a b", "--timeout", "2h"),
        "--manual-resume",
    )

    new = {"name": "", "tags": "a b", "timeout": 7200, "manual_resume": True}
    assert changed == backup | new
    assert succeed("check", "update", "backup", "--no-manual-resume")["manual_resume"] is False


def test_a_change_has_to_name_something(run, backup):
    code, output = run("check", "update", "backup")

    assert code == 2
    assert "Name what is to be changed." in output


def test_pauses_and_resumes_a_check(succeed, run, backup):
    assert succeed("check", "pause", "backup")["status"] == "paused"
    assert succeed("check", "resume", "backup")["status"] == "new"
    code, output = run("check", "resume", "backup")
    assert (code, output) == (1, "Error: check is not paused\n")


def test_snoozes_a_check(succeed, run, down):
    snoozed = succeed("check", "snooze", "backup", "8h")

    assert snoozed["snoozed_until"] == "2024-01-15T20:00:00+00:00"
    assert "snoozed_until" not in succeed("check", "snooze", "backup", "0")


def test_deletes_a_check_when_that_is_meant(run, succeed, backup):
    refused, asked = run("check", "delete", "backup", input="n\n")

    assert refused == 1
    assert 'Delete the check "Nightly backup"?' in asked
    assert succeed("check", "delete", "backup", "--yes")["name"] == "Nightly backup"
    assert succeed("check", "list") == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--timeout", "1s"], 1, "json validation error: timeout is too small"),
        (["--name", "n" * 101], 1, "json validation error: name is too long"),
        (["--schedule", "x"], 1, "schedule is not a valid cron or OnCalendar expression"),
        (["--channels", "nothing"], 1, "invalid channel identifier: nothing"),
        (["--timeout", "soon"], 2, "'soon' is no length"),
        (["--unique", "desc"], 2, "Invalid value for '--unique'"),
    ],
)
def test_says_what_is_wrong_with_a_check(run, succeed, site, options, code, said):
    status, output = run("check", "create", *options)

    assert (status, said in output) == (code, True)
    assert succeed("check", "list") == []


def test_a_wrong_key_is_told_in_the_words_of_the_server(run, site):
    code, output = run("--key", "x" * 32, "check", "list")

    assert (code, output) == (1, "Error: wrong api key\n")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"NIGHTBELL_URL": "https://x"}, "Give the project's API key"),
        ({"NIGHTBELL_API_KEY": "key"}, "Name the server with --url"),
    ],
)
def test_says_what_is_missing(run, monkeypatch, variables, said):
    for name in ("NIGHTBELL_URL", "NIGHTBELL_API_KEY", "NIGHTBELL_STACK"):
        monkeypatch.delenv(name, raising=False)

    code, output = run("check", "list", env=variables)

    assert (code, said in output) == (2, True)


def test_the_address_may_come_from_the_stack(succeed, site, backup, monkeypatch):
    address = os.environ["NIGHTBELL_URL"]
    asked = []

    def use(stack):
        asked.append(stack)
        monkeypatch.setattr(deployment.settings, "settings", replace(settings, site_url=address))

    monkeypatch.setenv("NIGHTBELL_URL", "http://other.invalid")
    monkeypatch.setattr(deployment, "use_stack", use)
    found = succeed("--stack", "nightbell", "check", "list")
    there = succeed("--stack", "nightbell", "--url", address, "check", "list")

    assert found == there
    assert [one["uuid"] for one in found] == [backup["uuid"]]
    assert asked == ["nightbell"]


# ---- Lengths of time -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("2d 4h", 187_200),
        ("1w", 604_800),
    ],
)
def test_reads_lengths(text, seconds):
    assert LENGTH.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "-5", "1.5h", "5x", "m", "५", "1 hour"])
def test_refuses_other_lengths(text):
    with pytest.raises(click.BadParameter):
        LENGTH.convert(text, None, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (90, "1m 30s"), (3600, "1h"), (90_061, "1d 1h"), (604_800, "1w"), (0.9, "0s")],
)
def test_writes_lengths(seconds, words):
    assert in_words(seconds) == words


def test_writes_how_far_away_a_moment_is():
    now = datetime(2024, 1, 15, 12, tzinfo=UTC)

    assert from_now("2024-01-15T11:57:00+00:00", now) == "3m ago"
    assert from_now("2024-01-15T14:00:00+01:00", now) == "in 1h"
    assert from_now(None, now) == ""
