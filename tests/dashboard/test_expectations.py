"""How a check stands, and what people are told to expect."""

from datetime import UTC, datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from nightbell.dashboard import rendering
from nightbell.dashboard.expectations import Standing, expectation, standing
from nightbell.domain.check import Kind, Status

NOW = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)


def before(**length):
    return NOW - timedelta(**length)


HOURLY = {"timeout": timedelta(hours=1), "grace": timedelta(minutes=30)}
TOLD = {"channels": frozenset({"channel"})}
UP = {"status": Status.UP, "n_pings": 1, **HOURLY}
DOWN = {"status": Status.DOWN, "n_pings": 1, **HOURLY}


def said(check, now=NOW):
    """Return what a reader in UTC sees of the expectation."""
    template = '{% import "macros.html" as ui with context %}{{ ui.expected(phrases) }}'
    found = rendering._environment().from_string(template)
    html = found.render(phrases=expectation(check, now).phrases, now=now, zone="UTC", viewer=None)
    return LexborHTMLParser(html).text()


@pytest.mark.parametrize(
    ("fields", "stands", "words"),
    [
        (HOURLY, "new", "waits for its first ping"),
        ({**HOURLY, "n_pings": 3}, "new", "waits for its next ping"),
        ({"status": Status.PAUSED}, "paused", "paused, resumes with the next ping"),
        (
            {"status": Status.PAUSED, "manual_resume": True},
            "paused",
            "paused, resumes by hand",
        ),
        ({**UP, "last_ping": before(minutes=48)}, "up", "expected in 12 min, down at 12:42"),
        (
            {**UP, **TOLD, "last_ping": before(minutes=48)},
            "up",
            "expected in 12 min, alert at 12:42",
        ),
        (
            {**UP, **TOLD, "last_ping": before(hours=1) + timedelta(microseconds=1)},
            "up",
            "expected now, alert at 12:30",
        ),
        (
            {**UP, **TOLD, "last_ping": before(hours=1)},
            "late",
            "late by 1 s, alert in 30 min",
        ),
        (
            {**UP, **TOLD, "last_ping": before(hours=1, minutes=5)},
            "late",
            "late by 5 min, alert in 25 min",
        ),
        (
            {
                **UP,
                **TOLD,
                "last_ping": before(hours=1, minutes=5),
                "last_start": before(minutes=2),
            },
            "late",
            "late by 5 min, running for 2 min, alert in 25 min",
        ),
        (
            {**UP, **TOLD, "last_ping": before(hours=1, minutes=30)},
            "down",
            "down since 12:00",
        ),
        (
            {**UP, **TOLD, "last_ping": before(minutes=9), "last_start": before(minutes=3)},
            "running",
            "running for 3 min, alert at 12:27",
        ),
        (
            {**HOURLY, "n_pings": 1, "last_start": before(seconds=10)},
            "running",
            "running for 10 s, down at 12:29",
        ),
        (
            {**UP, "last_ping": before(minutes=50), "last_start": before(minutes=30)},
            "down",
            "down since 12:00, run started 30 min ago",
        ),
        ({**DOWN, "last_flip": before(days=3)}, "down", "down since 12 Jan 12:00"),
        (
            {**DOWN, "last_flip": before(hours=1), "last_start": before(minutes=4)},
            "down",
            "down since 11:00, run started 4 min ago",
        ),
        (
            {**DOWN, **TOLD, "last_flip": before(hours=1), "nag_interval": timedelta(hours=3)},
            "down",
            "down since 11:00, reminder at 14:00",
        ),
        (
            {**DOWN, "last_flip": before(hours=1), "nag_interval": timedelta(hours=3)},
            "down",
            "down since 11:00",
        ),
        (
            {
                **UP,
                "kind": Kind.ONCALENDAR,
                "schedule": "2020-01-01",
                "last_ping": before(minutes=5),
            },
            "up",
            "the schedule has ended, no ping is expected",
        ),
    ],
)
def test_a_check_says_how_it_stands_and_what_it_expects(make_check, fields, stands, words):
    check = make_check(**fields)

    assert standing(check, NOW) == stands
    assert said(check) == words


def test_what_is_wrong_comes_first():
    ranks = {stands.rank: stands.value for stands in Standing}

    assert list(ranks) == [0, 1, 2, 3, 4, 5]
    assert list(ranks.values()) == ["down", "late", "running", "up", "new", "paused"]


def test_an_expectation_does_not_change_until_the_standing_does(make_check):
    check = make_check(**UP, last_ping=before(minutes=48))

    assert expectation(check, NOW) == expectation(check, NOW + timedelta(minutes=11))
    assert expectation(check, NOW) != expectation(check, NOW + timedelta(minutes=12))
