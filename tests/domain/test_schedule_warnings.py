"""What is probably not meant about a schedule."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import LoggedPing, Ping, Signal
from nightbell.domain.schedule import kind_of
from nightbell.domain.schedule_warnings import warnings

NOW = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def warn(make_check):
    """Return a function that returns the warnings about a check with a schedule, as one text."""

    def said(expression="", pings=(), *, now=NOW, zones=(), **changes):
        if expression:
            changes |= {"kind": kind_of(expression), "schedule": expression}
        check = make_check(grace=changes.pop("grace", timedelta(minutes=10)), **changes)
        return "\n".join(warnings(check, pings, now, zones))

    return said


def pings_at(moments, *, duration=None, kind=Signal.SUCCESS):
    """Return pings at these moments, newest first as the log has them."""
    return [
        LoggedPing(ping=Ping(created=moment, kind=kind, n=n), has_body=False, duration=duration)
        for n, moment in enumerate(sorted(moments, reverse=True))
    ]


def every(length, count=10, *, first=NOW - timedelta(days=30)):
    """Return moments so far apart."""
    return [first + number * length for number in range(count)]


DAILY = every(timedelta(days=1), first=datetime(2024, 1, 4, 3, 0, 20, tzinfo=UTC))


# ---- What is well ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "*/5 * * * *",
        "*/60 * * * *",
        "*/5 9-17 * * 1-5",
        "0 */6 * * *",
        "0 */24 * * *",
        "15 5 * * *",
        "0 0 1 */3 *",
        "0 0 1 * *",
        "0 0 28 2 *",
        "0 0 28-31 * *",
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 31 1,3,5 *",
        "0 0 * * 1#1",
        "0 0 1 * 0-6",
        "0 0 */1 * *",
        "hourly",
        "daily",
        "monthly",
        "Mon..Fri 03:15",
        "Fri *-*-13 00:00",
        "*-*~1 00:00",
        "*:0/5",
    ],
)
def test_what_is_usual_is_not_warned_of(warn, expression):
    assert warn(expression, pings_at([]), tz="Europe/Riga") == ""


def test_a_usual_simple_check_is_not_warned_of(warn):
    pings = pings_at(every(timedelta(days=1)), duration=timedelta(minutes=10))

    assert warn(pings=pings, grace=timedelta(hours=1)) == ""


# ---- What the expression says --------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "says", "instead"),
    [
        ("* 9 * * *", "every minute from 09:00 to 09:59.", "one ping write “0 9 * * *”"),
        ("* 9 * * 1", "from 09:00 to 09:59 on Mondays.", "one ping write “0 9 * * 1”"),
        ("* 9-17 * * *", "from 09:00 to 17:59.", "one ping an hour write “0 9-17 * * *”"),
        ("* */2 * * *", "every minute of the hours 0, 2,", "an hour write “0 */2 * * *”"),
        ("*/1 9 * * *", "every minute from 09:00 to 09:59.", "one ping write “0 9 * * *”"),
        ("0-59 9 * * *", "every minute from 09:00 to 09:59.", "one ping write “0 9 * * *”"),
        ("* * 1 * *", "every minute on the 1st of the month.", "a day write “0 0 1 * *”"),
        ("* * * * 1", "every minute on Mondays.", "a day write “0 0 * * 1”"),
        ("9:*", "every minute from 09:00 to 09:59.", "For one ping write “9:00”."),
        ("Mon 9..17:*", "to 17:59 on Mondays.", "For one ping an hour write “9..17:00”."),
        ("Mon *:*", "every minute on Mondays.", "For one ping a day write “00:00”."),
    ],
)
def test_every_minute_of_an_hour_or_a_day_is_warned_of(warn, expression, says, instead):
    text = warn(expression)

    assert f"“{expression}” expects a ping every minute" in text
    assert says in text
    assert instead in text


@pytest.mark.parametrize("expression", ["*:*:*", "9:00:*", "Mon 9:*:*"])
def test_every_second_is_warned_of(warn, expression):
    assert f"“{expression}” expects a ping every second." in warn(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        (
            "*/7 * * * *",
            "“*/7” goes on unevenly: minutes are counted anew each hour, so after minute 56",
        ),
        ("0/7 * * * *", "comes minute 0 of the next hour"),
        ("0-59/7 * * * *", "use a period of 7 minutes"),
        ("*/40 * * * *", "after minute 40 comes minute 0"),
        ("0 */5 * * *", "after hour 20 comes hour 0 of the next day"),
        ("0 0 */2 * *", "after day 31 comes day 1 of the next month"),
        ("0 0 */7 * *", "after day 29 comes day 1"),
        ("0 0 1 */5 *", "after month 11 comes month 1 of the next year. For even distances name"),
        ("*:0/7", "after minute 56 comes minute 0"),
        ("0..23/5:00", "after hour 20 comes hour 0"),
        ("*-*-1/2 00:00", "after day 31 comes day 1"),
        ("daily\n*:00/7", "“00/7” goes on unevenly"),
        ("*/90 * * * *", "“*/90” does not mean every 90 minutes"),
        (
            "0 */48 * * *",
            "a ping is expected once a day. For every 48 hours use a period of 48 hours",
        ),
        ("0 0 */31 * *", "a ping is expected once a month"),
    ],
)
def test_a_step_that_does_not_go_on_evenly_is_warned_of(warn, expression, says):
    assert says in warn(expression)


@pytest.mark.parametrize(
    ("expression", "instead"),
    [
        ("0 0 13 * 5", "there is OnCalendar, such as “Fri *-*-13 00:00”"),
        ("0 0 1-7 * 1", "For the first Monday of the month write “0 0 * * 1#1”"),
        ("0 0 8-14 6 0", "For the second Sunday of the month write “0 0 * 6 0#2”"),
        ("0 0 22-28 * 6", "For the fourth Saturday of the month write “0 0 * * 6#4”"),
        ("0 0 2-8 * 6", "there is OnCalendar"),
        ("0 0 1 * 1-5", "there is OnCalendar"),
    ],
)
def test_a_day_of_the_month_or_a_weekday_is_warned_of(warn, expression, instead):
    text = warn(expression)

    assert "by “or”: a ping is expected on all such days" in text
    assert instead in text


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("0 0 31 * *", "no day 31 in February, April, June, September, November: "),
        ("0 0 31 * *", "For the last day of each month write “L”"),
        ("0 0 15,31 * *", "no day 31 in February"),
        ("0 0 30 * *", "no day 30 in February: "),
        ("0 0 29 * *", "no day 29 in February except in leap years"),
        ("0 0 31 4,5 *", "no day 31 in April: "),
        ("*-*-31 00:00", "write “~01”"),
    ],
)
def test_a_day_that_some_months_do_not_have_is_warned_of(warn, expression, says):
    assert says in warn(expression)


# Clocks in Riga go from 03:00 to 04:00 on 31 March 2024 and 30 March 2025, those on Lord Howe from
# 02:00 to 02:30 on 6 October 2024. Those in Tokyo are left alone.
@pytest.mark.parametrize(
    ("expression", "tz", "says"),
    [
        (
            "30 3 * * *",
            "Europe/Riga",
            "from 03:00 to 04:00 on 31 March 2024: the ping of 03:30 is exp",
        ),
        ("30 3 * * *", "Europe/Riga", "is expected at 04:00 then"),
        ("0 3 * * 0", "Europe/Riga", "the ping of 03:00 is expected"),
        ("59 3 * * *", "Europe/Riga", "the ping of 03:59 is expected"),
        ("03:30", "Europe/Riga", "the ping of 03:30 is left out then"),
        ("03:30 Europe/Riga", "UTC", "Clocks of Europe/Riga"),
        ("12:00\n03:30", "Europe/Riga", "the ping of 03:30 is left out"),
        ("15 2 * * *", "Australia/Lord_Howe", "from 02:00 to 02:30 on 6 October 2024"),
        ("59 2 * * *", "Europe/Riga", ""),
        ("0 4 * * *", "Europe/Riga", ""),
        ("30 3 * * 1", "Europe/Riga", ""),
        ("30 * * * *", "Europe/Riga", ""),
        ("*/5 3 * * *", "Europe/Riga", ""),
        ("30 2 * * *", "Australia/Lord_Howe", ""),
        ("30 3 * * *", "Asia/Tokyo", ""),
        ("30 3 * * *", "UTC", ""),
    ],
)
def test_a_time_that_clocks_skip_is_warned_of(warn, expression, tz, says):
    text = warn(expression, tz=tz)

    assert says in text
    assert bool(text) == bool(says)


def test_the_next_change_of_clocks_counts(warn):
    after = datetime(2024, 3, 31, 1, 0, tzinfo=UTC)

    assert "30 March 2025" in warn("30 3 * * *", tz="Europe/Riga", now=after)
    assert "31 March 2024" in warn("30 3 * * *", tz="Europe/Riga", now=after - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("2023-*-* 00:00", "no time to come any more"),
        ("2030-06-01 00:00", "No ping is expected before 1 June 2030"),
        ("Mon *-02-29 00:00", "No ping is expected before 29 February 2044"),
        ("2024-06-01 00:00", ""),
    ],
)
def test_a_schedule_that_never_comes_or_not_for_long_is_warned_of(warn, expression, says):
    assert says in warn(expression)


# ---- The pings seen ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "zones", "says"),
    [
        ("UTC", ["Europe/Riga"], ""),
        ("Europe/London", [], ""),
        (
            "Europe/Riga",
            [],
            "the latest at 05:00 of Europe/Riga. They would be on time in the zone UTC",
        ),
        ("Europe/Riga", ["Europe/London"], "on time in the zone Europe/London"),
        ("America/New_York", ["Europe/Riga"], "on time in the zone UTC"),
    ],
)
def test_a_zone_that_does_not_fit_the_pings_is_warned_of(warn, tz, zones, says):
    text = warn("0 3 * * *", pings_at(DAILY), tz=tz, zones=zones)

    assert says in text
    assert bool(text) == bool(says)


def test_pings_that_fit_no_zone_in_question_are_warned_of_by_how_far_they_are_off(warn):
    early = [moment - timedelta(hours=4) for moment in DAILY]
    late = [moment + timedelta(hours=4) for moment in DAILY]

    assert "The pings come 4 h early for this schedule" in warn("0 3 * * *", pings_at(early))
    assert "The pings come 4 h late for this schedule" in warn("0 3 * * *", pings_at(late))
    assert "let it send a start signal" in warn("0 3 * * *", pings_at(late))


def test_a_long_run_is_no_wrong_zone(warn):
    length = timedelta(hours=2)
    ends = [moment + length for moment in DAILY]

    with_starts = warn("0 3 * * *", pings_at(ends, duration=length), grace=timedelta(hours=3))
    of_odd_length = warn("0 3 * * *", pings_at([end - timedelta(minutes=20) for end in ends]))

    assert (with_starts, of_odd_length) == ("", "")


@pytest.mark.parametrize("count", [1, 3])
def test_few_pings_tell_nothing(warn, count):
    assert warn("0 3 * * *", pings_at(DAILY[:count]), tz="Asia/Tokyo") == ""
    assert warn(pings=pings_at(every(timedelta(minutes=5), count))) == ""


def test_only_pings_that_end_a_run_tell_a_rhythm(warn):
    logs = pings_at(every(timedelta(minutes=5)), kind=Signal.LOG)

    assert warn(pings=logs) == ""


@pytest.mark.parametrize(
    ("timeout", "apart", "says"),
    [
        (timedelta(days=1), timedelta(minutes=5), "5 min apart, but one is expected every day"),
        (timedelta(days=1), timedelta(hours=8), "it would be noticed late"),
        (timedelta(days=1), timedelta(hours=8, seconds=40), ""),
        (timedelta(days=1), timedelta(days=1), ""),
        (timedelta(hours=1), timedelta(hours=2), ""),
        (timedelta(hours=1), timedelta(hours=3), "go down between the pings. Was more time meant?"),
        (timedelta(hours=1), timedelta(days=1), "1 d apart, but one is expected every hour"),
    ],
)
def test_a_period_far_from_the_rhythm_of_the_pings_is_warned_of(warn, timeout, apart, says):
    text = warn(pings=pings_at(every(apart)), timeout=timeout)

    assert says in text
    assert bool(text) == bool(says)


def test_one_long_silence_is_no_rhythm(warn):
    moments = [*every(timedelta(hours=1)), NOW]

    assert warn(pings=pings_at(moments), timeout=timedelta(hours=1)) == ""


def test_of_uneven_distances_one_that_there_is_counts(warn):
    rare = pings_at(every(timedelta(days=3)))

    assert "one is expected every 8 hours" in warn("4,12:00", rare, grace=timedelta(minutes=1))


def test_a_schedule_far_from_the_rhythm_of_the_pings_is_warned_of(warn):
    hourly = every(timedelta(hours=1), 20)

    assert "1 h apart, but one is expected every day" in warn("0 3 * * *", pings_at(hourly))
    assert "expected every 5 minutes" in warn("*/5 * * * *", pings_at(hourly))
    assert warn("0 * * * *", pings_at(hourly)) == ""


# ---- Grace ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "grace", "missed"),
    [
        (timedelta(minutes=5), timedelta(hours=1), 13),
        (timedelta(hours=1), timedelta(hours=1, seconds=1), 2),
        (timedelta(hours=1), timedelta(hours=1), 0),
        (timedelta(minutes=1), timedelta(minutes=15), 0),
        (timedelta(minutes=1), timedelta(minutes=16), 17),
    ],
)
def test_a_grace_longer_than_the_period_is_warned_of(warn, period, grace, missed):
    text = warn(timeout=period, grace=grace)

    assert (f"only when {missed} pings have not come" in text) == bool(missed)
    assert bool(text) == bool(missed)


def test_a_grace_longer_than_the_time_between_two_times_of_a_schedule_is_warned_of(warn):
    assert "longer than the time between pings, 1 h" in warn("0 * * * *", grace=timedelta(hours=2))
    assert warn("0 * * * *", grace=timedelta(hours=1)) == ""


@pytest.mark.parametrize(
    ("seconds", "says"), [(600, ""), (601, "A run usually takes 10 min 1 s"), (7200, "takes 2 h")]
)
def test_a_grace_shorter_than_a_run_is_warned_of(warn, seconds, says):
    pings = pings_at(every(timedelta(days=1)), duration=timedelta(seconds=seconds))

    text = warn(pings=pings, grace=timedelta(minutes=10))

    assert says in text
    assert bool(text) == bool(says)


def test_a_warning_is_said_once(warn):
    assert warn("*:0/7\nMon *:0/7").count("goes on unevenly") == 1
