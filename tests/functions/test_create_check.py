"""POST /api/{version}/checks: creation, and updates by `unique`."""

import re
from itertools import combinations

import pytest

URL = "/api/v3/checks/"


def test_shows_a_new_check_as_documented(call):
    fields = {"name": "Backups", "tags": "prod www", "timeout": 3600, "grace": 60}

    answer = call("POST", URL, fields)

    assert answer.status == 201
    check = answer.json
    uuid = check["uuid"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid)
    site = "https://x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com/live"
    assert re.fullmatch(rf"{site}/b/2/[0-9a-f-]{{36}}\.svg", check.pop("badge_url"))
    assert check == {
        "name": "Backups",
        "slug": "",
        "tags": "prod www",
        "desc": "",
        "grace": 60,
        "n_pings": 0,
        "status": "new",
        "started": False,
        "last_ping": None,
        "next_ping": None,
        "manual_resume": False,
        "methods": "",
        "subject": "",
        "subject_fail": "",
        "start_kw": "",
        "success_kw": "",
        "failure_kw": "",
        "filter_subject": False,
        "filter_body": False,
        "filter_http_body": False,
        "filter_default_fail": False,
        "uuid": uuid,
        "ping_url": f"http://localhost/ping/{uuid}",
        "update_url": f"{site}/api/v3/checks/{uuid}",
        "pause_url": f"{site}/api/v3/checks/{uuid}/pause",
        "resume_url": f"{site}/api/v3/checks/{uuid}/resume",
        "channels": "",
        "timeout": 3600,
    }


def test_shows_the_check_as_it_is_then_found(call, show):
    created = call("POST", URL, {"name": "Backups", "schedule": "5 4 * * *", "tz": "Asia/Tokyo"})

    assert show(created.json["uuid"]) == created.json


@pytest.mark.parametrize("body", [None, {}, {"unknown": {"nested": [1, None]}}])
def test_every_field_has_its_default(call, body):
    check = call("POST", URL, body).json

    shown = ("name", "slug", "tags", "desc", "timeout", "grace", "channels", "methods")
    assert [check[name] for name in shown] == ["", "", "", "", 86400, 3600, "", ""]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"schedule": "0,30 * * * *"}, {"schedule": "0,30 * * * *", "tz": "UTC"}),
        ({"schedule": "*-*~1 12:00", "tz": "Europe/Riga"}, {"tz": "Europe/Riga"}),
        ({"schedule": "5 4 * * *", "tz": "Europe/Kiev"}, {"tz": "Europe/Kyiv"}),
        ({"schedule": "5 4 * * *", "timeout": 60}, {"schedule": "5 4 * * *", "tz": "UTC"}),
        ({"slug": "my-custom_slug"}, {"slug": "my-custom_slug"}),
        ({"name": "My Job"}, {"slug": ""}),
        ({"desc": "d" * 10_000}, {"desc": "d" * 10_000}),
        ({"tags": "t" * 500}, {"tags": "t" * 500}),
        ({"name": "ü" * 100}, {"name": "ü" * 100}),
        ({"timeout": 60, "grace": 31_536_000}, {"timeout": 60, "grace": 31_536_000}),
        ({"manual_resume": True}, {"manual_resume": True}),
        ({"methods": "POST"}, {"methods": "POST"}),
        ({"start_kw": "k" * 200}, {"start_kw": "k" * 200, "filter_subject": False}),
        ({"filter_body": True}, {"filter_body": True, "filter_subject": False}),
        (
            {"filter_http_body": True, "filter_default_fail": True},
            {"filter_http_body": True, "filter_default_fail": True},
        ),
        (
            {"subject": "OK", "subject_fail": "BAD"},
            {
                "subject": "OK",
                "subject_fail": "BAD",
                "success_kw": "OK",
                "failure_kw": "BAD",
                "filter_subject": True,
            },
        ),
        (
            {"success_kw": "OK", "filter_subject": True},
            {"subject": "OK", "subject_fail": "", "success_kw": "OK"},
        ),
        ({"success_kw": "OK"}, {"subject": "", "success_kw": "OK"}),
        (
            {"subject": "OK", "success_kw": "FINE", "filter_subject": False},
            {"success_kw": "FINE", "filter_subject": False, "subject": ""},
        ),
    ],
)
def test_keeps_what_was_sent(call, show, sent, shown):
    created = call("POST", URL, sent)

    assert created.status == 201
    assert shown.items() <= show(created.json["uuid"]).items()
    assert ("timeout" in created.json) is ("schedule" not in sent)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_old_versions_make_the_slug_from_the_name(call, version):
    check = call("POST", f"/api/{version}/checks/", {"name": "Übung  & Co."}).json

    assert check["slug"] == "ubung-co"
    assert f"/api/{version}/checks/" in check["update_url"]


