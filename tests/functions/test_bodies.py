"""Bodies of requests to the REST API: JSON or not, whatever they say they are."""

import json

import pytest

POSTS = ["checks/", "checks/{check}", "checks/{check}/pause", "checks/{check}/resume"]
ADDED = ["checks/{check}/snooze", "channels/", "channels/{channel}", "channels/{channel}/test"]
NOT_JSON = [
    b"{",
    b"name=Backups&tags=a",
    b" ",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"name": "\xe9"}',
    b'{"name": "a\nb"}',
    b"{'name': 'a'}",
    b'{"name": "a",}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"<xml/>",
]
NO_OBJECT = [b"[]", b"null", b"5", b'"text"', b"true", b"NaN", b"1" * 10_000]


@pytest.fixture
def at(call, create, add_channel):
    """Return a function that posts a body to one of the routes that take it."""
    check = create()["uuid"]
    call("POST", f"/api/v3/checks/{check}/pause")
    channel = add_channel("Ops").channel_id

    def send(path, body, **options):
        path = path.format(check=check, channel=channel)
        return call("POST", f"/api/v3/{path}", body, **options)

    return send


@pytest.mark.parametrize("path", POSTS + ADDED)
@pytest.mark.parametrize("key", [None, "k" * 32])
@pytest.mark.parametrize(
    ("bodies", "error"),
    [
        (NOT_JSON, "could not parse request body"),
        (NO_OBJECT, "json validation error: value is not an object"),
    ],
    ids=["not JSON", "no object"],
)
def test_refuses_a_body_that_is_no_json_object_before_it_asks_for_a_key(
    at, unchanged, path, key, bodies, error
):
    with unchanged():
        answers = [at(path, body, key=key) for body in bodies]

    assert {(answer.status, answer.error) for answer in answers} == {(400, error)}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; charset=latin-1",
        "nonsense",
    ],
)
def test_the_content_type_does_not_matter(at, path, content_type):
    headers = {"Content-Type": content_type} if content_type else {}

    assert at(path, {"name": "Backups"}, headers=headers).status in (200, 201)
    assert at(path, b"", headers=headers).status in (200, 201, 409)


def test_of_a_member_that_comes_twice_the_last_counts(at):
    assert at("checks/", b'{"name": "one", "name": "two"}').json["name"] == "two"


def test_text_may_hold_any_character(at, show):
    text = 'quotes " \\ \x01 \u2028 \U0001f514 <script>'

    check = at("checks/", {"name": text, "desc": text, "tags": text})

    assert [show(check.json["uuid"])[name] for name in ("name", "desc", "tags")] == [text] * 3


def test_a_body_of_ten_megabytes_is_read_and_refused(at, unchanged):
    with unchanged():
        answer = at("checks/", {"desc": "d" * 10_000_000})

    assert answer.error == "json validation error: desc is too long"


def test_unknown_members_may_be_large(at):
    assert at("checks/", {"padding": ["x" * 1000] * 4000}).status == 201


def test_an_error_that_repeats_a_huge_identifier_is_still_told(at):
    answer = at("checks/", {"channels": "é" * 1_500_000})

    assert answer.status in (400, 413)


@pytest.mark.parametrize("body", [b'{"tags": "a"}', b"", b"no json"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_of_a_get_or_delete_is_ignored(call, create, method, body):
    check = create()["uuid"]
    headers = {"Content-Type": "application/json"}

    assert call(method, f"/api/v3/checks/{check}", body, headers=headers).status == 200


def test_numbers_of_thousands_of_digits_are_too_large(at):
    body = json.dumps({"timeout": 60}).replace("60", "6" * 5000).encode()

    assert at("checks/", body).error == "json validation error: timeout is too large"
    assert (
        at("checks/", body.replace(b": ", b": -")).error
        == "json validation error: timeout is too small"
    )
