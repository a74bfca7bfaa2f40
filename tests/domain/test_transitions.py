"""What happens to a check when it is pinged, paused, resumed or given another configuration."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from nightbell.domain.check import Change, Flip, Kind, Ping, Reason, Signal, Status
from nightbell.domain.errors import NotPaused
from nightbell.domain.nagging import due_moment, next_nag
from nightbell.domain.spec import Spec
from nightbell.domain.status import going_down_after, shown_status
from nightbell.domain.transitions import (
    add_channel,
    apply_spec,
    go_down,
    nag,
    pause,
    receive,
    receive_mail,
    remove_channel,
    resume,
    snooze,
)

NEW, UP, DOWN, PAUSED = Status.NEW, Status.UP, Status.DOWN, Status.PAUSED
SUCCESS, START, FAIL, LOG, IGNORE = (
    *(Signal.SUCCESS, Signal.START, Signal.FAIL),
    *(Signal.LOG, Signal.IGNORE),
)

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

RID = "4b2f7ec6-6a4d-4d27-ae6d-5f3e3d1d8f5a"
OTHER_RID = "0e1c3e5c-9c43-4d3b-8f8a-3c5d9a9f0b1e"


def ping(kind=SUCCESS, at=NOON, **fields):
    return Ping(kind=kind, created=at, **fields)


@pytest.fixture
def make_status(make_check):
    """Return a function that makes a check of a status as it is at noon, a minute's grace."""
    states = {
        NEW: {},
        UP: {"last_ping": NOON - 30 * MINUTE, "due_at": NOON + 31 * MINUTE},
        DOWN: {"last_ping": NOON - 2 * HOUR, "last_flip": NOON - HOUR},
        PAUSED: {"last_ping": NOON - 2 * HOUR, "last_flip": NOON - HOUR},
    }

    def make(status, **changes):
        state = {"status": status, "timeout": HOUR, "grace": MINUTE, "n_pings": 7}
        return make_check(**(state | states[status] | changes))

    return make


# ---- Each signal from each status ----------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, DOWN, PAUSED])
def test_a_success_brings_a_check_up(make_status, status):
    check = make_status(status)

    change = receive(check, ping(SUCCESS))

    assert change.before == check
    assert change.flip == Flip(
        created=NOON, old_status=status, new_status=UP, reason=Reason.SUCCESS
    )
    assert change.after == replace(
        check,
        status=UP,
        n_pings=8,
        last_ping=NOON,
        last_flip=NOON,
        due_at=NOON + HOUR + MINUTE,
    )


def test_a_success_keeps_an_up_check_up_and_its_entry_where_it_is(make_status):
    check = make_status(UP)

    change = receive(check, ping(SUCCESS))

    assert change.flip is None
    assert change.after == replace(check, n_pings=8, last_ping=NOON)


@pytest.mark.parametrize("status", [NEW, UP, PAUSED])
def test_a_fail_brings_a_check_down(make_status, status):
    check = make_status(status)

    change = receive(check, ping(FAIL))

    assert change.flip == Flip(created=NOON, old_status=status, new_status=DOWN, reason=Reason.FAIL)
    assert change.after == replace(
        check, status=DOWN, n_pings=8, last_ping=NOON, last_flip=NOON, due_at=None
    )


def test_a_fail_keeps_a_down_check_down(make_status):
    check = make_status(DOWN)

    change = receive(check, ping(FAIL))

    assert change.flip is None
    assert change.after == replace(check, n_pings=8, last_ping=NOON)


@pytest.mark.parametrize("rid", [None, RID])
@pytest.mark.parametrize("status", [NEW, UP, PAUSED])
def test_a_start_starts_the_clock_of_a_run(make_status, status, rid):
    check = make_status(status)

    change = receive(check, ping(START, rid=rid))

    assert change.flip is None
    assert change.after == replace(
        check, n_pings=8, last_start=NOON, last_start_rid=rid, due_at=NOON + MINUTE
    )
    assert shown_status(change.after, NOON + MINUTE - TICK) is status
    assert shown_status(change.after, NOON + MINUTE) is DOWN


def test_a_start_expects_nothing_of_a_down_check(make_status):
    check = make_status(DOWN)

    change = receive(check, ping(START))

    assert change.flip is None
    assert change.after == replace(check, n_pings=8, last_start=NOON)


def test_a_start_leaves_an_earlier_deadline(make_status):
    check = make_status(UP, due_at=NOON + MINUTE - TICK)

    change = receive(check, ping(START))

    assert change.after.due_at == NOON + MINUTE - TICK


