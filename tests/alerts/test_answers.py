"""What is read from the JSON of an answer."""

import json
from datetime import timedelta

import pytest

from nightbell.alerts.http import Answer

DOCUMENT = {"error": {"code": 404, "message": "gone"}, "ok": False}


@pytest.mark.parametrize(
    ("names", "found", "text"),
    [
        (("error", "message"), "gone", "gone"),
        (("error", "code"), 404, ""),
        (("ok",), False, ""),
        (("error", "message", "more"), None, ""),
        (("other",), None, ""),
        ((), DOCUMENT, ""),
    ],
)
def test_finds_members_of_members(names, found, text):
    answer = Answer(404, json.dumps(DOCUMENT).encode())

    assert answer.member(*names) == found
    assert answer.text(*names) == text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"<html>", b"\xff", b'{"a"', b"[" * 16_000, b"1" * 16_000]
)
def test_finds_nothing_in_what_is_no_object(body):
    answer = Answer(500, body)

    assert answer.member("error") is None
    assert answer.text("error") == ""


@pytest.mark.parametrize(
    ("seconds", "pause"),
    [
        (b"2", timedelta(seconds=2)),
        (b"0", timedelta(0)),
        (b"0.25", timedelta(seconds=0.25)),
        (b"3601", timedelta(hours=1)),
        (b"1e999", timedelta(hours=1)),
        (b"1" + b"0" * 400, timedelta(hours=1)),
        (b"-1", None),
        (b"NaN", None),
        (b'"2"', None),
        (b"null", None),
    ],
)
def test_takes_the_pause_that_the_json_tells(seconds, pause):
    answer = Answer(429, b'{"retry_after": ' + seconds + b"}")

    assert answer.with_pause(answer.member("retry_after")).retry_after == pause


def test_a_header_that_tells_the_pause_comes_first():
    answer = Answer(429, b"{}", retry_after=timedelta(seconds=7))

    assert answer.with_pause(3).retry_after == timedelta(seconds=7)
