"""The commands that write a project to a file, and bring it from a file or a server."""

import json
import os

import pytest
from click import ClickException

from nightbell.cli.transfer import uuids
from nightbell.store import checks, projects
from tests.cli.conftest import URL
from tests.cli.transfer.healthchecks import READ_ONLY_KEY

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
SHOWN = (
    *("name", "slug", "tags", "desc", "timeout", "schedule", "tz", "grace", "manual_resume"),
    *("methods", "start_kw", "success_kw", "failure_kw", "filter_subject", "filter_body"),
    *("filter_http_body", "filter_default_fail"),
)


def shown(checks):
    """Return the documented fields of checks that can be set, and whether they are paused."""
    found = [
        {name: check[name] for name in SHOWN if name in check}
        | {"paused": check["status"] == "paused"}
        for check in checks
    ]
    return sorted(found, key=lambda check: json.dumps(check, sort_keys=True))


@pytest.fixture
def moved(run, site, healthchecks):
    """Return a function that imports from Healthchecks; it returns exit code and output."""
    return lambda *options, **more: run("import", healthchecks.url, *options, **more)


@pytest.fixture
def full(healthchecks):
    """Let the project at Healthchecks have checks of all sorts."""
    healthchecks.add_check(name="Backup", slug="backup", tags="db prod", timeout=3600, grace=60)
    healthchecks.add_check(name="Tz", slug="tz", schedule="15 5 * * *", tz="Europe/Riga")
    healthchecks.add_check(name="OnCalendar", schedule="*-*~1 12:00", tz="UTC", status="paused")
    healthchecks.add_check(
        name="Mail",
        desc="Several\nlines",
        methods="POST",
        manual_resume=True,
        start_kw="START",
        success_kw="OK,DONE",
        failure_kw="ERROR",
        filter_subject=True,
        filter_body=True,
        filter_http_body=True,
        filter_default_fail=True,
    )
    healthchecks.add_check()
    healthchecks.add_check(schedule="0 0 * * *", tz="UTC")
    return healthchecks


def test_an_import_brings_all_fields_of_all_checks(moved, api, full):
    code, output = moved("--yes")

    assert code == 0, output
    assert shown(api.checks()) == shown(full.checks)
    assert {check["uuid"] for check in api.checks()}.isdisjoint(
        check["uuid"] for check in full.checks
    )


def test_a_second_import_changes_nothing(moved, api, full):
    moved("--yes")
    before = api.checks()

    code, output = moved("--check")

    assert (code, output) == (0, "Nothing to do, 6 unchanged.\n")
    assert api.checks() == before


def test_an_import_brings_what_was_changed_since(moved, api, full):
    moved("--yes")
    full.checks[0] |= {"name": "Backups", "timeout": 7200}
    full.checks[2]["status"] = "up"

    code, output = moved("--yes")

    assert code == 0
    assert "~ check Backup\n    name     Backup → Backups\n    timeout  3600 → 7200\n" in output
    assert "    paused  true → false\n" in output
    assert "2 to update, 4 unchanged." in output
    assert shown(api.checks()) == shown(full.checks)


def test_nothing_is_done_without_consent(moved, api, full):
    refused = moved(input="n\n")
    dry = moved("--dry-run")
    check = moved("--check")

    assert [code for code, _ in (refused, dry, check)] == [1, 0, 3]
    assert "Carry this out? [y/N]: n" in refused[1]
    assert dry[1] == check[1]
    assert api.checks() == []


def test_what_was_shown_is_done_after_a_yes(moved, api, full):
    code, output = moved(input="y\n")

    assert code == 0
    assert output.endswith("Done: 6 created.\n")
    assert len(api.checks()) == 6


def test_a_change_between_plan_and_consent_is_noticed(run, site, api, healthchecks, monkeypatch):
    healthchecks.add_check(name="Backup")
    monkeypatch.setattr("click.confirm", lambda *_, **__: api.create({"name": "Backup"}))

    code, output = run("import", healthchecks.url)

    assert code == 1
    assert "has been changed meanwhile" in output
    assert [check["name"] for check in api.checks()] == ["Backup"]


def test_a_check_that_cannot_be_is_told_and_the_rest_imported(moved, api, healthchecks):
    healthchecks.add_check(name="Good")
    healthchecks.add_check(name="Never", schedule="0 0 31 2 *", tz="UTC")
    healthchecks.add_check(name="Long", desc="x" * 10_001)

    code, output = moved("--yes")

    assert code == 1
    assert "! check Never: schedule is not a valid cron or OnCalendar expression\n" in output
    assert "! check Long: desc is too long\n" in output
    assert [check["name"] for check in api.checks()] == ["Good"]


def test_a_full_project_takes_no_more(moved, api, healthchecks):
    for number in range(22):
        healthchecks.add_check(name=f"Check {number}")

    code, output = moved("--yes")

    assert code == 1
    assert output.count(": the project has as many checks as it may have\n") == 2
    assert output.endswith("Done: 20 created, 2 failed.\n")
    assert len(api.checks()) == 20