@pytest.mark.parametrize("kind", [LOG, IGNORE])
@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_a_log_is_counted_and_changes_nothing_else(make_status, status, kind):
    check = make_status(status, last_start=NOON - SECOND, last_duration=SECOND)

    change = receive(check, ping(kind))

    assert change.flip is None
    assert change.after == replace(check, n_pings=8)


@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
@pytest.mark.parametrize("kind", [SUCCESS, START, FAIL, LOG])
def test_a_ping_is_logged_with_its_number(make_status, status, kind):
    given = ping(kind, rid=RID, exitstatus=3, scheme="https", remote_addr="192.0.2.1")
    given = replace(given, method="POST", ua="curl", body=b"\xff")

    change = receive(make_status(status), given)

    assert change.ping == replace(given, n=8)
    assert change.after.n_pings == 8


# ---- Ignored pings -------------------------------------------------------------------------


def assert_ignored(change):
    assert change.ping.kind is IGNORE
    assert change.ping.n == 8
    assert change.flip is None
    assert change.after == replace(change.before, n_pings=8)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "post", ""])
@pytest.mark.parametrize("kind", [SUCCESS, START, FAIL, LOG])
def test_a_method_that_is_not_allowed_is_ignored(make_status, kind, method):
    assert_ignored(receive(make_status(UP, methods="POST"), ping(kind, method=method)))


def test_the_allowed_method_counts(make_status):
    change = receive(make_status(UP, methods="POST"), ping(FAIL, method="POST"))

    assert change.ping.kind is FAIL
    assert change.after.status is DOWN


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH"])
def test_every_method_counts_unless_one_is_asked_for(make_status, method):
    change = receive(make_status(NEW), ping(SUCCESS, method=method))

    assert change.after.status is UP


@pytest.mark.parametrize("kind", [SUCCESS, START, FAIL, LOG])
def test_a_check_to_be_resumed_by_hand_stays_paused(make_status, kind):
    assert_ignored(receive(make_status(PAUSED, manual_resume=True), ping(kind)))


@pytest.mark.parametrize("status", [NEW, UP, DOWN])
def test_manual_resume_is_about_paused_checks_only(make_status, status):
    change = receive(make_status(status, manual_resume=True), ping(SUCCESS))

    assert change.after.status is UP
    assert change.ping.kind is SUCCESS


# ---- Keywords in the body ------------------------------------------------------------------


@pytest.mark.parametrize("by_url", [SUCCESS, START, FAIL, LOG])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"DONE", SUCCESS),
        (b"BEGIN", START),
        (b"ERROR", FAIL),
        (b"DONE, but ERROR", FAIL),
        (b"BEGIN, then DONE", SUCCESS),
        (b"nothing of it", IGNORE),
        (b"", IGNORE),
        (b"\xff\xfe\x80 DONE \xc3", SUCCESS),
        (b"\xff\xfe\x80", IGNORE),
        (b"DO\xffNE", IGNORE),
        ("größe DONE".encode("utf-16"), IGNORE),
    ],
)
def test_keywords_in_the_body_override_the_url(make_status, by_url, body, kind):
    keywords = {"start_kw": "BEGIN", "success_kw": "DONE", "failure_kw": "ERROR"}
    check = make_status(UP, filter_http_body=True, **keywords)

    change = receive(check, ping(by_url, body=body))

    assert change.ping.kind is kind
    assert change.ping.body == body
    by_url_alone = receive(replace(check, filter_http_body=False), ping(kind)).after
    assert change.after == replace(by_url_alone, filter_http_body=True)


def test_a_body_without_keywords_may_be_a_failure(make_status):
    check = make_status(UP, filter_http_body=True, success_kw="DONE", filter_default_fail=True)

    assert receive(check, ping(SUCCESS, body=b"nothing")).after.status is DOWN
    assert receive(check, ping(FAIL, body=b"DONE")).after.status is UP


def test_the_body_is_not_looked_at_unless_asked_for(make_status):
    check = make_status(UP, failure_kw="ERROR", filter_subject=True, filter_body=True)
    check = replace(check, filter_default_fail=True)

    change = receive(check, ping(SUCCESS, body=b"ERROR"))

    assert change.ping.kind is SUCCESS


def test_the_method_and_the_pause_come_before_the_body(make_status):
    by_body = {"filter_http_body": True, "success_kw": "DONE", "filter_default_fail": True}
    for_posts = make_status(UP, methods="POST", **by_body)
    paused = make_status(PAUSED, manual_resume=True, **by_body)

    assert_ignored(receive(for_posts, ping(SUCCESS, method="GET", body=b"DONE")))
    assert_ignored(receive(for_posts, ping(SUCCESS, method="GET", body=b"nothing")))
    assert_ignored(receive(paused, ping(SUCCESS, body=b"DONE")))


# ---- Pings by mail -------------------------------------------------------------------------


