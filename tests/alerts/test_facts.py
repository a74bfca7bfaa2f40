"""What is gathered to be told about a flip, and what is masked in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from nightbell.alerts import facts, wording
from nightbell.domain.alerts import Order
from nightbell.domain.check import Flip, Kind, Ping, Reason, Signal, Status
from nightbell.domain.project import Project
from nightbell.store import flips, pings
from nightbell.web import routes

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
HEX = UUID.replace("-", "")
PING_KEY = "aB3-_dE6gH9jK2mN5pQ8sT"

SITE = "https://nightbell.example.org/live"

PROJECT = Project(
    project_id="project",
    name="Web shop",
    created=NOON,
    ping_key=PING_KEY,
    badge_key="badge",
    badge_secret="secret",
    check_limit=20,
    ping_log_limit=100,
)
TIMEOUT = Flip(created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
FAIL = replace(TIMEOUT, reason=Reason.FAIL)
NAG = replace(TIMEOUT, created=NOON + 2 * HOUR, old_status=Status.DOWN, reason=Reason.NAG)
UP = Flip(created=NOON + HOUR, old_status=Status.DOWN, new_status=Status.UP, reason=Reason.SUCCESS)


@pytest.fixture
def down_check(make_check):
    """A check that went down at noon, expected ten minutes before."""
    return make_check(
        check_id=UUID,
        name="Backup",
        status=Status.DOWN,
        timeout=HOUR,
        grace=10 * MINUTE,
        last_ping=NOON - 70 * MINUTE,
        last_flip=NOON,
    )


@pytest.fixture
def gather(tables):
    """Return a function that gathers the facts about a flip of a check, a second after it."""

    def make(check, flip=TIMEOUT, *, site=SITE, project=PROJECT, now=None):
        order = Order(
            project_id="project", check_id=UUID, channel_id="channel", flip=flip, site=site
        )
        return facts.gather(order, check, project, now or flip.created + SECOND)

    return make


@pytest.fixture
def log(tables):
    """Return a function that logs a ping, and returns the check as it is then."""

    def add(check, **fields):
        values = {"created": NOON - 70 * MINUTE, "kind": Signal.SUCCESS, "n": check.n_pings + 1}
        ping = Ping(**(values | fields))
        pings.add(check.check_id, ping)
        return replace(check, n_pings=ping.n)

    return add


@pytest.fixture
def keep(tables):
    """Return a function that stores a flip of a check."""

    def store(check, flip):
        flips.item_of(check, flip).save()

    return store


def test_tells_which_check_it_is(gather, down_check):
    check = replace(down_check, slug="backup", tags="nightly  db", desc="Runs on db1")

    alert = gather(check)

    assert (alert.name, alert.slug, alert.desc) == ("Backup", "backup", "Runs on db1")
    assert alert.tags == ("nightly", "db")
    assert alert.project == "Web shop"
    assert (alert.code, alert.unique_key) == (UUID, check.unique_key)
    assert alert.is_test is False


def test_a_check_without_a_name_is_unnamed(gather, down_check):
    assert gather(replace(down_check, name="")).name == "unnamed"


def test_tells_since_when_and_that_it_is_told_now(gather, down_check):
    alert = gather(down_check, now=NOON + MINUTE)

    assert (alert.status, alert.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert (alert.since, alert.sent) == (NOON, NOON + MINUTE)


def test_the_same_delivery_has_the_same_id_each_time(gather, down_check):
    first, second = gather(down_check), gather(down_check, now=NOON + HOUR)

    assert first.delivery_id == second.delivery_id
    assert first.delivery_id != gather(down_check, NAG).delivery_id


# ---- When it was expected --------------------------------------------------------------------


def test_a_missed_ping_was_expected_before_the_grace_period(gather, down_check):
    alert = gather(down_check)

    assert alert.expected == NOON - 10 * MINUTE
    assert alert.run_started is None


def test_a_missed_ping_was_expected_when_its_schedule_says(gather, down_check):
    check = replace(
        down_check, kind=Kind.CRON, schedule="30 12 * * *", tz="Europe/Riga", timeout=24 * HOUR
    )
    expected = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
    check = replace(check, last_ping=expected - 23 * HOUR)

    alert = gather(check, replace(TIMEOUT, created=expected + check.grace))

    assert alert.expected == expected
    assert alert.tz == "Europe/Riga"


@pytest.mark.parametrize("late", [SECOND, 5 * HOUR])
def test_what_an_outage_of_the_scan_put_off_was_expected_when_it_was(gather, down_check, late):
    alert = gather(down_check, replace(TIMEOUT, created=NOON + late))

    assert alert.expected == NOON - 10 * MINUTE


@pytest.mark.parametrize(
    "later", [{"last_ping": NOON + SECOND}, {"last_ping": None}, {"timeout": 24 * HOUR}]
)
def test_what_happened_since_does_not_change_when_it_was_expected(gather, down_check, later):
    alert = gather(replace(down_check, **later))

    assert alert.expected == NOON - 10 * MINUTE
    assert alert.run_started is None


@pytest.mark.parametrize("last_ping", [None, NOON - HOUR])
def test_of_a_run_that_has_not_ended_the_start_is_told(gather, down_check, last_ping):
    check = replace(down_check, last_start=NOON - 10 * MINUTE, last_ping=last_ping)

    alert = gather(check)

    assert alert.run_started == NOON - 10 * MINUTE
    assert alert.expected is None


def test_a_run_that_started_after_the_ping_was_missed_is_not_the_reason(gather, down_check):
    alert = gather(replace(down_check, last_start=NOON - MINUTE))

    assert alert.expected == NOON - 10 * MINUTE
    assert alert.run_started is None


@pytest.mark.parametrize("flip", [FAIL, NAG, UP])
def test_other_flips_missed_nothing(gather, down_check, flip):
    alert = gather(down_check, flip)

    assert (alert.expected, alert.run_started) == (None, None)


# ---- For how long ----------------------------------------------------------------------------


def test_tells_how_long_a_check_was_down(gather, keep, down_check):
    for flip in (replace(TIMEOUT, created=NOON - 24 * HOUR), TIMEOUT, UP):
        keep(down_check, flip)

    alert = gather(down_check, UP)

    assert alert.down_for == HOUR
    assert alert.since == UP.created


def test_reminders_do_not_shorten_how_long_it_was_down(gather, keep, down_check):
    reminders = [replace(NAG, created=NOON + n * MINUTE) for n in range(1, 31)]
    for flip in (TIMEOUT, *reminders, UP):
        keep(down_check, flip)

    assert gather(down_check, UP).down_for == HOUR


def test_nobody_knows_how_long_where_the_flip_is_not_kept(gather, down_check):
    assert gather(down_check, UP).down_for is None


def test_an_alert_that_is_down_has_not_been_down_for_long(gather, keep, down_check):
    keep(down_check, TIMEOUT)

    assert gather(down_check).down_for is None


def test_a_reminder_tells_since_when_the_check_is_down(gather, keep, down_check):
    for flip in (TIMEOUT, replace(NAG, created=NOON + HOUR), NAG):
        keep(down_check, flip)

    alert = gather(replace(down_check, last_nag=NAG.created), NAG)

    assert alert.since == NOON
    assert alert.reason is Reason.NAG
    assert alert.down_for is None


# ---- The last ping and the schedule ----------------------------------------------------------


def test_tells_the_last_ping_and_what_it_said(gather, log, down_check):
    check = log(log(down_check), kind=Signal.FAIL, exitstatus=3, body=b"disk full")

    last = gather(check).last_ping

    assert (last.kind, last.exitstatus, last.body) == (Signal.FAIL, 3, b"disk full")
    assert last.created == NOON - 70 * MINUTE


def test_tells_a_body_that_is_stored_apart(gather, log, down_check):
    check = log(down_check, body=b"x" * 5000)

    assert gather(check).last_ping.body == b"x" * 5000


def test_tells_no_body_that_the_project_does_not_keep(gather, log, down_check):
    check = log(down_check, body=b"x" * 5000)

    alert = gather(check, project=replace(PROJECT, ping_log_limit=0))

    assert alert.last_ping.body == b""


def test_tells_of_a_mail_what_people_read(gather, log, down_check):
    mail = EmailMessage()
    mail["Subject"] = "[Failed] größer"
    mail.set_content("<h1>Backup</h1><p>größer<script>x</script>", subtype="html", cte="base64")
    check = log(down_check, scheme="email", body=mail.as_bytes())

    last = gather(check).last_ping

    assert (last.subject, last.text.decode()) == ("[Failed] größer", "Backup\ngrößer")
    assert last.body == mail.as_bytes()


def test_what_came_by_http_is_no_mail(gather, log, down_check):
    check = log(down_check, scheme="https", body=b"Subject: x\n\ny")

    last = gather(check).last_ping

    assert (last.subject, last.text) == ("", None)


def test_a_mail_that_cannot_be_read_is_told_as_it_came(gather, log, down_check):
    check = log(down_check, scheme="email", body=b"Content-Type: message/rfc822\n\n" * 50)

    last = gather(check).last_ping

    assert last.body
    assert last.text is None


def test_a_check_that_was_never_pinged_has_no_last_ping(gather, down_check):
    assert gather(down_check).last_ping is None


def test_a_ping_that_is_counted_and_not_logged_yet_hides_no_other(gather, log, down_check):
    check = log(down_check, body=b"all is well")

    alert = gather(replace(check, n_pings=check.n_pings + 1))

    assert alert.last_ping.body == b"all is well"


@pytest.mark.parametrize(
    ("changes", "words", "tz"),
    [
        ({}, "every 1 hour, grace 10 minutes", "UTC"),
        ({"tz": "Europe/Riga"}, "every 1 hour, grace 10 minutes", "UTC"),
        (
            {"kind": Kind.CRON, "schedule": "0 3 * * *", "tz": "Europe/Riga"},
            "0 3 * * * (Europe/Riga), grace 10 minutes",
            "Europe/Riga",
        ),
        (
            {"kind": Kind.ONCALENDAR, "schedule": "Mon 4:00\nTue 5:00"},
            "Mon 4:00; Tue 5:00 (UTC), grace 10 minutes",
            "UTC",
        ),
    ],
)
def test_tells_the_schedule_in_words(gather, down_check, changes, words, tz):
    alert = gather(replace(down_check, **changes))

    assert (alert.schedule, alert.tz) == (words, tz)


# ---- Where people find it --------------------------------------------------------------------


@pytest.mark.parametrize("site", [SITE, SITE + "/"])
def test_links_to_the_page_of_the_check_by_the_key_that_is_no_secret(gather, down_check, site):
    alert = gather(down_check, site=site)

    path = f"/projects/{down_check.project_id}/checks/{down_check.unique_key}"
    assert alert.url == SITE + path
    assert routes.find(path).page
    assert alert.unsubscribe_url.startswith(SITE)


def test_links_nowhere_where_the_address_is_not_known(gather, down_check):
    alert = gather(down_check, site="")

    assert (alert.url, alert.unsubscribe_url) == ("", "")


def test_the_document_is_the_check_as_a_read_only_key_sees_it(gather, down_check):
    document = json.loads(gather(down_check).document)

    assert document["name"] == "Backup"
    assert document["status"] == "down"
    assert document["unique_key"] == down_check.unique_key
    assert not {"uuid", "ping_url", "update_url"} & document.keys()


# ---- Secrets ---------------------------------------------------------------------------------

SECRETS = [UUID, UUID.upper(), HEX, HEX.upper(), f"{UUID[:9]}{HEX[8:]}", PING_KEY]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("template", ["{}", "see https://hc.example/ping/{}/fail now", "{0}{0}"])
def test_secrets_are_masked_wherever_they_are_written(gather, log, down_check, secret, template):
    text = template.format(secret)
    shown = template.format("…")
    check = replace(down_check, name=text, slug=text, tags=f"a {text}", desc=text)
    check = log(replace(check, failure_kw=text), body=text.encode())

    alert = gather(check, project=replace(PROJECT, name=text))

    assert alert.name == alert.slug == alert.desc == alert.project == shown
    assert alert.tags == ("a", *shown.split())
    assert alert.last_ping.body == shown.encode()
    for text in (UUID, HEX, PING_KEY):
        assert text.lower() not in alert.document.lower()


def test_a_check_without_a_slug_may_have_the_code_for_a_name(gather, down_check):
    document = json.loads(gather(replace(down_check, name=UUID)).document)

    assert document["name"] == "…"


@pytest.mark.parametrize("secret", [UUID, PING_KEY])
@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: f"\x1b[01;31m{text[:8]}\x1b[m\x1b[K{text[8:]}".encode(),
        lambda text: "\u202d".join(text).encode(),
        lambda text: "\x00\x07".join(text).encode(),
    ],
    ids=["utf-16-le", "utf-16-be", "colours", "directions", "controls"],
)
def test_a_secret_does_not_come_out_as_the_body_is_cleaned(
    gather, log, down_check, secret, disguise
):
    check = log(down_check, body=disguise(f"ping {secret} now"))

    alert = gather(check)

    shown = wording.body_tail(alert)
    assert shown.startswith("ping")
    assert shown.endswith("now")
    assert secret not in shown


@pytest.mark.parametrize("secret", [UUID, PING_KEY])
@pytest.mark.parametrize("cte", ["7bit", "quoted-printable", "base64"])
def test_a_secret_does_not_come_out_as_a_mail_is_read(gather, log, down_check, secret, cte):
    mail = EmailMessage()
    mail["Subject"] = f"ping {secret} now"
    mail.set_content(f"ping {secret} now", cte=cte)
    check = log(down_check, scheme="email", body=mail.as_bytes())

    shown = wording.body_tail(gather(check))

    assert shown == "ping … now\n\nping … now"


@pytest.mark.parametrize("length", [8, 9, 20, 21, 35])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_body_that_was_cut_does_not_end_in_most_of_a_secret(
    gather, log, down_check, length, encoding
):
    check = log(down_check, body=f"GET /ping/{UUID[:length]}".encode(encoding))

    body = gather(check).last_ping.body

    assert UUID[:8].encode(encoding) not in body
    assert body.startswith("GET /ping/".encode(encoding))


def test_what_only_begins_like_a_secret_stays(gather, log, down_check):
    body = f"{UUID[:8]} files, {UUID[:-1]} bytes and {PING_KEY[:-1]}.".encode()
    check = log(down_check, body=body)

    assert gather(check).last_ping.body == body
