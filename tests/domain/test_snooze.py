"""For how long reminders are to be put off."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.errors import InvalidSpec
from nightbell.domain.snooze import parse

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [1, 3600, 31_536_000])
def test_reminders_are_put_off_for_so_many_seconds(seconds):
    assert parse({"seconds": seconds}, NOON) == NOON + timedelta(seconds=seconds)


def test_no_seconds_end_it():
    assert parse({"seconds": 0}, NOON) is None


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "is missing"),
        ({"second": 1}, "is missing"),
        ({"seconds": None}, "is not a number"),
        ({"seconds": True}, "is not a number"),
        ({"seconds": "60"}, "is not a number"),
        ({"seconds": 60.0}, "is not a number"),
        ({"seconds": -1}, "is too small"),
        ({"seconds": 31_536_001}, "is too large"),
        ({"seconds": 10**400}, "is too large"),
    ],
)
def test_refuses_what_is_no_length(document, problem):
    with pytest.raises(InvalidSpec, match=f"^json validation error: seconds {problem}$"):
        parse(document, NOON)