def mailed(check, subject="", body=""):
    return receive_mail(check, ping(FAIL, scheme="email"), lambda: subject, lambda: body)


def never_asked():
    raise AssertionError("was asked for")


def test_a_mail_is_a_success_unless_keywords_are_to_be_looked_for(make_status):
    check = make_status(DOWN, failure_kw="ERROR", filter_default_fail=True)

    change = receive_mail(check, ping(LOG, scheme="email"), never_asked, never_asked)

    assert change.ping == ping(SUCCESS, scheme="email", n=8)
    assert change.after.status is UP
    assert change.flip.reason is Reason.SUCCESS


@pytest.mark.parametrize(
    ("subject", "body", "by_subject", "by_body", "by_both"),
    [
        ("DONE", "", SUCCESS, IGNORE, SUCCESS),
        ("", "BEGIN", IGNORE, START, START),
        ("DONE", "ERROR", SUCCESS, FAIL, FAIL),
        ("BEGIN", "DONE", START, SUCCESS, SUCCESS),
        ("ERROR", "DONE", FAIL, SUCCESS, FAIL),
        ("DO", "NE", IGNORE, IGNORE, IGNORE),
    ],
)
def test_keywords_are_looked_for_where_the_check_says(
    make_status, subject, body, by_subject, by_body, by_both
):
    check = make_status(UP, start_kw="BEGIN", success_kw="DONE", failure_kw="ERROR")

    def counts_as(**filters):
        return mailed(replace(check, **filters), subject, body).ping.kind

    assert counts_as(filter_subject=True) is by_subject
    assert counts_as(filter_body=True) is by_body
    assert counts_as(filter_subject=True, filter_body=True) is by_both


@pytest.mark.parametrize(("default_fail", "kind"), [(False, IGNORE), (True, FAIL)])
def test_a_mail_without_keywords_is_ignored_or_a_failure(make_status, default_fail, kind):
    check = make_status(UP, filter_subject=True, filter_default_fail=default_fail)

    assert mailed(check, "nothing of it").ping.kind is kind


def test_only_what_keywords_are_looked_for_in_is_asked_for(make_status):
    keywords = {"success_kw": "DONE", "filter_default_fail": True}
    by_subject = make_status(DOWN, filter_subject=True, **keywords)
    by_body = make_status(DOWN, filter_body=True, **keywords)

    assert receive_mail(by_subject, ping(), lambda: "DONE", never_asked).after.status is UP
    assert receive_mail(by_body, ping(), never_asked, lambda: "DONE").after.status is UP


def test_what_concerns_http_concerns_no_mail(make_status):
    check = make_status(DOWN, methods="POST", filter_http_body=True, filter_default_fail=True)

    assert mailed(check, body="nothing of it").after.status is UP


def test_a_mail_does_not_resume_a_check_to_be_resumed_by_hand(make_status):
    check = make_status(PAUSED, manual_resume=True, success_kw="DONE", filter_subject=True)

    assert_ignored(receive_mail(check, ping(), never_asked, never_asked))
    assert mailed(replace(check, manual_resume=False), "DONE").after.status is UP


@pytest.mark.parametrize("text", ["BEGIN", "DONE", "ERROR"])
@pytest.mark.parametrize("later", ["last_ping", "last_start"])
def test_a_mail_that_was_overtaken_is_only_logged(make_status, text, later):
    keywords = {"start_kw": "BEGIN", "success_kw": "DONE", "failure_kw": "ERROR"}
    kind = {"BEGIN": START, "DONE": SUCCESS, "ERROR": FAIL}[text]
    for status in (UP, DOWN):
        check = make_status(status, filter_subject=True, **keywords, **{later: NOON + TICK})

        change = mailed(check, text)

        assert change.ping.kind is kind
        assert change.after == replace(check, n_pings=8)
        assert change.flip is None


@pytest.mark.parametrize("text", ["BEGIN", "DONE", "ERROR"])
@pytest.mark.parametrize("status", [PAUSED, NEW])
def test_a_mail_from_before_a_pause_or_resumption_is_only_logged(make_status, text, status):
    keywords = {"start_kw": "BEGIN", "success_kw": "DONE", "failure_kw": "ERROR"}
    check = make_status(status, filter_subject=True, **keywords, last_flip=NOON + TICK)

    change = mailed(check, text)

    assert change.after == replace(check, n_pings=8)
    assert change.flip is None


def test_a_mail_from_before_a_missed_deadline_brings_the_check_up(make_status):
    check = make_status(DOWN, success_kw="DONE", filter_subject=True, last_flip=NOON + TICK)

    change = mailed(check, "DONE")

    assert (change.after.status, change.after.last_ping) == (UP, NOON)
    assert change.flip.created > check.last_flip