REFUSED_FIELDS = [
    ({"channels": 1}, "channels is not a string"),
    ({"channels": None}, "channels is not a string"),
    ({"desc": []}, "desc is not a string"),
    ({"desc": "d" * 10_001}, "desc is too long"),
    ({"failure_kw": {}}, "failure_kw is not a string"),
    ({"failure_kw": "k" * 201}, "failure_kw is too long"),
    ({"filter_subject": "true"}, "filter_subject is not a boolean"),
    ({"filter_subject": None}, "filter_subject is not a boolean"),
    ({"filter_body": 1}, "filter_body is not a boolean"),
    ({"filter_http_body": 0}, "filter_http_body is not a boolean"),
    ({"filter_default_fail": None}, "filter_default_fail is not a boolean"),
    ({"grace": "60"}, "grace is not a number"),
    ({"grace": None}, "grace is not a number"),
    ({"grace": 59}, "grace is too small"),
    ({"grace": 31_536_001}, "grace is too large"),
    ({"grace": 10**400}, "grace is too large"),
    ({"manual_resume": 0}, "manual_resume is not a boolean"),
    ({"methods": "GET"}, "methods has unexpected value"),
    ({"methods": None}, "methods has unexpected value"),
    ({"methods": ["POST"]}, "methods has unexpected value"),
    ({"name": 5}, "name is not a string"),
    ({"name": "n" * 101}, "name is too long"),
    ({"name": "nul\0"}, "name is not a string"),
    ({"name": "lone \ud800"}, "name is not a string"),
    ({"schedule": True}, "schedule is not a string"),
    ({"schedule": "s" * 101}, "schedule is too long"),
    ({"schedule": "* * *"}, "schedule is not a valid cron or OnCalendar expression"),
    ({"schedule": "* * * * 9"}, "schedule is not a valid cron or OnCalendar expression"),
    ({"schedule": "0 0 30 2 *"}, "schedule is not a valid cron or OnCalendar expression"),
    ({"schedule": ""}, "schedule is not a valid cron or OnCalendar expression"),
    ({"slug": 5}, "slug is not a string"),
    ({"slug": "s" * 101}, "slug is too long"),
    ({"slug": "Upper"}, "slug does not match pattern"),
    ({"slug": "new\n"}, "slug does not match pattern"),
    ({"start_kw": 1}, "start_kw is not a string"),
    ({"start_kw": "k" * 201}, "start_kw is too long"),
    ({"subject": 1}, "subject is not a string"),
    ({"subject": "k" * 201}, "subject is too long"),
    ({"subject_fail": None}, "subject_fail is not a string"),
    ({"subject_fail": "k" * 201}, "subject_fail is too long"),
    ({"success_kw": 1}, "success_kw is not a string"),
    ({"success_kw": "k" * 201}, "success_kw is too long"),
    ({"tags": ["a"]}, "tags is not a string"),
    ({"tags": "t" * 501}, "tags is too long"),
    ({"timeout": 3600.0}, "timeout is not a number"),
    ({"timeout": True}, "timeout is too small"),
    ({"timeout": False}, "timeout is too small"),
    ({"timeout": -1}, "timeout is too small"),
    ({"timeout": 31_536_001}, "timeout is too large"),
    ({"tz": 1}, "tz is not a string"),
    ({"tz": "Mars/Olympus"}, "tz is not a valid timezone"),
    ({"tz": "../etc/passwd"}, "tz is not a valid timezone"),
    ({"unique": "name"}, "unique is not an array"),
    ({"unique": None}, "unique is not an array"),
    ({"unique": ["status"]}, "an item in 'unique' has unexpected value"),
    ({"unique": [["name"]]}, "an item in 'unique' has unexpected value"),
    # The first field that is wrong, in the documented order, is told.
    ({"unique": 1, "timeout": 1, "grace": 1}, "grace is too small"),
    ({"name": 1, "channels": 1}, "channels is not a string"),
]


@pytest.mark.parametrize(("fields", "problem"), REFUSED_FIELDS)
def test_refuses_a_field(call, project, unchanged, fields, problem):
    with unchanged():
        answer = call("POST", URL, fields)

    assert answer.status == 400
    assert answer.error == f"json validation error: {problem}"


def test_reads_a_number_in_another_notation_as_none(call):
    assert call("POST", URL, b'{"timeout": 1e3}').error.endswith("timeout is not a number")
    assert call("POST", URL, b'{"timeout": NaN}').error.endswith("timeout is not a number")
    assert call("POST", URL, b'{"timeout": 1e999}').error.endswith("timeout is not a number")


# ---- Channels ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifiers", "meant"),
    [("*", {0, 1, 2}), ("", set()), ("Ops", {0}), ("{1},Ops", {0, 1}), ("{0},Ops,{0}", {0})],
)
def test_assigns_channels_by_id_and_name(call, add_channel, identifiers, meant):
    ids = [add_channel(name).channel_id for name in ("Ops", "Team", "Team")]

    check = call("POST", URL, {"channels": identifiers.format(*ids)}).json

    assert check["channels"] == ",".join(sorted(ids[i] for i in meant))


