"""The words of an alert."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nightbell.alerts import wording
from nightbell.alerts.alert import LastPing
from nightbell.domain.check import Reason, Signal, Status
from tests.alerts.conftest import DOWN, DOWN_AT, UP


def test_a_title_is_one_line_whatever_the_name(make_alert):
    alert = make_alert(name="Backup\r\nBcc: eve@example.org\x00\u202e\u2028 of\tdb1")

    title = wording.title(alert)

    assert title == "Backup Bcc: eve@example.org of db1 is DOWN"


def test_a_name_of_nothing_that_can_be_seen_is_no_name(make_alert):
    title = wording.title(make_alert(name="\x07\u200b"))

    assert title == "unnamed is DOWN"


def test_no_fact_is_empty(make_alert):
    facts = wording.facts(make_alert(desc="\x00 \n"))

    assert "Description" not in [fact.label for fact in facts]
    assert all(fact.text for fact in facts)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\x1b[1;31mfailed\x1b[0m\r\nsee log\r", "failed\nsee log"),
        (b"50%\r100%\x07\x1b", "50%\n100%"),
        (b"\xff a\tb", "\ufffd a\tb"),
        (b"\x00\x01", ""),
    ],
)
def test_what_a_job_prints_controls_no_terminal(make_alert, body, told):
    alert = make_alert()
    last_ping = replace(alert.last_ping, body=body)

    tail = wording.body_tail(replace(alert, last_ping=last_ping))

    assert tail == told


def test_the_end_of_a_long_body_is_told(make_alert):
    alert = make_alert()
    last_ping = replace(alert.last_ping, body=b"x" * 5000 + b"the error")

    tail = wording.body_tail(replace(alert, last_ping=last_ping), 20)

    assert tail == "…" + "x" * 10 + "the error"


@pytest.mark.parametrize(
    ("subject", "text", "told"),
    [
        ("[Failed]\x1b backup", b"disk full\n", "[Failed] backup\n\ndisk full"),
        ("", b"disk full\n", "disk full"),
        ("[Failed] backup", b"", "[Failed] backup"),
        ("s" * 50, b"t" * 60, "s" * 19 + "…\n\n…" + "t" * 17),
        ("", b"", ""),
    ],
)
def test_of_a_mail_the_subject_and_the_end_of_its_text_are_told(make_alert, subject, text, told):
    alert = make_alert()
    last_ping = replace(alert.last_ping, body=b"raw", subject=subject, text=text)

    assert wording.body_tail(replace(alert, last_ping=last_ping), 40) == told


@pytest.mark.parametrize("limit", [0, 1, 100, 400, 600, 1000, 3000])
def test_a_text_is_cut_at_the_limit(make_alert, limit):
    alert = make_alert(desc="d" * 2000)
    last_ping = replace(alert.last_ping, body=b"x" * 5000 + b"the error")

    text = wording.plain_text(replace(alert, last_ping=last_ping), limit)

    assert len(text) <= limit


def test_a_description_goes_before_what_the_last_ping_said(make_alert):
    alert = make_alert(desc="d" * 2000)
    last_ping = replace(alert.last_ping, body=b"x" * 5000 + b"the error")

    text = wording.plain_text(replace(alert, last_ping=last_ping), 1000)

    assert wording.summary(alert) in text
    assert text.count("d") < 100
    assert text.endswith(f"xthe error\n\n{alert.url}")


def test_a_text_with_room_is_whole(make_alert):
    alert = make_alert()

    text = wording.plain_text(alert, len(wording.plain_text(alert)))

    assert text == wording.plain_text(alert)


@pytest.mark.parametrize(
    ("alert", "changes", "told"),
    [
        (
            DOWN,
            {},
            "The ping expected at 2024-01-15 03:00:00 UTC did not come within 10 minutes.",
        ),
        (DOWN, {"expected": None}, "No ping came in time."),
        (
            DOWN,
            {"expected": None, "run_started": DOWN_AT - timedelta(hours=1)},
            "The job started at 2024-01-15 02:10:00 UTC and did not finish in time.",
        ),
        (
            DOWN,
            {"reason": Reason.FAIL, "expected": None},
            "The job reported a failure at 2024-01-15 03:10:00 UTC.",
        ),
        (
            DOWN,
            {"reason": Reason.NAG, "sent": DOWN_AT + timedelta(hours=4)},
            "Down for 4 hours, since 2024-01-15 03:10:00 UTC.",
        ),
        (
            UP,
            {},
            "Up again after 2 hours 5 minutes: a success signal came at 2024-01-15 03:10:00 UTC.",
        ),
        (UP, {"down_for": None}, "A success signal came at 2024-01-15 03:10:00 UTC."),
    ],
)
def test_says_what_happened(make_alert, alert, changes, told):
    summary = wording.summary(make_alert(alert, **changes))

    assert summary == told


@pytest.mark.parametrize(
    ("kind", "exitstatus", "told"),
    [
        (Signal.FAIL, 3, "a failure (exit status 3) at"),
        (Signal.FAIL, None, "a failure at"),
        (Signal.SUCCESS, 0, "a failure at"),
        (Signal.LOG, 3, "a failure at"),
    ],
)
def test_only_a_ping_that_failed_tells_its_exit_status(make_alert, kind, exitstatus, told):
    ping = LastPing(created=DOWN_AT, kind=kind, exitstatus=exitstatus)

    summary = wording.summary(make_alert(reason=Reason.FAIL, last_ping=ping))

    assert told in summary


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Backup is DOWN"),
        ({"reason": Reason.NAG}, "Backup is still DOWN"),
        ({"status": Status.UP, "reason": Reason.SUCCESS}, "Backup is UP"),
        ({"is_test": True}, "[test] Backup is DOWN"),
    ],
)
def test_a_title_says_which_check_and_what(make_alert, changes, title):
    assert wording.title(make_alert(**changes)) == title


def test_tells_what_a_woken_person_needs(make_alert):
    facts = wording.facts(make_alert())

    assert facts == [
        ("Project", "Web shop"),
        ("Down since", "2024-01-15 03:10:00 UTC"),
        ("Expected", "2024-01-15 03:00:00 UTC"),
        ("Last ping", "success, 2024-01-15 02:00:00 UTC, 1 hour 10 minutes ago"),
        ("Schedule", "every 1 hour"),
        ("Tags", "nightly db"),
        ("Description", "Runs on db1"),
    ]


def test_tells_of_a_check_that_is_up_how_long_it_was_down(make_alert):
    facts = dict(wording.facts(make_alert(UP)))

    assert facts["Up since"] == "2024-01-15 03:10:00 UTC"
    assert facts["Was down for"] == "2 hours 5 minutes"
    assert "Down since" not in facts


def test_tells_when_the_run_started_that_has_no_end(make_alert):
    facts = dict(wording.facts(make_alert(run_started=DOWN_AT)))

    assert facts["Run started"] == "2024-01-15 03:10:00 UTC"


@pytest.mark.parametrize(
    ("ping", "told"),
    [
        (None, "never"),
        (
            LastPing(created=DOWN_AT, kind=Signal.FAIL, exitstatus=3),
            "fail, exit status 3, 2024-01-15 03:10:00 UTC, 1 second ago",
        ),
        (
            LastPing(created=DOWN_AT, kind=Signal.IGNORE),
            "ignored, 2024-01-15 03:10:00 UTC, 1 second ago",
        ),
    ],
)
def test_tells_of_the_last_ping(make_alert, ping, told):
    facts = dict(wording.facts(make_alert(last_ping=ping)))

    assert facts["Last ping"] == told


def test_texts_that_users_wrote_are_cut(make_alert):
    alert = make_alert(project="p" * 99, schedule="s" * 99, tags=("t" * 99,), desc="d" * 99)

    facts = dict(wording.facts(alert, 10))

    assert facts["Project"] == "p" * 9 + "…"
    assert facts["Schedule"] == "s" * 9 + "…"
    assert facts["Tags"] == "t" * 9 + "…"
    assert facts["Description"] == "d" * 9 + "…"
    assert facts["Down since"] == "2024-01-15 03:10:00 UTC"


def test_a_line_of_text_names_project_and_tags(make_alert):
    assert wording.short_text(make_alert()).endswith(" Project: Web shop. Tags: nightly db.")
    assert wording.short_text(make_alert(tags=())).endswith(" Project: Web shop.")


@pytest.mark.parametrize(
    ("tz", "told"),
    [
        ("UTC", "2024-01-15 03:10:00 UTC"),
        ("Europe/London", "2024-01-15 03:10:00 UTC"),
        ("Europe/Riga", "2024-01-15 05:10:00 Europe/Riga (03:10:00 UTC)"),
        ("America/New_York", "2024-01-14 22:10:00 America/New_York (2024-01-15 03:10:00 UTC)"),
    ],
)
def test_a_moment_is_told_in_the_zone_of_the_check(tz, told):
    assert wording.moment(DOWN_AT, tz) == told


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(microseconds=-1), "0 seconds"),
        (timedelta(0), "0 seconds"),
        (timedelta(seconds=1.9), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=1, seconds=5), "1 hour"),
        (timedelta(hours=1, minutes=59, seconds=59), "1 hour 59 minutes"),
        (timedelta(days=1, seconds=5), "1 day"),
        (timedelta(days=400, hours=2), "400 days 2 hours"),
    ],
)
def test_a_length_of_time_is_told_in_two_units(length, told):
    assert wording.span(length) == told


def test_gives_up_the_description_before_what_the_job_said(make_alert):
    last_ping = LastPing(created=DOWN_AT, kind=Signal.FAIL, body=b"x" * 900)
    alert = make_alert(desc="d" * 900, last_ping=last_ping)

    def write(facts, tail):
        return facts[-1].text, tail

    roomy, tight, least = (
        wording.fitted(alert, write, limit, lambda told: len(told[0]) + len(told[1]))
        for limit in (1800, 1000, 1)
    )

    assert (len(roomy[0]), len(roomy[1])) == (900, 900)
    assert (len(tight[0]), len(tight[1])) == (50, 900)
    assert (len(least[0]), len(least[1])) == (50, 0)