def test_a_mail_of_the_moment_of_the_latest_ping_counts(make_status):
    check = make_status(UP, failure_kw="ERROR", filter_body=True, last_ping=NOON, last_start=NOON)

    assert mailed(check, body="ERROR").after.status is DOWN


def test_a_mail_that_says_start_starts_the_clock_of_a_run(make_status):
    check = make_status(PAUSED, start_kw="BEGIN", filter_body=True)

    change = mailed(check, body="BEGIN")

    assert change.after == replace(check, n_pings=8, last_start=NOON, due_at=NOON + check.grace)


# ---- Runs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rid", [None, RID])
@pytest.mark.parametrize("kind", [SUCCESS, FAIL])
@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_an_end_with_the_run_id_of_the_start_measures_the_run(make_status, status, kind, rid):
    check = make_status(status, last_start=NOON - 5 * SECOND, last_start_rid=rid)

    after = receive(check, ping(kind, rid=rid)).after

    assert after.last_duration == 5 * SECOND
    assert after.last_start is None
    assert after.last_start_rid is None


@pytest.mark.parametrize(
    ("kind", "started_with", "ended_with"),
    [(SUCCESS, RID, None), (FAIL, RID, None), (FAIL, None, RID), (FAIL, RID, OTHER_RID)],
)
def test_a_fail_and_a_success_without_run_id_end_another_run_unmeasured(
    make_status, kind, started_with, ended_with
):
    check = make_status(
        UP, last_start=NOON - SECOND, last_start_rid=started_with, last_duration=SECOND
    )

    after = receive(check, ping(kind, rid=ended_with)).after

    assert after.last_duration is None
    assert after.last_start is None
    assert after.last_start_rid is None


@pytest.mark.parametrize("started_with", [None, RID])
def test_a_success_with_another_run_id_leaves_the_run_going(make_status, started_with):
    check = make_status(
        UP, last_start=NOON - SECOND, last_start_rid=started_with, last_duration=SECOND
    )

    after = receive(check, ping(SUCCESS, rid=OTHER_RID)).after

    assert after.last_start == NOON - SECOND
    assert after.last_start_rid == started_with
    assert after.last_duration is None
    assert after.last_ping == NOON


def test_a_new_check_that_comes_up_in_a_run_is_due_when_the_run_is(make_status):
    check = make_status(NEW, last_start=NOON - SECOND, last_start_rid=RID)

    after = receive(check, ping(SUCCESS, rid=OTHER_RID)).after

    assert after.status is UP
    assert after.due_at == NOON - SECOND + MINUTE


def test_a_new_check_that_comes_up_at_the_end_of_a_run_keeps_its_early_entry(make_status):
    check = make_status(NEW, last_start=NOON - SECOND, due_at=NOON - SECOND + MINUTE)

    after = receive(check, ping(SUCCESS)).after

    assert after.status is UP
    assert after.due_at == NOON - SECOND + MINUTE


@pytest.mark.parametrize("kind", [SUCCESS, FAIL])
def test_the_duration_goes_away_with_the_next_unmeasured_end(make_status, kind):
    check = make_status(UP, last_duration=SECOND)

    assert receive(check, ping(kind)).after.last_duration is None


@pytest.mark.parametrize("kind", [START, LOG])
def test_the_duration_stays_until_then(make_status, kind):
    check = make_status(UP, last_duration=SECOND)

    assert receive(check, ping(kind)).after.last_duration == SECOND


def test_a_second_start_begins_the_run_anew(make_status):
    check = make_status(NEW)

    first = receive(check, ping(START, rid=RID)).after
    second = receive(first, ping(START, NOON + SECOND, rid=OTHER_RID)).after

    assert second.last_start == NOON + SECOND
    assert second.last_start_rid == OTHER_RID
    assert going_down_after(second) == NOON + SECOND + MINUTE
    assert second.due_at == NOON + MINUTE


# ---- Out of order --------------------------------------------------------------------------


def test_of_two_pings_the_one_that_came_last_counts(make_status):
    check = make_status(UP, last_ping=NOON, last_duration=SECOND)

    change = receive(check, ping(SUCCESS, NOON - TICK))

    assert change.after == replace(check, n_pings=8)
    assert change.ping.created == NOON - TICK


@pytest.mark.parametrize(
    ("at", "duration"), [(NOON - TICK, timedelta()), (NOON, timedelta()), (NOON + TICK, TICK)]
)
def test_a_run_takes_no_less_than_no_time(make_status, at, duration):
    check = make_status(UP, last_start=NOON)

    after = receive(check, ping(SUCCESS, at)).after

    assert after.last_duration == duration
    assert after.last_start is None


