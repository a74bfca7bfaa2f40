"""POST /api/{version}/checks/{check}."""

import pytest


@pytest.fixture
def update(call, create):
    """Return a function that updates a check which has a value in every field."""
    check = create(
        name="Backups",
        slug="backups",
        tags="a b",
        desc="nightly",
        timeout=300,
        grace=120,
        methods="POST",
        manual_resume=True,
        start_kw="S",
        success_kw="OK",
        failure_kw="BAD",
        filter_subject=True,
        filter_body=True,
        filter_http_body=True,
        filter_default_fail=True,
    )

    def send(fields, version="v3", **options):
        return call("POST", f"/api/{version}/checks/{check['uuid']}", fields, **options)

    send.check = check
    return send


@pytest.mark.parametrize("body", [None, {}, {"unknown": 1}])
def test_what_is_not_sent_stays(update, unchanged, body):
    with unchanged():
        answer = update(body)

    assert answer.status == 200
    assert answer.json == update.check


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        ({"name": "Dumps"}, {}),
        ({"name": ""}, {}),
        ({"slug": "dumps"}, {}),
        ({"slug": ""}, {}),
        ({"tags": "c"}, {}),
        ({"desc": ""}, {}),
        ({"desc": "d" * 10_000}, {}),
        ({"timeout": 86400}, {}),
        ({"grace": 3600}, {}),
        ({"methods": ""}, {}),
        ({"manual_resume": False}, {}),
        ({"start_kw": ""}, {}),
        ({"success_kw": "FINE"}, {"subject": "FINE"}),
        ({"failure_kw": ""}, {"subject_fail": ""}),
        ({"filter_subject": False}, {"subject": "", "subject_fail": ""}),
        ({"filter_body": False}, {}),
        ({"filter_http_body": False}, {}),
        ({"filter_default_fail": False}, {}),
        ({"subject": "FINE"}, {"success_kw": "FINE"}),
        ({"subject": ""}, {"success_kw": ""}),
        (
            {"subject": "", "subject_fail": ""},
            {"success_kw": "", "failure_kw": "", "filter_subject": False},
        ),
    ],
)
def test_changes_what_is_sent_and_nothing_else(update, show, sent, more):
    answer = update(sent)

    assert answer.status == 200
    assert answer.json == update.check | sent | more
    assert show(update.check["uuid"]) == answer.json


def test_changes_the_kind_of_schedule(update):
    cron = update({"schedule": "5 4 * * *", "tz": "Europe/Kiev", "timeout": 600}).json
    assert (cron["schedule"], cron["tz"]) == ("5 4 * * *", "Europe/Kyiv")
    assert "timeout" not in cron

    simple = update({"timeout": 600}).json
    assert simple["timeout"] == 600
    assert not {"schedule", "tz"} & set(simple)


def test_keeps_the_time_zone_for_the_next_schedule(update):
    update({"schedule": "5 4 * * *", "tz": "Asia/Tokyo"})
    update({"timeout": 600})

    assert update({"schedule": "*-*~1 12:00"}).json["tz"] == "Asia/Tokyo"


@pytest.mark.parametrize(("version", "slug"), [("v1", "ubung"), ("v2", "ubung"), ("v3", "backups")])
def test_a_new_name_changes_the_slug_in_old_versions(update, version, slug):
    assert update({"name": "Übung"}, version).json["slug"] == slug


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_same_name_does_not(update, version):
    assert update({"name": "Backups", "grace": 60}, version).json["slug"] == "backups"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": 5, "desc": "x"}, "json validation error: name is not a string"),
        ({"desc": "x", "unique": "name"}, "json validation error: unique is not an array"),
        (
            {"schedule": "* * *"},
            "json validation error: schedule is not a valid cron or OnCalendar expression",
        ),
        ({"desc": "x", "channels": "nobody"}, "invalid channel identifier: nobody"),
        ({"desc": "x", "channels": ","}, "empty channel identifier"),
    ],
)
def test_a_refused_update_changes_nothing(update, unchanged, fields, error):
    with unchanged():
        answer = update(fields)

    assert answer.status == 400
    assert answer.error == error


def test_assigns_and_unassigns_channels(update, add_channel):
    ids = sorted(add_channel(name).channel_id for name in "ab")

    assert update({"channels": "*"}).json["channels"] == ",".join(ids)
    assert update({"channels": "a"}).json["channels"] in ids
    assert update({"name": "x"}).json["channels"] in ids
    assert update({"channels": ""}).json["channels"] == ""


@pytest.mark.parametrize(
    ("fields", "next_ping", "status"),
    [
        ({"timeout": 3600}, "2024-01-15T13:00:00+00:00", "up"),
        ({"timeout": 60}, "2024-01-15T12:01:00+00:00", "grace"),
        ({"timeout": 60, "grace": 60}, None, "down"),
        ({"schedule": "0 3 * * *", "tz": "Asia/Tokyo"}, "2024-01-15T18:00:00+00:00", "up"),
    ],
)
def test_a_new_schedule_moves_the_deadline_at_once(
    update, ping, now, tables, fields, next_ping, status
):
    ping(f"/ping/{update.check['uuid']}", "POST", b"OK")
    now.advance(seconds=120)

    shown = update(fields).json

    assert (shown["next_ping"], shown["status"]) == (next_ping, status)


def test_the_due_index_never_lies_behind_the_deadline(update, ping, tables):
    def due():
        items = tables.scan(TableName="checks")["Items"]
        return [int(item["due_at"]["N"]) for item in items if "due_at" in item]

    assert due() == []
    ping(f"/ping/{update.check['uuid']}", "POST", b"OK")
    (first,) = due()
    update({"timeout": 60})
    assert due() == [first - 240_000_000]


def test_errors_come_in_their_order(update, call):
    unknown = "/api/v3/checks/00000000-0000-4000-8000-000000000000"

    assert call("PUT", unknown, b"no json", key=None).status == 405
    assert call("POST", f"/api/v3/checks/{'0' * 40}", b"no json", key=None).status == 405
    assert call("POST", unknown, b"no json", key=None).status == 400
    assert call("POST", unknown, {"name": 5}, key=None).status == 401
    assert call("POST", unknown, {"name": 5}).status == 404
    assert update({"name": 5, "channels": "nobody"}).error.endswith("name is not a string")
    assert update({"channels": "nobody"}).error == "invalid channel identifier: nobody"
