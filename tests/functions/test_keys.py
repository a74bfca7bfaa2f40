"""API keys: where a request carries them, and what each kind opens."""

import json

import pytest

from nightbell.domain.check import unique_key_of
from nightbell.store import projects

READING = [
    ("GET", "/api/v3/checks/"),
    ("GET", "/api/v3/checks/{check}"),
    ("GET", "/api/v3/checks/{unique_key}"),
    ("GET", "/api/v3/checks/{check}/flips/"),
    ("GET", "/api/v3/checks/{unique_key}/flips/"),
    ("GET", "/api/v3/checks/{check}/notifications"),
    ("GET", "/api/v3/checks/{unique_key}/notifications"),
    ("GET", "/api/v3/badges/"),
]
WRITING = [
    ("POST", "/api/v3/checks/"),
    ("POST", "/api/v3/checks/{check}"),
    ("DELETE", "/api/v3/checks/{check}"),
    ("POST", "/api/v3/checks/{check}/pause"),
    ("POST", "/api/v3/checks/{check}/resume"),
    ("GET", "/api/v3/checks/{check}/pings/"),
    ("GET", "/api/v3/checks/{check}/pings/1/body"),
    ("GET", "/api/v3/channels/"),
    ("GET", "/api/v3/channels/{channel}"),
    ("POST", "/api/v3/channels/{channel}"),
    ("GET", "/api/v3/channels/{channel}/notifications"),
    ("POST", "/api/v3/channels/{channel}/test"),
    ("DELETE", "/api/v3/channels/{channel}"),
]
POSTS = [route for route in WRITING if route[0] == "POST"]
SECRET_FIELDS = {"uuid", "ping_url", "update_url", "pause_url", "resume_url", "channels"}


@pytest.fixture
def at(call, create, ping, add_channel, delivering):
    """Return a function that sends a request about a paused check that was pinged, or a channel."""
    check = create(name="Backups")
    ping(f"/ping/{check['uuid']}", "POST", b"done")
    call("POST", f"/api/v3/checks/{check['uuid']}/pause")
    unique_key = unique_key_of(check["uuid"])
    channel = add_channel("Ops").channel_id

    def send(route, body=None, **options):
        method, path = route
        path = path.format(check=check["uuid"], unique_key=unique_key, channel=channel)
        return call(method, path, body, **options)

    return send


@pytest.mark.parametrize("route", READING + WRITING)
def test_a_read_write_key_opens_everything(at, route):
    assert at(route).status in (200, 201)


@pytest.mark.parametrize("route", READING)
def test_a_read_only_key_reads(at, project, route):
    assert at(route, key=project.api_key_readonly).status == 200


@pytest.mark.parametrize("route", WRITING)
def test_a_read_only_key_is_wrong_elsewhere(at, project, unchanged, route):
    with unchanged():
        answer = at(route, key=project.api_key_readonly)

    assert answer.status == 401
    assert answer.error == "wrong api key"


@pytest.mark.parametrize("route", READING[:3])
def test_a_read_only_key_sees_no_secrets(at, project, route):
    whole, reduced = at(route).json, at(route, key=project.api_key_readonly).json
    if "checks" in whole:
        (whole,), (reduced,) = whole["checks"], reduced["checks"]

    assert set(whole) >= SECRET_FIELDS
    assert set(reduced) == set(whole) - SECRET_FIELDS | {"unique_key"}
    assert whole["uuid"] not in json.dumps(reduced)


@pytest.mark.parametrize("route", READING + WRITING)
def test_refuses_other_keys(at, unchanged, route):
    with unchanged():
        missing = [at(route, key=key) for key in (None, "", "k" * 31, "k" * 33)]
        wrong = [at(route, key=key) for key in ("k" * 32, "é" * 32)]

    assert {(answer.status, answer.error) for answer in missing} == {(401, "missing api key")}
    assert {(answer.status, answer.error) for answer in wrong} == {(401, "wrong api key")}
    assert all(a.headers["access-control-allow-origin"] == "*" for a in missing + wrong)


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "X-Api-Key", "x-ApI-kEy"])
@pytest.mark.parametrize("route", [READING[0], WRITING[0], WRITING[7]])
def test_the_header_may_be_written_in_any_case(at, project, name, route):
    assert at(route, key=None, headers={name: project.api_key}).status in (200, 201)


@pytest.mark.parametrize("route", POSTS)
def test_a_post_may_carry_the_key_in_its_body(at, project, route):
    assert at(route, {"api_key": project.api_key}, key=None).status in (200, 201)


@pytest.mark.parametrize("route", [r for r in READING + WRITING if r[0] != "POST"])
def test_other_requests_may_not(at, project, route):
    assert at(route, {"api_key": project.api_key}, key=None).error == "missing api key"


@pytest.mark.parametrize("route", POSTS)
def test_the_header_wins_even_when_empty(at, project, route):
    body = {"api_key": project.api_key}

    assert at(route, body, key="").error == "missing api key"
    assert at(route, body, key="k" * 32).error == "wrong api key"
    assert at(route, {"api_key": "k" * 32}).status in (200, 201)


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (5, "missing api key"),
        (None, "missing api key"),
        (["k"] * 32, "missing api key"),
        ("\ud800" * 32, "wrong api key"),
        ("k" * 100_000, "missing api key"),
    ],
)
def test_refuses_what_is_no_key_in_a_body(at, key, error):
    answer = at(POSTS[0], {"api_key": key}, key=None)

    assert answer.status == 401
    assert answer.error == error


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v3/channels/", {"kind": "email", "settings": {"to": "a@example.org"}}),
        ("/api/v3/checks/{check}/snooze", {"seconds": 60}),
    ],
)
def test_so_it_is_where_a_body_is_needed(call, create, ping, project, path, body):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}/fail")

    def post(more, **options):
        return call("POST", path.format(check=check_id), body | more, **options).status

    assert post({}, key=project.api_key_readonly) == 401
    assert post({}, key=None) == 401
    assert post({"api_key": project.api_key_readonly}, key=None) == 401
    assert post({"api_key": project.api_key}, key=None) in (200, 201)
    assert post({}) in (200, 201)


def test_renewed_keys_replace_the_old_ones_at_once(at, project):
    renewed = projects.rotate_keys(project.project_id, ping_key=False)

    assert at(READING[0]).error == "wrong api key"
    assert at(READING[0], key=project.api_key_readonly).error == "wrong api key"
    assert at(WRITING[0], key=renewed.api_key).status == 201
    assert at(READING[0], key=renewed.api_key_readonly).status == 200