@pytest.mark.parametrize(
    ("at", "flipped"), [(NOON - TICK, NOON + TICK), (NOON, NOON + TICK), (NOON + TICK, NOON + TICK)]
)
def test_a_flip_comes_after_the_flip_before(make_status, at, flipped):
    check = make_status(DOWN, last_ping=NOON, last_flip=NOON)

    change = receive(check, ping(SUCCESS, at))

    assert change.flip.created == flipped
    assert change.after.last_flip == flipped
    assert change.after.last_ping == max(at, NOON)


# ---- Pause and resume ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, UP, DOWN])
def test_pausing_stops_expecting_pings(make_status, status):
    check = make_status(status, last_duration=SECOND)

    change = pause(check, NOON)

    assert change.before == check
    assert change.ping is None
    assert change.flip == Flip(
        created=NOON, old_status=status, new_status=PAUSED, reason=Reason.PAUSE
    )
    assert change.after == replace(check, status=PAUSED, last_flip=NOON, due_at=None)


def test_pausing_a_paused_check_makes_no_flip(make_status):
    check = make_status(PAUSED)

    change = pause(check, NOON)

    assert change.flip is None
    assert change.after == check


@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_pausing_forgets_the_run_and_keeps_the_last_ping(make_status, status):
    check = make_status(
        status, last_ping=NOON, last_start=NOON, last_start_rid=RID, due_at=NOON + MINUTE
    )

    after = pause(check, NOON + SECOND).after

    assert after.last_ping == NOON
    assert after.last_start is None
    assert after.last_start_rid is None
    assert after.due_at is None


def test_resuming_makes_a_paused_check_new(make_status):
    check = make_status(PAUSED, last_start=NOON, last_start_rid=RID, due_at=NOON + MINUTE)

    change = resume(check, NOON + SECOND)

    assert change.ping is None
    assert change.flip == Flip(
        created=NOON + SECOND, old_status=PAUSED, new_status=NEW, reason=Reason.RESUME
    )
    assert change.after == replace(
        check,
        status=NEW,
        last_ping=None,
        last_start=None,
        last_start_rid=None,
        last_flip=NOON + SECOND,
        due_at=None,
    )
    assert change.after.n_pings == 7


@pytest.mark.parametrize("status", [NEW, UP, DOWN])
def test_only_a_paused_check_can_be_resumed(make_status, status):
    with pytest.raises(NotPaused, match=r"^check is not paused$"):
        resume(make_status(status), NOON)


# ---- Deadlines -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, UP, PAUSED])
def test_a_check_goes_down_at_its_deadline(make_status, status):
    check = make_status(status, last_start=NOON - HOUR, last_start_rid=RID)

    change = go_down(check, NOON - MINUTE)

    assert change.before == check
    assert change.flip == Flip(
        created=NOON - MINUTE, old_status=status, new_status=DOWN, reason=Reason.TIMEOUT
    )
    assert change.after == replace(check, status=DOWN, last_flip=NOON - MINUTE, due_at=None)


def test_a_flip_comes_after_the_last_one_though_its_deadline_does_not(make_status):
    change = go_down(make_status(PAUSED, last_flip=NOON), NOON - MINUTE)

    assert change.flip.created == change.after.last_flip == NOON + TICK


def test_a_check_that_is_down_goes_down_no_more(make_status):
    check = make_status(DOWN)

    change = go_down(check, NOON)

    assert change.flip is None
    assert change.after == check


# ---- Configuration -------------------------------------------------------------------------


def applied(check, slug_from_name=False, **spec):
    return apply_spec(check, Spec(**spec), None, NOON, slug_from_name=slug_from_name).after


@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_what_was_not_sent_stays(make_status, status):
    check = make_status(status, name="n", slug="s", tags="t", channels=frozenset({"c"}))

    change = apply_spec(check, Spec(), None, NOON, slug_from_name=True)

    assert change.before == change.after == check
    assert change.ping is None
    assert change.flip is None


def test_takes_every_plain_field(make_check):
    fields = {
        "name": "n",
        "slug": "s",
        "tags": "t",
        "desc": "d",
        "tz": "Europe/Riga",
        "grace": MINUTE,
        "methods": "POST",
        "manual_resume": True,
        "start_kw": "a",
        "success_kw": "b",
        "failure_kw": "c",
        "filter_subject": True,
        "filter_body": True,
        "filter_http_body": True,
        "filter_default_fail": True,
    }

    assert applied(make_check(), **fields) == make_check(**fields)


def test_empty_and_false_are_values_too(make_check):
    check = make_check(name="n", slug="s", tags="t", methods="POST", manual_resume=True)

    after = applied(check, name="", slug="", tags="", methods="", manual_resume=False)

    assert after == make_check()


