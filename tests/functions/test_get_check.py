"""GET /api/{version}/checks/{check}."""

from dataclasses import replace

import pytest

from nightbell.domain.check import unique_key_of
from nightbell.settings import Settings
from nightbell.web import views

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_finds_a_check_by_uuid_and_by_unique_key(call, create, version, slash):
    check = create(name="Backups")
    path = f"/api/{version}/checks"

    by_uuid = call("GET", f"{path}/{check['uuid']}{slash}")
    by_unique_key = call("GET", f"{path}/{unique_key_of(check['uuid'])}{slash}")

    assert by_uuid.status == by_unique_key.status == 200
    assert by_uuid.json == by_unique_key.json
    assert by_uuid.json["name"] == "Backups"
    assert f"/api/{version}/checks/" in by_uuid.json["pause_url"]


@pytest.mark.parametrize(
    ("check_id", "unique_key"),
    [
        ("31365bce-8da9-4729-8ff3-aaa71d56b712", "a6c7b0a8a66bed0df66abfdab3c77736861703ee"),
        ("803f680d-e89b-492b-82ef-2be7b774a92d", "124f983e0e3dcaeba921cfcef46efd084576e783"),
    ],
)
def test_the_unique_key_is_as_in_the_api_document(check_id, unique_key):
    assert unique_key_of(check_id) == unique_key


def test_shows_the_unique_key_to_a_read_only_key(call, create, project):
    check = create()

    shown = call("GET", f"/api/v3/checks/{check['uuid']}", key=project.api_key_readonly).json

    assert shown["unique_key"] == unique_key_of(check["uuid"])


@pytest.mark.parametrize(
    "identifier", [UNKNOWN, "0" * 40, "f" * 32, "nonsense", "a%20b", "..", "x" * 3000]
)
def test_does_not_find_what_is_not_there(call, create, unchanged, identifier):
    create()

    with unchanged():
        answer = call("GET", f"/api/v3/checks/{identifier}")

    assert (answer.status, answer.text) == (404, "")


def test_a_uuid_is_written_in_lower_case_with_hyphens(call, create):
    uuid = create()["uuid"]

    for other in (uuid.upper(), uuid.replace("-", "")):
        assert call("GET", f"/api/v3/checks/{other}").status == 404


def test_moments_are_shown_in_whole_seconds(call, create, ping, show, now):
    check = create(timeout=60)
    now.advance(microseconds=999_999)
    ping(f"/ping/{check['uuid']}")

    shown = show(check["uuid"])

    assert shown["last_ping"] == "2024-01-15T12:00:00+00:00"
    assert shown["next_ping"] == "2024-01-15T12:01:00+00:00"


def test_a_scheduled_check_is_shown_with_its_next_time(create, ping, show):
    check = create(schedule="15 5 * * *", tz="Asia/Tokyo")
    ping(f"/ping/{check['uuid']}")

    shown = show(check["uuid"])

    assert shown["next_ping"] == "2024-01-15T20:15:00+00:00"
    assert "timeout" not in shown


def test_version_1_calls_a_running_check_started(create, ping, show, now):
    check = create(grace=60)
    ping(f"/ping/{check['uuid']}/start")

    assert [show(check["uuid"], v)["status"] for v in ("v1", "v2", "v3")] == [
        "started",
        "new",
        "new",
    ]
    assert show(check["uuid"], "v1")["started"] is True
    now.advance(seconds=60)
    assert show(check["uuid"], "v1")["status"] == "down"


@pytest.mark.parametrize(
    ("setting", "site"),
    [
        ("", "https://x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com/live"),
        ("https://nightbell.example.org", "https://nightbell.example.org"),
        ("https://example.org/monitor/", "https://example.org/monitor"),
    ],
)
def test_addresses_are_those_of_the_site(create, show, monkeypatch, setting, site):
    check = create()
    settings = replace(Settings(), site_url=setting, ping_url="https://ping.example.org/ping/")
    monkeypatch.setattr(views, "settings", settings)

    shown = show(check["uuid"])

    assert shown["update_url"] == f"{site}/api/v3/checks/{check['uuid']}"
    assert shown["badge_url"].startswith(f"{site}/b/2/")
    assert shown["ping_url"] == f"https://ping.example.org/ping/{check['uuid']}"