def test_channels_are_matched_by_name_and_missing_ones_listed(
    moved, api, healthchecks, secrets_key
):
    ops = healthchecks.add_channel("slack", "Ops")
    mail = healthchecks.add_channel("email")
    phone = healthchecks.add_channel("call", "My phone")
    healthchecks.add_check(name="Backup", channels=f"{ops},{mail},{phone}")
    there = api.create_channel({"kind": "email", "settings": {"to": "ops@example.org"}})

    code, output = moved("--yes")
    backup = api.checks()[0]
    slack = api.create_channel({"kind": "slack", "name": "Ops", "settings": {"url": URL}})
    _, later = moved("--yes")

    assert code == 0
    assert "slack Ops: its settings are not shown\n" in output
    assert "    nightbell channel add slack --name Ops --url URL\n" in output
    assert "call My phone: Nightbell has no channels of this kind\n" in output
    assert backup["channels"] == there["id"]
    assert "    channels  email without a name → Ops, email without a name\n" in later
    assert set(api.checks()[0]["channels"].split(",")) == {there["id"], slack["id"]}


def test_a_read_only_key_is_refused(moved, healthchecks, api):
    healthchecks.add_check(name="Backup")

    code, output = moved("--yes", "--from-key", READ_ONLY_KEY)

    assert code == 1
    assert "This is a read-only key" in output


def test_a_key_that_the_source_does_not_know_is_told_as_its_own(moved):
    code, output = moved("--yes", "--from-key", "x" * 32)

    assert (code, output) == (1, "Error: Nothing can be imported. wrong api key\n")


def test_the_key_of_the_source_is_asked_for(run, site, healthchecks, monkeypatch):
    monkeypatch.delenv("NIGHTBELL_FROM_KEY")

    code, output = run("import", healthchecks.url, input="hcw_wwww\n")

    assert code == 1
    assert "API key of the project there: \n" in output


def test_a_project_moves_to_another_of_the_same_server(run, site, api, full, now, monkeypatch):
    run("import", full.url, "--yes")
    api.update(api.checks()[0]["uuid"], {"nag_interval": 3600})
    api.create_channel({"kind": "email", "name": "Ops", "settings": {"to": "ops@example.org"}})
    api.update(api.checks()[0]["uuid"], {"channels": "Ops"})
    other = projects.create("Other", check_limit=9, ping_log_limit=9, now=now.moment)
    monkeypatch.setenv("NIGHTBELL_API_KEY", other.api_key)
    monkeypatch.setenv("NIGHTBELL_FROM_KEY", site.api_key)

    code, output = run("import", os.environ["NIGHTBELL_URL"], "--yes")
    again = run("import", os.environ["NIGHTBELL_URL"], "--check")
    exported = run("export")
    monkeypatch.setenv("NIGHTBELL_API_KEY", site.api_key)

    assert code == 0, output
    assert again == (0, "Nothing to do, 7 unchanged.\n")
    assert exported == run("export")


def test_only_nightbell_can_be_imported_to(run, healthchecks, monkeypatch, tables):
    monkeypatch.setenv("NIGHTBELL_URL", healthchecks.url)
    monkeypatch.setenv("NIGHTBELL_API_KEY", os.environ["NIGHTBELL_FROM_KEY"])

    code, output = run("import", healthchecks.url, "--yes")

    assert code == 1
    assert "The server is no Nightbell" in output


# ---- The same UUIDs ------------------------------------------------------------------------


def test_checks_keep_their_uuids(moved, site, api, full):
    full.channels.clear()
    code, output = moved("--yes", "--keep-uuids")
    again = moved("--yes", "--keep-uuids")
    without = moved("--yes")

    assert code == 0, output
    assert again == without == (0, "Nothing to do, 6 unchanged.\n")
    assert {one["uuid"] for one in api.checks()} == {one["uuid"] for one in full.checks}
    assert shown(api.checks()) == shown(full.checks)
    assert projects.get(site.project_id).check_count == 6


def test_a_uuid_of_another_project_is_refused_without_saying_whose(moved, api, healthchecks, check):
    healthchecks.add_check(name="Stolen", uuid=check.check_id)
    healthchecks.add_check(name="Mine", uuid=UUID)

    code, output = moved("--yes", "--keep-uuids")

    assert code == 1
    assert "! create check Stolen: its UUID is taken\n" in output
    assert check.project_id not in output
    assert [one["uuid"] for one in api.checks()] == [UUID]
    assert checks.get(check.check_id, check.project_id) == check


def test_the_check_limit_holds_for_given_uuids(moved, site, api, healthchecks):
    for number in range(22):
        healthchecks.add_check(name=f"Check {number}")

    code, output = moved("--yes", "--keep-uuids")

    assert code == 1
    assert output.endswith("Done: 20 created, 2 failed.\n")
    assert projects.get(site.project_id).check_count == len(api.checks()) == 20


def test_checks_that_are_there_under_other_uuids_are_not_doubled(moved, api, healthchecks):
    healthchecks.add_check(name="Backup", slug="backup")
    moved("--yes")

    code, output = moved("--yes", "--keep-uuids")

    assert code == 1
    assert "! check Backup: a check with another UUID has the slug backup\n" in output
    assert len(api.checks()) == 1


def test_tables_that_do_not_know_the_key_are_noticed(tables):
    with pytest.raises(ClickException, match="is it another stack's"):
        uuids.project_of("x" * 32)