@pytest.mark.parametrize(
    ("schedule", "kind"), [("0 0 * * *", Kind.CRON), ("*-*~1 12:00", Kind.ONCALENDAR)]
)
def test_a_schedule_makes_a_scheduled_check(make_check, schedule, kind):
    after = applied(make_check(timeout=HOUR), schedule=schedule, tz="Asia/Tokyo")

    assert after == make_check(timeout=HOUR, kind=kind, schedule=schedule, tz="Asia/Tokyo")


def test_a_schedule_beats_a_timeout(make_check):
    after = applied(make_check(timeout=HOUR), schedule="0 0 * * *", timeout=MINUTE)

    assert after == make_check(timeout=HOUR, kind=Kind.CRON, schedule="0 0 * * *")


def test_a_timeout_makes_a_simple_check_that_keeps_its_schedule_and_zone(make_check):
    scheduled = {"schedule": "0 0 * * *", "tz": "Asia/Tokyo"}

    after = applied(make_check(kind=Kind.CRON, **scheduled), timeout=MINUTE)

    assert after == make_check(kind=Kind.SIMPLE, timeout=MINUTE, **scheduled)


@pytest.mark.parametrize("field", [{"tz": "Asia/Tokyo"}, {"grace": HOUR}, {"name": "n"}])
def test_other_fields_change_no_kind(make_check, field):
    assert applied(make_check(kind=Kind.CRON, schedule="0 0 * * *"), **field).kind is Kind.CRON
    assert applied(make_check(), **field).kind is Kind.SIMPLE


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        # subject, subject_fail: the keywords; filter_subject: whether there are any.
        (("", "", False), {"subject": "OK"}, ("OK", "", True)),
        (("", "", False), {"subject_fail": "ERR"}, ("", "ERR", True)),
        (("", "", False), {"subject": "OK", "subject_fail": "ERR"}, ("OK", "ERR", True)),
        (("OK", "ERR", True), {"subject": ""}, ("", "ERR", True)),
        (("OK", "ERR", True), {"subject_fail": ""}, ("OK", "", True)),
        (("OK", "ERR", True), {"subject": "", "subject_fail": ""}, ("", "", False)),
        (("OK", "", True), {"subject": ""}, ("", "", False)),
        (("OK", "", False), {"subject_fail": ""}, ("OK", "", True)),
        (("OK", "ERR", False), {"subject": "YES"}, ("YES", "ERR", True)),
        # The new fields win.
        (("", "", False), {"subject": "OK", "success_kw": "YES"}, ("YES", "", True)),
        (("", "", False), {"subject_fail": "ERR", "failure_kw": "NO"}, ("", "NO", True)),
        (("", "", False), {"subject": "OK", "filter_subject": False}, ("OK", "", False)),
        (("", "", True), {"subject": "", "filter_subject": True}, ("", "", True)),
        # On their own, they touch nothing else.
        (("", "", False), {"success_kw": "OK", "failure_kw": "ERR"}, ("OK", "ERR", False)),
        (("OK", "ERR", True), {"success_kw": "", "failure_kw": ""}, ("", "", True)),
    ],
)
def test_deprecated_subjects_set_the_keywords(make_check, before, sent, after):
    names = ("success_kw", "failure_kw", "filter_subject")
    check = make_check(**dict(zip(names, before, strict=True)))

    changed = applied(check, **sent)

    assert changed == make_check(**dict(zip(names, after, strict=True)))


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        ({"name": "Foo Bär"}, "foo-bar"),
        ({"name": "Old"}, "old-slug"),
        ({"name": ""}, ""),
        ({}, "old-slug"),
        ({"slug": "mine"}, "mine"),
        ({"name": "Foo", "slug": "mine"}, "mine"),
    ],
)
def test_in_v1_and_v2_another_name_makes_the_slug(make_check, sent, slug):
    check = make_check(name="Old", slug="old-slug")

    assert applied(check, slug_from_name=True, **sent).slug == slug


def test_in_v3_a_name_makes_no_slug(make_check):
    check = make_check(name="Old", slug="old-slug")

    assert applied(check, name="Foo").slug == "old-slug"
    assert applied(make_check(), name="Foo").slug == ""


@pytest.mark.parametrize("channels", [frozenset(), frozenset({"b"}), frozenset({"a", "b"})])
def test_channels_are_those_that_were_found(make_check, channels):
    check = make_check(channels=frozenset({"a"}))

    change = apply_spec(check, Spec(channels="x"), channels, NOON, slug_from_name=False)

    assert change.after == make_check(channels=channels)


