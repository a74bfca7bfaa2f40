"""The client of the API."""

import socket

import pytest

from nightbell.cli.api import Api, ApiError
from tests.cli.conftest import UNKNOWN
from tests.cli.servers import Reply

KEY = "k" * 32


@pytest.fixture
def api(scripted):
    """A client of the scripted server, which hardly waits between tries."""
    return Api(scripted.url, KEY, patience=0.001)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://hc.example.org", "https://hc.example.org/api/v3/"),
        (" https://hc.example.org/ ", "https://hc.example.org/api/v3/"),
        ("https://hc.example.org/api/v3/", "https://hc.example.org/api/v3/"),
        ("https://hc.example.org/api/v1", "https://hc.example.org/api/v3/"),
        ("http://hc.example.org:8000/live", "http://hc.example.org:8000/live/api/v3/"),
        ("https://hc.example.org/live/api/", "https://hc.example.org/live/api/v3/"),
    ],
)
def test_the_address_may_be_written_in_several_ways(given, base):
    assert Api(given, KEY).url == base


@pytest.mark.parametrize(
    "address", ["", "hc.example.org", "ftp://x", "https://", "http://[", "http://x:0", "http://x?a"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ApiError, match="has to be such as https://"):
        Api(address, KEY)


@pytest.mark.parametrize("key", ["a\nb", "schlüssel"])
def test_what_cannot_be_a_key_is_refused_and_not_shown(key):
    with pytest.raises(ApiError) as refused:
        Api("https://x", key)

    assert key not in refused.value.message


def test_every_request_carries_the_key(api, scripted):
    scripted.replies[:] = [Reply(body={"checks": [{"name": "a"}], "channels": [{"id": "c"}]})]

    answers = [api.checks(), api.channels(), api.get("x/"), api.post("y"), api.delete(UNKNOWN)]

    assert answers[:2] == [[{"name": "a"}], [{"id": "c"}]]
    assert [f"{one.method} {one.path}" for one in scripted.requests] == [
        "GET /api/v3/checks/",
        "GET /api/v3/channels/",
        "GET /api/v3/x/",
        "POST /api/v3/y",
        f"DELETE /api/v3/checks/{UNKNOWN}",
    ]
    assert {one.headers["x-api-key"] for one in scripted.requests} == {KEY}


def test_filters_are_quoted(api, scripted):
    scripted.replies[:] = [Reply(body={"checks": []})]

    api.checks(slug="a&b", tags=["prod", "größe=1"])
    api.check("../projects")

    paths = [one.path for one in scripted.requests]
    assert paths == [
        "/api/v3/checks/?tag=prod&tag=gr%C3%B6%C3%9Fe%3D1&slug=a%26b",
        "/api/v3/checks/..%2Fprojects",
    ]


def test_a_new_check_is_told_from_one_that_was_there(api, scripted):
    scripted.replies[:] = [Reply(201, {"name": "a"}), Reply(200, {"name": "a"})]

    created = api.create({"name": "a"})
    updated = api.create({"name": "a", "unique": ["name"]})

    assert (created, updated) == (({"name": "a"}, True), ({"name": "a"}, False))
    assert scripted.requests[1].json == {"name": "a", "unique": ["name"]}
    assert scripted.requests[1].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failing_server_is_asked_again(api, scripted, status):
    scripted.replies[:] = [Reply(status), Reply(status), Reply(body={"name": "a"})]

    assert api.update(UNKNOWN, {}) == {"name": "a"}
    assert len(scripted.requests) == 3


def test_the_server_may_say_when_to_ask_again(api, scripted):
    scripted.replies[:] = [Reply(429, headers=(("Retry-After", "0"),)), Reply(body={"name": "a"})]

    assert api.check(UNKNOWN) == {"name": "a"}


def test_patience_ends(api, scripted):
    scripted.replies[:] = [Reply(503, {"error": "too busy"})]

    with pytest.raises(ApiError, match=r"^too busy$") as refused:
        api.check(UNKNOWN)

    assert refused.value.status == 503
    assert len(scripted.requests) == 9


def test_what_may_have_made_a_check_is_not_sent_twice(api, scripted):
    scripted.replies[:] = [Reply(502), Reply(201, {})]

    with pytest.raises(ApiError, match="The server answered 502 Bad Gateway"):
        api.create({"name": "a"})

    assert len(scripted.requests) == 1


def test_a_check_that_was_surely_not_made_is_sent_again(api, scripted):
    scripted.replies[:] = [Reply(429), Reply(503), Reply(201, {"name": "a"})]

    assert api.create({"name": "a"}) == ({"name": "a"}, True)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, {"error": "wrong api key"}), "wrong api key"),
        (
            Reply(409, b"not paused", (("Content-Type", "text/plain"),)),
            "not paused",
        ),
        (Reply(403, b"<html>", (("Content-Type", "text/html"),)), "answered 403 Forbidden"),
        (Reply(400, {"error": "a\x1b[2J"}), "answered 400 Bad Request"),
        (Reply(404, [1]), "knows no such check"),
        (Reply(499), "The server answered 499."),
        (Reply(200, b"<html>"), "answers, but not as the API of a Healthchecks does"),
    ],
)
def test_refusals_are_told_in_the_words_of_the_server(api, scripted, reply, said):
    scripted.replies[:] = [reply]

    with pytest.raises(ApiError) as refused:
        api.check(UNKNOWN)

    assert said in refused.value.message
    assert refused.value.status == (reply.status if reply.status != 200 else None)


def test_the_key_does_not_follow_to_another_place(api, scripted):
    scripted.replies[:] = [Reply(301, headers=(("Location", "https://other.example.org/x?y"),))]

    with pytest.raises(ApiError, match=r"elsewhere: at https://other\.example\.org, says"):
        api.check(UNKNOWN)

    assert len(scripted.requests) == 1


def test_a_server_that_is_not_there_is_told_without_the_key_and_the_check():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://user:password@127.0.0.1:{closed.getsockname()[1]}"
        api = Api(url, KEY, patience=0.001)
        with pytest.raises(ApiError) as refused:
            api.check(UNKNOWN)

    host = url.rpartition("@")[2]
    assert refused.value.message == f"{host} cannot be reached: it takes no connections."


def test_an_unknown_host_is_told_in_a_sentence():
    api = Api("https://nothing.invalid", KEY, patience=0.001)

    with pytest.raises(ApiError, match=r"^nothing\.invalid cannot be reached: there is no such"):
        api.check(UNKNOWN)


def test_requests_go_through_the_proxy_of_the_environment(scripted, monkeypatch):
    monkeypatch.setenv("http_proxy", scripted.url.removeprefix("http://"))
    monkeypatch.setenv("no_proxy", "inside.example.org")
    scripted.replies[:] = [Reply(body={"name": "a"})]

    shown = Api("http://outside.invalid", KEY).check(UNKNOWN)

    assert shown == {"name": "a"}
    assert scripted.requests[0].path == f"http://outside.invalid/api/v3/checks/{UNKNOWN}"
    inside = Api("http://inside.example.org", KEY)
    assert inside._pool.proxy is None
