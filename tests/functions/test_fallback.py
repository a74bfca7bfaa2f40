"""What matches no route: preflights, wrong methods, unknown paths."""

import json

import pytest

CHECK = "/api/v3/checks/31365bce-8da9-4729-8ff3-aaa71d56b712"
CHANNEL = "/api/v3/channels/9c1f0b7e-52ab-4c0e-8f0d-6f3f6f4f7b21"
ROUTES = [
    ("/api/v1/checks/", "GET, POST"),
    ("/api/v3/checks", "GET, POST"),
    (CHECK, "GET, POST, DELETE"),
    (f"{CHECK}/pause", "POST"),
    (f"{CHECK}/resume", "POST"),
    (f"{CHECK}/pings/", "GET"),
    (f"{CHECK}/pings/1/body", "GET"),
    (f"{CHECK}/flips/", "GET"),
    (f"{CHECK}/notifications", "GET"),
    (f"{CHECK}/snooze", "POST"),
    ("/api/v2/channels/", "GET, POST"),
    (CHANNEL, "GET, POST, DELETE"),
    (f"{CHANNEL}/test", "POST"),
    (f"{CHANNEL}/notifications", "GET"),
    ("/api/v3/badges/", "GET"),
    ("/badge/key/signature.svg", "GET"),
    ("/badge/key/signature/a%2Fb.svg", "GET"),
    ("/b/2/key.svg", "GET"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]


@pytest.mark.parametrize(("path", "methods"), ROUTES)
def test_answers_a_preflight(call, path, methods):
    answer = call("OPTIONS", path, key=None)

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "X-Api-Key"
    assert answer.headers["access-control-allow-methods"] == f"{methods}, OPTIONS"
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize(("path", "methods"), ROUTES)
def test_refuses_other_methods_before_it_looks_at_anything(call, unchanged, path, methods):
    for method in METHODS:
        if method in methods.split(", "):
            continue
        with unchanged():
            answer = call(method, path, b"no json", key=None)

        assert (answer.status, answer.text) == (405, "")
        assert answer.headers["allow"] == methods
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("path", "methods"), ROUTES)
def test_each_answer_says_what_the_preflight_said(call, path, methods):
    for method in methods.split(", "):
        answer = call(method, path, key=None)

        assert answer.status in (401, 404)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == f"{methods}, OPTIONS"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_status_route_is_for_no_browser(call, method):
    answer = call(method, "/api/v3/status/", key=None)

    assert answer.status == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/checks/",
        "/api/v3/",
        "/api/v3/checks//",
        "/api/v3/checkss",
        f"{CHECK}/nothing",
        f"{CHECK}//pause",
        f"{CHECK}/pings/1",
        f"{CHANNEL}/pause",
        f"{CHANNEL}/test/1",
        CHANNEL.replace("v3", "v2"),
        f"{CHANNEL}/test".replace("v3", "v1"),
        f"{CHECK}/snooze".replace("v3", "v2"),
        f"{CHECK}/pings//body",
        "/badge/key",
        "/badge/key/a/b/c.svg",
        "/b/2",
        "/favicon.ico",
        "/ping/31365bce-8da9-4729-8ff3-aaa71d56b712",
        "/.env",
    ],
)
def test_knows_no_other_path(call, path):
    assert [call(method, path).status for method in ("GET", "OPTIONS", "POST")] == [404] * 3


def test_an_unexpected_failure_tells_nothing_of_what_is_inside(call, tables, log):
    tables.delete_table(TableName="checks")

    answer = call("GET", "/api/v3/checks/")

    assert answer.status == 500
    assert answer.json == {"error": "internal error"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(log.getvalue())["level"] == "ERROR"


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/sign-in", "/projects/x/checks", "/projects/x/checks/y/edit"])
def test_pages_are_for_forms_and_links_of_their_own_site(call, path, method):
    answer = call(method, path, key=None, headers={"Origin": "https://evil.example"})

    assert (answer.status, answer.text) == (405, "")
    assert answer.headers["allow"] == "GET, POST"
    assert not [name for name in answer.headers if name.startswith("access-control")]