def test_an_entry_moves_exactly_to_another_deadline(make_status):
    check = make_status(UP)  # last pinged at 11:30, due at 12:31

    assert applied(check, timeout=45 * MINUTE).due_at == NOON + 16 * MINUTE
    assert applied(check, grace=MINUTE - TICK).due_at == NOON + 31 * MINUTE - TICK
    assert applied(check, timeout=5 * HOUR, grace=HOUR).due_at == NOON + 5 * HOUR + 30 * MINUTE
    assert applied(check, schedule="0 13 * * *", tz="Europe/Riga").due_at == NOON + 23 * HOUR + (
        MINUTE
    )


@pytest.mark.parametrize("spec", [{"name": "n"}, {"timeout": HOUR}, {"tz": "UTC"}])
def test_the_entry_stays_while_the_timing_does(make_status, spec):
    check = make_status(UP, due_at=NOON)

    change = apply_spec(check, Spec(**spec), None, NOON, slug_from_name=False)

    assert change.flip is None
    assert change.after.due_at == NOON


def test_a_check_whose_deadline_moves_into_the_past_goes_down_with_it(make_status):
    check = make_status(UP)

    change = apply_spec(check, Spec(timeout=20 * MINUTE), None, NOON, slug_from_name=False)

    assert change.before == check
    assert change.flip == Flip(
        created=NOON - 9 * MINUTE, old_status=UP, new_status=DOWN, reason=Reason.TIMEOUT
    )
    assert change.after == replace(
        check, status=DOWN, timeout=20 * MINUTE, last_flip=NOON - 9 * MINUTE, due_at=None
    )


@pytest.mark.parametrize(("grace", "status"), [(30 * MINUTE + TICK, UP), (30 * MINUTE, DOWN)])
def test_a_deadline_at_this_moment_has_passed(make_status, grace, status):
    check = make_status(UP, timeout=1 * SECOND, last_ping=NOON - 30 * MINUTE - SECOND)

    assert applied(check, grace=grace).status is status


def test_an_edit_leaves_a_deadline_that_it_does_not_move_to_the_scan(make_status):
    check = make_status(UP, last_ping=NOON - 2 * HOUR)

    assert applied(check, name="n", desc="d").status is UP


def test_an_edit_mends_a_schedule_that_cannot_be_evaluated(make_status):
    broken = make_status(UP, kind=Kind.CRON, schedule="never", due_at=NOON + HOUR)

    assert applied(broken, name="n") == replace(broken, name="n")
    assert applied(broken, schedule="0 13 * * *").due_at == NOON + HOUR + MINUTE


def test_another_zone_moves_the_deadline(make_status):
    check = make_status(UP, kind=Kind.CRON, schedule="0 15 * * *", due_at=NOON + 3 * HOUR + MINUTE)

    assert applied(check, tz="Europe/Riga").due_at == NOON + HOUR + MINUTE


def test_a_schedule_that_has_ended_ends_the_deadline(make_status):
    check = make_status(UP)

    assert applied(check, schedule="2024-01-01 11:00").due_at is None


def test_a_success_after_the_last_occurrence_leaves_the_entry_to_be_removed_later(make_status):
    ended = {"kind": Kind.ONCALENDAR, "schedule": "2024-01-01 12:00", "due_at": NOON + MINUTE}
    check = make_status(UP, **ended)

    after = receive(check, ping(SUCCESS, NOON + SECOND)).after

    assert going_down_after(after) is None
    assert after.due_at == NOON + MINUTE


def test_the_deadline_of_a_run_moves_with_the_grace(make_status):
    check = make_status(NEW, last_start=NOON, due_at=NOON + MINUTE)

    assert applied(check, grace=SECOND).due_at == NOON + SECOND
    assert applied(check, grace=HOUR).due_at == NOON + HOUR


@pytest.mark.parametrize("status", [NEW, DOWN, PAUSED])
def test_a_check_that_expects_nothing_gets_no_deadline(make_status, status):
    assert applied(make_status(status), timeout=MINUTE, grace=MINUTE).due_at is None


# ---- Channels ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [NEW, UP, DOWN, PAUSED])
def test_a_channel_can_be_taken_from_a_check(make_status, status):
    check = make_status(status, channels=frozenset({"a", "b"}))

    change = remove_channel(check, "a")

    assert change == Change(before=check, after=replace(check, channels=frozenset({"b"})))


def test_a_channel_can_be_given_to_a_check(make_check):
    check = make_check(channels=frozenset({"b"}))

    change = add_channel(check, "a")

    assert change.after == replace(check, channels=frozenset({"a", "b"}))
    assert add_channel(change.after, "a").after == change.after


def test_a_channel_that_a_check_does_not_name_changes_nothing(make_check):
    check = make_check(channels=frozenset({"b"}))

    assert remove_channel(check, "a").after == check


# ---- What always holds ---------------------------------------------------------------------


