"""Schedules in words, and the next times of pings."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import Kind
from nightbell.domain.schedule import kind_of
from nightbell.domain.schedule_words import describe, next_times, period

NOW = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def scheduled(make_check):
    """Return a function that makes a check with a cron or OnCalendar schedule."""

    def make(expression, **changes):
        return make_check(kind=kind_of(expression), schedule=expression, **changes)

    return make


# ---- Words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "second"),
        (60, "minute"),
        (90, "1 min 30 s"),
        (300, "5 minutes"),
        (3600, "hour"),
        (5400, "1 h 30 min"),
        (86_400, "day"),
        (108_000, "1 d 6 h"),
        (7 * 86_400, "7 days"),
        (365 * 86_400, "365 days"),
        (90_061, "1 d 1 h 1 min 1 s"),
    ],
)
def test_a_period_is_said_in_full(make_check, seconds, words):
    length = timedelta(seconds=seconds)

    assert period(length) == words
    assert describe(make_check(timeout=length)) == f"every {words}"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        # Times.
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0/5 * * * *", "every 5 minutes"),
        ("0,30 * * * *", "at minutes 0 and 30 of every hour"),
        ("*/7 * * * *", "every 7 minutes from minute 0 to 56 of every hour"),
        ("*/40 * * * *", "at minutes 0 and 40 of every hour"),
        ("5-59/15 * * * *", "at minutes 5, 20, 35 and 50 of every hour"),
        ("0 * * * *", "every hour"),
        ("15 * * * *", "at minute 15 of every hour"),
        ("0 */2 * * *", "every 2 hours from 00:00"),
        ("30 */5 * * *", "at 00:30, 05:30, 10:30, 15:30 and 20:30 every day"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00"),
        ("15 1-23/2 * * *", "every 2 hours from 01:15 to 23:15"),
        ("0 6,7,8,9,10,11,14 * * *", "at minute 0 of the hours 6 to 11 and 14"),
        ("* 9 * * *", "every minute from 09:00 to 09:59"),
        ("*/5 9-17 * * *", "every 5 minutes from 09:00 to 17:55"),
        ("* 9,10 * * *", "every minute from 09:00 to 10:59"),
        ("*/10 0,4,8 * * *", "every 10 minutes of the hours 0, 4 and 8"),
        ("0-10 9 * * *", "every minute from 09:00 to 09:10"),
        ("5,20 8-20 * * *", "at minutes 5 and 20 of the hours 8 to 20"),
        ("0-20/2 8,9 * * *", "every 2 minutes from minute 0 to 20 of the hours 8 and 9"),
        ("3 4 * * *", "at 04:03 every day"),
        ("0 0,6,12,18 * * *", "at 00:00, 06:00, 12:00 and 18:00 every day"),
        # Weekdays.
        ("15 3 * * 1-5", "at 03:15 on weekdays"),
        ("15 3 * * mon-fri", "at 03:15 on weekdays"),
        ("0 0 * * 6,0", "at 00:00 on weekends"),
        ("0 0 * * 6,7", "at 00:00 on weekends"),
        ("0 0 * * 0", "at 00:00 on Sundays"),
        ("0 0 * * 1,3", "at 00:00 on Mondays and Wednesdays"),
        ("0 0 * * 1-4", "at 00:00 on Mondays to Thursdays"),
        ("0 0 * * 0-7", "at 00:00 every day"),
        ("0 0 * * 5L", "at 00:00 on the last Friday of the month"),
        ("0 0 * * 7#5", "at 00:00 on the fifth Sunday of the month"),
        ("0 0 * * 1#2,6", "at 00:00 on Saturdays and the second Monday of the month"),
        ("*/5 9-17 * * 1-5", "every 5 minutes from 09:00 to 17:55 on weekdays"),
        # Days of the month, months.
        ("0 0 1 * *", "at 00:00 on the 1st of the month"),
        ("0 0 2,3,11,22 * *", "at 00:00 on the 2nd, 3rd, 11th and 22nd of the month"),
        ("0 0 1-7 * *", "at 00:00 on the 1st to 7th of the month"),
        (
            "0 0 */2 * *",
            "at 00:00 on every 2nd day from the 1st to the 31st of the month",
        ),
        ("0 0 L * *", "at 00:00 on the last day of the month"),
        ("0 0 LW * *", "at 00:00 on the last weekday of the month"),
        ("0 0 1,L * *", "at 00:00 on the 1st and the last day of the month"),
        ("0 0 24 12 *", "at 00:00 on the 24th of December"),
        ("0 0 1 1,7 *", "at 00:00 on the 1st of January and July"),
        ("0 12 * JUN-AUG *", "at 12:00 every day in June to August"),
        ("* * * 6 *", "every minute in June"),
        # Both: one is enough, unless a star begins one of them.
        ("0 0 13 * 5", "at 00:00 on the 13th of the month and on Fridays"),
        ("0 12 1 6 1", "at 12:00 on the 1st of June and on Mondays in June"),
        ("0 0 1 * 0-6", "at 00:00 every day"),
        (
            "0 0 */10 * 1",
            "at 00:00 on the 1st, 11th, 21st and 31st of the month if that is a Monday",
        ),
        (
            "0 0 */10 6 1-5",
            "at 00:00 on the 1st, 11th, 21st and 31st of June if that is a weekday",
        ),
    ],
)
def test_a_cron_expression_is_said_in_words(scheduled, expression, words):
    assert kind_of(expression) is Kind.CRON
    assert describe(scheduled(expression)) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("minutely", "every minute"),
        ("hourly", "every hour"),
        ("daily", "at 00:00 every day"),
        ("weekly", "at 00:00 on Mondays"),
        ("quarterly", "at 00:00 on the 1st of January, April, July and October"),
        ("03:15", "at 03:15 every day"),
        ("Mon..Fri 03:15", "at 03:15 on weekdays"),
        ("Sat,Sun 9..17:00", "every hour from 09:00 to 17:00 on weekends"),
        ("*:0/5", "every 5 minutes"),
        ("*:*:0/10", "every 10 seconds"),
        ("*:*:15", "at second 15 of every minute"),
        ("*-*-* 03:15:30", "at 03:15:30 every day"),
        ("Mon *-*-1..7 00:00", "at 00:00 on the 1st to 7th of the month if that is a Monday"),
        ("*-*~1 00:00", "at 00:00 on the last day of the month"),
        ("*-*~3 00:00", "at 00:00 on the 3rd last day of the month"),
        ("2026..2030-12-24 18:00", "at 18:00 on the 24th of December in 2026 to 2030"),
        ("12:00 Europe/Riga", "at 12:00 every day (Europe/Riga)"),
        ("12:00\nMon 03:00 UTC", "at 12:00 every day; at 03:00 on Mondays (UTC)"),
    ],
)
def test_an_oncalendar_expression_is_said_in_words(scheduled, expression, words):
    assert kind_of(expression) is Kind.ONCALENDAR
    assert describe(scheduled(expression)) == words


def test_what_cannot_be_said_in_short_stands_as_it_was_written(scheduled):
    assert describe(scheduled("*:0/5:10,20 UTC\ndaily")) == "*:0/5:10,20 (UTC); at 00:00 every day"


# ---- Next times ----------------------------------------------------------------------------


def test_pings_of_a_new_simple_check_are_told_from_now(make_check):
    times = next_times(make_check(timeout=timedelta(hours=6)), NOW, 3)

    assert times == [NOW + timedelta(hours=hours) for hours in (6, 12, 18)]


@pytest.mark.parametrize(
    ("since_last", "first"),
    [(0, 3600), (10, 3590), (3599, 1), (3600, 3600), (3601, 3599), (-5, 3605)],
)
def test_pings_of_a_simple_check_follow_the_last_one(make_check, since_last, first):
    last = NOW - timedelta(seconds=since_last)

    times = next_times(make_check(timeout=timedelta(hours=1), last_ping=last), NOW, 2)

    assert times == [NOW + timedelta(seconds=first + more) for more in (0, 3600)]


# Clocks in Riga go from 03:00 to 04:00 on 31 March 2024, and back from 04:00 on 27 October.
@pytest.mark.parametrize(
    ("expression", "now", "expected"),
    [
        ("0 12 * * *", "2024-01-15T12:00", ["2024-01-16T10:00", "2024-01-17T10:00"]),
        ("0 12 * * *", "2024-03-30T09:00", ["2024-03-30T10:00", "2024-03-31T09:00"]),
        ("0 12 * * *", "2024-10-26T08:59", ["2024-10-26T09:00", "2024-10-27T10:00"]),
        ("*-*-* 12:00", "2024-03-30T09:00", ["2024-03-30T10:00", "2024-03-31T09:00"]),
        ("12:00 UTC", "2024-03-30T09:00", ["2024-03-30T12:00", "2024-03-31T12:00"]),
        ("2024-02-01 12:00", "2024-01-15T12:00", ["2024-02-01T10:00"]),
        ("2023-02-01 12:00", "2024-01-15T12:00", []),
    ],
)
def test_the_next_times_of_a_schedule_are_those_of_its_zone(scheduled, expression, now, expected):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    times = next_times(scheduled(expression, tz="Europe/Riga"), moment, 2)

    assert [f"{time:%Y-%m-%dT%H:%M}" for time in times] == expected
    assert all(time.tzinfo is UTC for time in times)
