"""The commands that write a project to a file, and bring it from a file or a server."""

import json
import os
import stat

import pytest
from click import ClickException

from nightbell.cli.transfer import uuids
from nightbell.store import checks, projects
from nightbell.store.connection import ContentionError
from tests.cli.conftest import URL
from tests.cli.servers import Reply, of_the_api, running
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
    assert "    nightbell channel add slack --name Ops --url URL --project PROJECT\n" in output
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


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(404), "The server has no Management API v3."),
        (Reply(body={"checks": [{"uuid": "a"}], "channels": []}), "not as the API of a Health"),
        (Reply(body={"checks": [1], "channels": []}), "not as the API of a Healthchecks does."),
        (Reply(body=[]), "not as the API of a Healthchecks does."),
    ],
)
def test_a_source_that_is_something_else_is_told(run, site, scripted, reply, text):
    scripted.replies[:] = [reply]

    code, output = run("import", scripted.url, "--from-key", "k" * 32, "--yes")

    assert (code, text in output) == (1, True)


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


def test_a_failure_of_aws_ends_all_in_a_sentence(moved, api, healthchecks, monkeypatch):
    healthchecks.add_check(name="First")
    healthchecks.add_check(name="Second")
    create = uuids.create

    def fail_later(*arguments):
        if api.checks():
            raise ContentionError
        create(*arguments)

    monkeypatch.setattr(uuids, "create", fail_later)
    code, output = moved("--yes", "--keep-uuids")

    assert code == 1
    assert output.endswith(
        "Done: 1 created.\nError: Others keep changing the same. Try again.\n"
        "Run it again: it does what is left.\n"
    )


def test_tables_that_do_not_know_the_key_are_noticed(tables):
    with pytest.raises(ClickException, match="is it another stack's"):
        uuids.project_of("x" * 32)


# ---- Files ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    """The path of a file that is not there yet."""
    return tmp_path / "project.json"


@pytest.fixture
def apply(run, site, file):
    """Return a function that writes a file and applies it; it returns exit code and output."""

    def write_and_apply(content, *options, **more):
        file.write_text(json.dumps({"version": 1, **content}))
        return run("apply", str(file), *options, **more)

    return write_and_apply


def test_an_exported_project_is_applied_to_itself_without_a_change(run, moved, api, full, file):
    moved("--yes")
    before = api.checks()

    exported = run("export", "--output", str(file))
    code, output = run("apply", str(file), "--check")

    assert exported == (0, "")
    assert (code, output) == (0, "Nothing to do, 6 unchanged.\n")
    assert api.checks() == before
    assert run("export")[1] == file.read_text()
    assert not any(check["uuid"] in file.read_text() for check in before)