def random_change(rng, check, now):
    """Return what one of all the things that can happen to a check does to it."""
    rids = [None, RID, OTHER_RID]
    spec = {
        "grace": rng.choice([None, MINUTE, HOUR]),
        "timeout": rng.choice([None, MINUTE, 3 * HOUR]),
        "schedule": rng.choice([None, None, "*/10 * * * *", "0 3 * * *", "*:7"]),
        "tz": rng.choice([None, "UTC", "Asia/Kolkata", "America/New_York"]),
        "manual_resume": rng.choice([None, True, False]),
        "methods": rng.choice([None, "", "POST"]),
        "filter_http_body": rng.choice([None, False, False, True]),
        "success_kw": rng.choice([None, "OK"]),
        "nag_interval": rng.choice([None, timedelta(), HOUR, 3 * HOUR]),
    }
    reminder = next_nag(check)
    if reminder and reminder <= now:
        return nag(check, now)
    match rng.randrange(12):
        case 0:
            return pause(check, now)
        case 1 | 2 | 3 if check.status is PAUSED:
            return resume(check, now)
        case 1 if check.status is DOWN:
            return snooze(check, rng.choice([None, now + HOUR]))
        case 4:
            return apply_spec(check, Spec(**spec), None, now, slug_from_name=False)
        case _:
            kind = rng.choice([SUCCESS, SUCCESS, START, FAIL, LOG])
            method, body = rng.choice(["GET", "POST"]), rng.choice([b"OK", b"", b"\xff"])
            return receive(check, ping(kind, now, rid=rng.choice(rids), method=method, body=body))


def random_walk(seed, make_check, steps=150):
    """Return the changes of a check, one after the other, at moments mostly in order."""
    rng = random.Random(seed)
    check = make_check(grace=MINUTE, timeout=HOUR, nag_interval=HOUR)
    now, changes = NOON, []
    for _ in range(steps):
        now += timedelta(seconds=rng.choice([0, 0.000001, 1, 59, 60, 3599, 7200, -0.5]))
        changes.append(random_change(rng, check, now))
        check = changes[-1].after
    return changes


def test_random_walks_come_by_every_reason_for_a_flip(make_check):
    changes = [change for seed in range(5) for change in random_walk(seed, make_check)]

    reasons = {change.flip.reason for change in changes if change.flip}
    assert reasons | {Reason.TIMEOUT} == set(Reason)


@pytest.mark.parametrize("seed", range(40))
def test_a_check_is_in_the_due_index_while_something_is_due_and_never_after_it(make_check, seed):
    for change in random_walk(seed, make_check):
        after = change.after
        due = due_moment(after)

        assert (after.due_at is None) == (due is None)
        assert after.due_at is None or after.due_at <= due


@pytest.mark.parametrize("seed", range(20))
def test_each_ping_is_counted_and_nothing_else_is(make_check, seed):
    for change in random_walk(seed, make_check):
        assert change.after.n_pings == change.before.n_pings + (change.ping is not None)
        assert change.ping is None or change.ping.n == change.after.n_pings


@pytest.mark.parametrize("seed", range(20))
def test_there_is_a_flip_if_the_status_changes_and_for_a_reminder(make_check, seed):
    changes = random_walk(seed, make_check)
    flips = [change.flip for change in changes if change.flip]

    assert len({flip.new_status for flip in flips}) == 4
    assert all(earlier.created < later.created for earlier, later in pairwise(flips))
    assert all(earlier.new_status is later.old_status for earlier, later in pairwise(flips))
    for change in changes:
        if change.flip is None:
            assert change.before.status is change.after.status
            continue
        is_reminder = change.flip.reason is Reason.NAG
        assert is_reminder == (change.before.status is change.after.status)
        assert change.flip.old_status is change.before.status
        assert change.flip.new_status is change.after.status
        told = change.after.last_nag if is_reminder else change.after.last_flip
        assert told == change.flip.created


@pytest.mark.parametrize("seed", range(20))
def test_the_last_ping_only_goes_forward_until_a_check_is_resumed(make_check, seed):
    for change in random_walk(seed, make_check):
        before, after = change.before.last_ping, change.after.last_ping
        resumed = change.flip is not None and change.flip.reason is Reason.RESUME

        assert before is None or (resumed and after is None) or after >= before


@pytest.mark.parametrize("seed", range(20))
def test_no_change_touches_what_a_check_is(make_check, seed):
    check = make_check()

    for change in random_walk(seed, make_check):
        after = change.after
        assert (after.check_id, after.project_id) == (check.check_id, check.project_id)
        assert (after.created, after.badge_key) == (check.created, check.badge_key)
        assert after.revision == check.revision  # counted by the store
        assert after.status is not Status.GRACE
        assert after.last_duration is None or after.last_duration >= timedelta()
        assert after.last_start is not None or after.last_start_rid is None