@pytest.mark.parametrize(
    ("identifiers", "error"),
    [
        (",", "empty channel identifier"),
        ("Ops,", "empty channel identifier"),
        ("ops", "invalid channel identifier: ops"),
        (" Ops", "invalid channel identifier:  Ops"),
        ("Ops,*", "invalid channel identifier: *"),
        ("Team", "non-unique channel identifier: Team"),
        ("Theirs", "invalid channel identifier: Theirs"),
    ],
)
def test_refuses_a_channel(call, add_channel, other, unchanged, identifiers, error):
    for name in ("Ops", "Team", "Team"):
        add_channel(name)
    add_channel("Theirs", other.project_id)

    with unchanged():
        answer = call("POST", URL, {"channels": identifiers})

    assert answer.status == 400
    assert answer.error == error


# ---- The check limit -----------------------------------------------------------------------


def test_refuses_one_check_more_than_the_limit(call, create, unchanged):
    for _ in range(20):
        create()

    with unchanged():
        answer = call("POST", URL, {"name": "one too many"})

    assert answer.status == 403
    assert answer.text == ""


def test_a_deleted_check_makes_room(call, create):
    first, *_ = [create() for _ in range(20)]

    call("DELETE", f"/api/v3/checks/{first['uuid']}")

    assert call("POST", URL).status == 201


def test_a_full_project_is_told_of_fields_before_and_of_channels_after(call, create):
    for _ in range(20):
        create()

    assert call("POST", URL, {"name": 1}).status == 400
    assert call("POST", URL, {"channels": "nobody"}).status == 403


# ---- unique --------------------------------------------------------------------------------

_FIELDS = {"name": "Backups", "slug": "backups", "tags": "a b", "timeout": 300, "grace": 120}
_COMBINATIONS = [list(names) for count in range(1, 6) for names in combinations(_FIELDS, count)]


@pytest.mark.parametrize("unique", _COMBINATIONS, ids="+".join)
def test_updates_the_check_with_the_same_unique_fields(call, create, unique):
    existing = create(**{name: _FIELDS[name] for name in unique}, desc="before")

    answer = call("POST", URL, _FIELDS | {"unique": unique, "desc": "after"})

    assert answer.status == 200
    assert answer.json["uuid"] == existing["uuid"]
    assert (_FIELDS | {"desc": "after"}).items() <= answer.json.items()


_OTHER = {"name": "backups", "slug": "backup", "tags": "b a", "timeout": 301, "grace": 121}


@pytest.mark.parametrize("different", _FIELDS)
def test_creates_a_check_when_one_unique_field_differs(call, create, different):
    create(**_FIELDS | {different: _OTHER[different]})

    answer = call("POST", URL, _FIELDS | {"unique": list(_FIELDS)})

    assert answer.status == 201


@pytest.mark.parametrize("unique", [[], ["name"], ["tags", "grace"]])
def test_a_unique_field_that_was_not_sent_matches_nothing(call, create, unique):
    create(tags="a")

    assert call("POST", URL, {"tags": "a", "unique": unique}).status == 201


def test_of_several_matches_the_oldest_is_updated(call, create, now):
    oldest = create(name="Backups")
    now.advance(seconds=1)
    create(name="Backups")

    assert call("POST", URL, {"name": "Backups", "unique": ["name"]}).json == oldest


def test_a_scheduled_check_still_has_a_timeout_to_match(call, create):
    default = create(schedule="5 4 * * *")
    chosen = create(timeout=300)
    call("POST", f"/api/v3/checks/{chosen['uuid']}", {"schedule": "5 4 * * *"})

    found = [
        call("POST", URL, {"timeout": timeout, "unique": ["timeout"]}) for timeout in (86400, 300)
    ]

    assert [answer.status for answer in found] == [200, 200]
    assert [answer.json["uuid"] for answer in found] == [default["uuid"], chosen["uuid"]]


def test_an_update_by_unique_needs_no_room(call, create):
    create(name="Backups")
    for _ in range(19):
        create()

    assert call("POST", URL, {"name": "Backups", "unique": ["name"]}).status == 200
    assert call("POST", URL, {"name": "Others", "unique": ["name"]}).status == 403


def test_an_update_by_unique_can_change_a_field_it_did_not_match(call, create, ping, project):
    create(name="Backups", slug="old")

    answer = call("POST", URL, {"name": "Backups", "slug": "new", "unique": ["name"]})

    assert answer.json["slug"] == "new"
    assert ping(f"/ping/{project.ping_key}/new").status == 200
    assert ping(f"/ping/{project.ping_key}/old").status == 404


def test_unique_finds_no_check_of_another_project(call, create, other):
    create(name="Backups", key=other.api_key)

    assert call("POST", URL, {"name": "Backups", "unique": ["name"]}).status == 201


@pytest.mark.parametrize("unique", [["name"], ["slug"], ["name", "slug"]])
def test_a_refused_update_by_unique_changes_nothing(call, create, unchanged, unique):
    create(name="Backups", slug="backups")

    with unchanged():
        fields = {"name": "Backups", "slug": "backups", "channels": "nobody", "unique": unique}
        answer = call("POST", URL, fields)

    assert answer.error == "invalid channel identifier: nobody"