def test_a_file_with_uuids_is_for_its_owner_only(run, site, api, file):
    api.create({"name": "Backup"})
    file.write_text("old")
    file.chmod(0o644)

    code, _ = run("export", "--with-uuids", "--output", str(file))

    assert code == 0
    assert json.loads(file.read_text())["checks"][0]["uuid"] == api.checks()[0]["uuid"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_told(run, site, tmp_path):
    code, output = run("export", "--output", str(tmp_path / "none" / "file"))

    assert (code, output.count("cannot be written")) == (1, 1)


def test_a_deleted_check_comes_back_with_its_uuid(run, site, api, file):
    lost = api.create({"name": "Backup", "timeout": 60})[0]
    run("export", "--with-uuids", "--output", str(file))
    api.delete(lost["uuid"])

    code, output = run("apply", str(file), "--yes", "--keep-uuids")

    assert code == 0, output
    assert [(check["name"], check["uuid"]) for check in api.checks()] == [("Backup", lost["uuid"])]


def test_a_file_without_uuids_cannot_keep_them(apply):
    code, output = apply({"checks": [{"name": "Backup"}]}, "--keep-uuids")

    assert (code, "The file has no UUIDs" in output) == (1, True)


def test_a_plan_is_shown_with_old_and_new_values(apply, api):
    api.create({"name": "Backup", "schedule": "0 0 * * *", "desc": "x" * 70})
    api.create({"name": "Old"})
    content = {"checks": [{"name": "Backup", "timeout": 60, "desc": "y\n"}, {"name": "N\x1bew"}]}

    code, output = apply(content, "--dry-run", "--prune")

    assert code == 0
    assert output.splitlines() == [
        "~ check Backup",
        f"    desc      {'x' * 59}… → y�",
        "    timeout   none → 60",
        "    schedule  0 0 * * * → none",
        "+ check N�ew",
        "- check Old",
        "1 to create, 1 to update, 1 to delete, 0 unchanged.",
    ]


def test_what_the_file_does_not_have_is_deleted_on_request(apply, api):
    api.create({"name": "Old"})
    api.create({"name": "Backup"})
    api.create_channel({"kind": "email", "name": "Ops", "settings": {"to": "ops@example.org"}})

    code, output = apply({"checks": [{"name": "Backup"}], "channels": []}, "--yes", "--prune")

    assert code == 0
    assert output.endswith("Done: 2 deleted.\n")
    assert [check["name"] for check in api.checks()] == ["Backup"]
    assert api.channels() == []


def test_channels_are_made_with_secrets_of_the_environment(
    apply, api, deployed, secrets_key, monkeypatch
):
    monkeypatch.setenv("SLACK_URL", URL)
    channels = [
        {"kind": "group", "name": "All", "settings": {"channels": ["Ops"]}},
        {"kind": "slack", "name": "Ops", "settings": {"url": {"env": "SLACK_URL"}}},
    ]
    content = {"channels": channels, "checks": [{"name": "A", "channels": ["Ops", "All"]}]}

    code, output = apply(content, "--yes")
    again = apply(content, "--check")
    renewed = apply(content, "--yes", "--renew-secrets")

    assert code == 0, output
    assert again == (0, "Nothing to do, 3 unchanged.\n")
    assert "    url  sent again\n" in renewed[1]
    assert URL not in output + renewed[1]
    ids = {one["name"]: one["id"] for one in api.channels()}
    assert api.channel(ids["Ops"])["settings"] == {"url": "https://hooks.example.org/…"}
    assert api.channel(ids["All"])["settings"] == {"channels": [ids["Ops"]]}
    assert set(api.checks()[0]["channels"].split(",")) == set(ids.values())


def test_a_channel_that_the_server_refuses_does_not_stop_the_rest(apply, api):
    topic = {"topic": "arn:aws:sns:eu-west-1:123456789012:alerts"}
    channels = [{"kind": "sns", "name": "Topic", "settings": topic}]
    checks = [{"name": "A", "channels": ["Topic"], "paused": True}]

    code, output = apply({"channels": channels, "checks": checks}, "--yes")

    assert code == 1
    assert "! create channel Topic: json validation error: settings.topic is not" in output
    assert output.endswith("Done: 1 created, 1 failed.\n")
    assert [(check["channels"], check["status"]) for check in api.checks()] == [("", "paused")]


def test_programs_get_one_document(apply, api):
    api.create({"name": "A", "timeout": 60})
    content = {
        "channels": [{"kind": "slack", "name": "Ops"}],
        "checks": [{"name": "A", "timeout": 90}, {"name": "B", "timeout": 1}],
    }
    step = {
        "action": "update",
        "thing": "check",
        "name": "A",
        "changes": {"timeout": {"old": 60, "new": 90}},
    }
    expected = {
        "steps": [step],
        "problems": [{"thing": "check", "name": "B", "problem": "timeout is too small"}],
        "missing_channels": [
            {
                "kind": "slack",
                "name": "Ops",
                "reason": "its settings are not shown",
                "command": "nightbell channel add slack --name Ops --url URL --project PROJECT",
            }
        ],
        "unchanged": 0,
    }

    code, planned = apply(content, "--json", "--dry-run")
    asked = apply(content, "--json")
    done = apply(content, "--json", "--yes")

    assert (code, json.loads(planned)) == (1, expected)
    assert asked[0] == 2
    assert json.loads(done[1]) == expected | {"steps": [step | {"done": True, "error": None}]}


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"{}", 'The file has no "version"'), (b"\xff", "The file is no text in UTF-8.")],
)
def test_a_file_that_is_no_document_is_told(run, site, file, content, text):
    file.write_bytes(content)

    code, output = run("apply", str(file), "--yes")

    assert code == 1
    assert output.startswith(f"Error: {text}")


def test_a_document_comes_through_a_pipe_too(run, site, api):
    document = json.dumps({"version": 1, "checks": [{"name": "Piped"}]})

    code, _ = run("apply", "-", "--yes", input=document)

    assert code == 0
    assert [check["name"] for check in api.checks()] == ["Piped"]


def test_after_a_break_the_rest_is_done(apply, api, monkeypatch):
    content = {"checks": [{"name": f"Check {number}", "paused": True} for number in range(3)]}
    is_broken = iter([True, False, True])

    def break_twice(request):
        if request.path.endswith("/pause") and next(is_broken, False):
            return Reply(401, {"error": "out of order"})
        return of_the_api(request)

    with running(break_twice) as server, monkeypatch.context() as broken:
        broken.setenv("NIGHTBELL_URL", server.url)
        nothing = apply(content, "--yes")
        code, output = apply(content, "--yes")
        there = sorted((check["name"], check["status"]) for check in api.checks())
    again = apply(content, "--yes")

    assert nothing[1].count("Done: nothing.\n") == 1
    assert (code, there) == (1, [("Check 0", "paused"), ("Check 1", "new")])
    assert output.endswith(
        "Done: 1 updated.\nError: out of order\nRun it again: it does what is left.\n"
    )
    assert again[0] == 0
    assert again[1].endswith("Done: 1 updated, 1 created.\n")
    assert [check["status"] for check in api.checks()] == ["paused"] * 3
