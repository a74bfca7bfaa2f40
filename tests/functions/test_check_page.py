"""GET and POST /projects/{project}/checks/{check}."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightbell.domain.check import Delivery, Reason, Status, unique_key_of
from nightbell.settings import settings
from nightbell.store import projects
from tests.functions.browsing import Browser

HOSTILE = "<script>alert(1)</script>\u202eevil " + "🔔" * 40 + " =1+1"


@pytest.fixture
def address(project):
    """Return a function that returns where the page of a check is."""

    def find(made):
        return f"/projects/{project.project_id}/checks/{unique_key_of(made['uuid'])}"

    return find


@pytest.fixture
def send(signed_in, address):
    """Return a function that sends a form of the page of a check, with the CSRF token."""

    def post(made, action, **fields):
        token = signed_in.get(address(made)).find("[name=csrf]")[0].attributes["value"]
        return signed_in.post(address(made), {"csrf": token, "action": action, **fields})

    return post


def test_the_page_says_how_the_check_stands_and_why(signed_in, create, ping, address, now):
    made = create(name="Backup", timeout=3600, grace=600)
    ping(f"/ping/{made['uuid']}/start")
    now.advance(seconds=90)
    ping(f"/ping/{made['uuid']}/3")

    page = signed_in.get(address(made))

    assert page.texts("head title") == ["(1) Backup – Nightbell"]
    assert page.texts("#standing .status") == ["Down"]
    assert page.texts("#standing p")[1] == "Ping #2 said that the job failed, with exit status 3."
    assert page.texts("#pings tbody tr")[0].startswith(
        "#2 Failure exit status 3 12:01:30 now 1 min 30 s"
    )
    assert page.texts("#events li") == ["Down 12:01:30 : a ping said that the job failed"]
    assert "#2, 1 min 30 s, failed" in page.texts("#runs rect title")
    assert "1\N{NO-BREAK SPACE}min 30\N{NO-BREAK SPACE}s" in page.find("#pings td.number")[0].text()


def test_the_ping_that_took_it_down_is_named_after_others_that_failed_too(
    signed_in, create, ping, address, now
):
    made = create(name="Backup", timeout=3600, grace=600)
    for status in (1, 2):
        now.advance(seconds=90)
        ping(f"/ping/{made['uuid']}/{status}")

    page = signed_in.get(address(made))

    assert page.texts("#standing p")[1] == "Ping #1 said that the job failed, with exit status 1."


def test_a_deadline_that_was_missed_is_told_before_it_is_written(
    signed_in, create, ping, address, now
):
    made = create(name="Backup", timeout=3600, grace=600)
    ping(f"/ping/{made['uuid']}")
    now.advance(minutes=75)

    page = signed_in.get(address(made))

    assert page.texts("#standing .lead") == ["Down since 13:10"]
    assert "No ping came in time." in page.text


def test_a_run_that_did_not_end_is_told_as_the_cause(signed_in, create, ping, address, now):
    made = create(timeout=3600, grace=600)
    ping(f"/ping/{made['uuid']}/start")
    now.advance(minutes=11)

    page = signed_in.get(address(made))

    assert page.texts("#standing p") == [
        "Down since 12:10 , run started 11 min ago",
        "A run did not end within the grace time.",
        "No channel is told when this check goes down.",
    ]


def test_a_run_that_began_when_all_was_lost_is_not_the_cause(signed_in, create, ping, address, now):
    made = create(timeout=3600, grace=600)
    ping(f"/ping/{made['uuid']}/fail")
    ping(f"/ping/{made['uuid']}/start")
    now.advance(minutes=11)

    page = signed_in.get(address(made))

    assert page.texts("#standing p")[1] == "Ping #1 said that the job failed."


def test_a_check_that_has_been_down_for_months_tells_since_when(
    browser, create, ping, address, now, project
):
    made = create(name="Backup", timeout=3600, grace=600)
    ping(f"/ping/{made['uuid']}/fail")
    now.advance(days=100)
    browser.sign_in(project.api_key)

    page = browser.get(address(made))

    assert page.texts("#standing .lead") == ["Down since 15 Jan 12:00"]
    assert page.texts("#events p") == ["Its status has not changed since 15 Jan 12:00 ."]
    assert [row.split("2024 ")[1] for row in page.texts("#months tbody tr")] == [
        "0 % 23 d 12 h 1 April 2024: 0 % available",
        "0 % 31 d 1 March 2024: 0 % available",
        "0 % 29 d 1 February 2024: 0 % available",
    ]


def test_the_next_times_are_told_in_both_zones_with_the_alert(signed_in, create, ping, address):
    made = create(schedule="30 6 * * 1-5", tz="Asia/Tokyo", grace=900)
    signed_in.cookies["tz"] = "America%2FNew_York"

    page = signed_in.get(address(made))

    assert "at 06:30 on weekdays" in page.texts("#schedule .facts")[0]
    assert page.texts("#schedule tbody tr")[0] == "Tue 16 Jan 06:30 16:30 16:45"
    assert len(page.find("#schedule tbody tr")) == 5


@pytest.mark.parametrize(("status", "pings"), [("new", 0), ("paused", 1)])
def test_no_times_are_told_that_nobody_knows(signed_in, create, ping, address, send, status, pings):
    made = create(timeout=3600)
    for _ in range(pings):
        ping(f"/ping/{made['uuid']}")
        send(made, "pause")

    page = signed_in.get(address(made))

    assert page.texts("#standing .status") == [status.title()]
    assert page.find("#schedule tbody tr") == []


def test_a_check_that_is_down_is_not_said_to_alert_again(signed_in, create, ping, address):
    regular = create(schedule="30 6 * * *", tz="UTC", grace=900)
    simple = create(timeout=3600)
    for made in (regular, simple):
        ping(f"/ping/{made['uuid']}/fail")

    told = [signed_in.get(address(made)) for made in (regular, simple)]

    assert "These count from its next success on:" in told[0].texts("#schedule p")
    assert told[0].texts("#schedule tbody tr")[0] == "16 Jan 06:30 16 Jan 06:45"
    assert told[1].find("#schedule tbody tr") == []


def test_lines_with_zones_of_their_own_go_by_those(signed_in, create, address):
    one = create(schedule="03:15 Asia/Tokyo", tz="UTC")
    two = create(schedule="03:15 Asia/Tokyo\n12:00 Europe/Riga", tz="UTC")

    told = [signed_in.get(address(made)).texts("#schedule dd")[0] for made in (one, two)]
    times = signed_in.get(address(one)).texts("#schedule tbody td")[:2]

    assert told == [
        "at 03:15 every day (Asia/Tokyo), by the clock of Asia/Tokyo",
        "at 03:15 every day (Asia/Tokyo); at 12:00 every day (Europe/Riga)",
    ]
    assert times == ["Tue 16 Jan 03:15", "18:15"]


def test_a_check_that_tells_only_disabled_channels_promises_no_alert(
    signed_in, create, ping, address, add_channel
):
    add_channel("Ops", disabled=True, error="gone")
    made = create(timeout=3600, grace=600, channels="Ops")
    ping(f"/ping/{made['uuid']}")

    page = signed_in.get(address(made))

    assert page.texts("#standing .lead")[0] == "Up expected in 1 h , down at 13:10"
    assert page.texts("#standing .warn")[0].startswith("Nobody hears when this check goes down")
    assert page.texts("#schedule thead th")[-1] == "Down, if it does not come"


def test_one_run_is_no_half_of_them(signed_in, create, ping, address, now):
    made = create()
    ping(f"/ping/{made['uuid']}/start")
    now.advance(seconds=90)
    ping(f"/ping/{made['uuid']}")

    page = signed_in.get(address(made))

    assert page.texts("#runs figcaption") == ["The latest run, up to 1 min 30 s"]
    assert page.find("#runs p") == []
    (drawing,) = page.find("#runs svg")
    assert drawing.attributes["viewBox"] == "0 0 200 100"


def test_a_month_tells_for_how_long_the_check_was_down(
    browser, create, ping, address, now, project
):
    now.moment = datetime(2024, 1, 31, 20, tzinfo=UTC)
    made = create()
    ping(f"/ping/{made['uuid']}")
    now.advance(hours=3)
    ping(f"/ping/{made['uuid']}/fail")
    now.advance(hours=2)
    ping(f"/ping/{made['uuid']}")
    now.advance(hours=3)

    browser.sign_in(project.api_key)
    rows = browser.get(address(made)).texts("#months tbody tr")

    assert rows[0].startswith("February 2024 75 % 1 h 1 ")
    assert rows[1].startswith("January 2024 75 % 1 h 1 ")
    assert rows[1].endswith("since 31 Jan 20:00")
    assert rows[2] == "December 2023 – – – not made yet"


def test_only_so_many_changes_are_read_and_the_page_says_so(
    signed_in, create, ping, address, now, monkeypatch
):
    monkeypatch.setattr("nightbell.dashboard.check_details._MOST_FLIPS", 3)
    monkeypatch.setattr("nightbell.dashboard.check_details._EVENTS", 2)
    made = create()
    for number in range(5):
        now.advance(hours=1)
        ping(f"/ping/{made['uuid']}/{number % 2}")

    page = signed_in.get(address(made))

    assert "Only its latest 3 changes are known." in page.text
    assert "Earlier changes that are known: 1, since 15:00" in page.text
    assert page.texts("#months tbody tr")[0].endswith("since 15:00")


def test_the_page_is_sent_again_only_if_something_changed(
    signed_in, create, ping, address, now, notify, add_channel, dynamodb_calls
):
    made = create(timeout=3600)
    ping(f"/ping/{made['uuid']}")
    channel = add_channel("Ops")

    def ask(tag):
        return signed_in.get(address(made), **{"If-None-Match": tag})

    first = signed_in.get(address(made))
    dynamodb_calls.clear()
    again = ask(first.headers["etag"])
    reads = [parameters["TableName"] for _, parameters in dynamodb_calls]
    notify(made["uuid"], channel.channel_id, state=Delivery.RETRYING)
    notified = ask(first.headers["etag"])
    ping(f"/ping/{made['uuid']}/log")
    pinged = ask(notified.headers["etag"])
    now.advance(minutes=60)
    late = ask(pinged.headers["etag"])

    assert first.find("main")[0].attributes["data-live"] == "15"
    assert (again.status, again.html) == (304, "")
    assert "flips" not in reads
    assert reads.count("pings") == 1
    assert [page.status for page in (notified, pinged, late)] == [200, 200, 200]
    assert late.texts("#standing .status") == ["Late"]


def test_a_check_is_paused_and_resumed(signed_in, send, create, ping, show):
    made = create()
    ping(f"/ping/{made['uuid']}")

    paused = send(made, "pause")
    status = show(made["uuid"])["status"]
    resumed = send(made, "resume")

    assert status == "paused"
    assert "somebody paused it" in paused.text
    assert paused.texts(".notice") == ["The check is paused.", ""]
    assert resumed.texts("#standing .status") == ["New"]


def test_a_check_that_is_not_paused_cannot_be_resumed(send, create, unchanged):
    made = create()

    with unchanged():
        page = send(made, "resume")

    assert (page.status, page.text) == (
        400,
        "Nothing was done The check is not paused any more. Back to the dashboard",
    )


def test_reminders_are_snoozed(signed_in, send, create, ping, show, address, now):
    made = create(nag_interval=3600)
    ping(f"/ping/{made['uuid']}/fail")

    page = signed_in.submit(
        signed_in.get(address(made)), "#reminders form", seconds="28800", action="snooze"
    )
    until = show(made["uuid"])["snoozed_until"]
    ended = send(made, "snooze", seconds="0")

    assert until == "2024-01-15T20:00:00+00:00"
    assert "No reminders before 20:00" in page.text
    assert "snoozed_until" not in show(made["uuid"])
    assert ended.texts(".notice")[0] == "Reminders are sent as usual again."


@pytest.mark.parametrize("seconds", ["", "x", "-1", "٣", "9" * 5000, "99999999999"])
def test_a_snooze_of_no_sensible_length_is_refused(send, create, ping, unchanged, seconds):
    made = create(nag_interval=3600)
    ping(f"/ping/{made['uuid']}/fail")

    with unchanged():
        page = send(made, "snooze", seconds=seconds)

    assert page.status == 400


def test_a_channel_without_a_name_is_called_by_its_kind(signed_in, address, create, add_channel):
    add_channel(" ", kind="slack")
    made = create(channels="*")

    page = signed_in.get(address(made))
    form = signed_in.get(f"{address(made)}/edit")

    assert page.texts("#channels bdi") == ["slack"]
    assert form.texts("#f-channels label") == ["slack (slack)"]


def test_channels_are_chosen(signed_in, address, create, add_channel, show, send, other):
    ops, dev = add_channel("Ops"), add_channel("Dev")
    foreign = add_channel("Theirs", other.project_id)
    made = create(channels="Ops")
    page = signed_in.get(address(made))

    ticked = page.find("#channels [checked]")
    after = signed_in.submit(page, "#channels form", channels=[dev.channel_id], action="channels")
    chosen = show(made["uuid"])["channels"]
    refused = send(made, "channels", channels=[foreign.channel_id])
    none = send(made, "channels")

    assert [box.attributes["value"] for box in ticked] == [ops.channel_id]
    assert (after.status, chosen) == (200, dev.channel_id)
    assert refused.status == 400
    assert show(made["uuid"])["channels"] == ""
    assert "No channel is told when this check goes down." in none.text


@pytest.mark.parametrize(
    ("signal", "status"), [("success", "up"), ("fail", "down"), ("start", "new")]
)
def test_a_check_is_pinged_by_hand(send, create, call, show, signal, status):
    made = create()

    page = send(made, "ping", signal=signal)

    (logged,) = call("GET", f"/api/v3/checks/{made['uuid']}/pings/").json["pings"]
    told = (logged["type"], logged["method"], logged["ua"], logged["remote_addr"])
    assert told == (signal, "POST", "Nightbell dashboard", "203.0.113.7")
    assert show(made["uuid"])["status"] == status
    assert page.texts(".notice")[0] == "The check was pinged. The log tells what that counted as."


def test_a_copy_has_the_configuration_and_a_ping_url_of_its_own(send, create, call, show):
    made = create(name="Backup", slug="backup", tags="a b", schedule="0 3 * * *", tz="Europe/Riga")

    first = send(made, "copy")
    second = send(made, "copy")

    listed = call("GET", "/api/v3/checks/").json["checks"]
    told = [(one["name"], one["slug"], one["tags"], one.get("tz")) for one in listed]
    assert sorted(told)[1:] == [
        ("Backup (copy)", "", "a b", "Europe/Riga"),
        ("Backup (copy)", "backup-copy", "a b", "Europe/Riga"),
    ]
    copies = {unique_key_of(one["uuid"]) for one in listed if one["uuid"] != made["uuid"]}
    assert {re.split("[/?]", page.path)[4] for page in (first, second)} == copies
    assert first.texts(".notice")[0] == "This is the copy. It has a ping URL of its own."


def test_no_check_is_copied_beyond_the_limit(send, create, project, unchanged):
    made = create()
    projects.change_limits(project.project_id, check_limit=1)

    with unchanged():
        page = send(made, "copy")

    assert page.status == 400
    assert page.texts("[role=alert]") == ["The project has as many checks as it may have, 1."]
    assert "data-live" not in page.find("main")[0].attributes


def test_a_check_is_deleted_by_its_name(signed_in, send, create, call, address):
    made = create(name="Back  up")

    wrong = send(made, "delete", confirm="Backup")
    form = wrong.find("#delete form")[0]
    gone = signed_in.submit(
        wrong, "#delete form", confirm=form.attributes["data-typed"], action="delete"
    )

    assert wrong.status == 400
    assert wrong.texts("#delete .error") == ["That is not its name."]
    assert wrong.find("#delete details[open] input[autofocus]")
    assert gone.path.endswith("/checks?said=check-deleted")
    assert signed_in.get(address(made)).status == 404
    assert call("GET", "/api/v3/checks/").json == {"checks": []}


def test_what_is_invisible_in_a_name_need_not_be_typed(send, create, call):
    made = create(name="Cafe\u0301\u200b \u202enightly\u00a0 job\u202c")

    gone = send(made, "delete", confirm="Caf\u00e9 nightly job")

    assert gone.path.endswith("/checks?said=check-deleted")
    assert call("GET", "/api/v3/checks/").json == {"checks": []}


@pytest.mark.parametrize(
    ("action", "fields", "told"),
    [
        ("snooze", {"seconds": "3600"}, "The check is not down any more"),
        ("channels", {"channels": "00000000-0000-4000-8000-000000000000"}, "not there any more"),
    ],
)
def test_what_has_changed_since_the_page_was_loaded_is_told(send, create, action, fields, told):
    page = send(create(), action, **fields)

    assert page.status == 400
    assert told in page.text


def test_who_is_signed_out_when_sending_a_form_is_told_that_nothing_was_done(
    signed_in, create, address, project, unchanged
):
    made = create(name="Backup")
    page = signed_in.get(address(made))
    signed_in.cookies.clear()

    with unchanged():
        asked = signed_in.submit(page, "main form.act", action="pause")
    back = signed_in.submit(asked, "main form", key=project.api_key)

    assert "Nothing was done, for you are not signed in" in asked.texts(".notice")[0]
    assert asked.find("[data-again]") == []
    assert back.path == address(made)


@pytest.mark.parametrize("action", ["", "x", "ping"])
def test_an_unknown_action_does_nothing(send, create, unchanged, action):
    made = create()

    with unchanged():
        page = send(made, action, signal="log")

    assert page.status == 403


def test_what_channels_were_told_is_shown_with_errors(
    signed_in, create, add_channel, notify, address
):
    made = create()
    ops = add_channel("Ops")
    notify(made["uuid"], ops.channel_id, state=Delivery.FAILED, attempts=3, error="<b>no</b>")
    notify(made["uuid"], "gone", status=Status.UP, reason=Reason.SUCCESS)

    rows = signed_in.get(address(made)).texts("#notifications tbody tr")

    assert rows[0].startswith("Sent a deleted channel up, ")
    assert re.match(r"Failed 3 tries Ops down, .* now <b>no</b>$", rows[1])


def test_a_reader_sees_no_secret_and_no_form(reading, call, create, address, project, add_channel):
    add_channel("Ops")
    made = create(name="Backup", slug="backup", channels="*")
    check_id = made["uuid"]
    call("POST", f"/api/v3/checks/{check_id}", {"desc": f"curl {made['ping_url']}"})

    page = reading.get(address(made))

    assert page.status == 200
    assert check_id not in page.html
    assert project.ping_key not in page.html
    assert page.find("main form, main button, main input") == []
    assert page.texts("main > pre") == [f"curl {settings.ping_url}…"]
    assert page.texts("#channels li") == ["Ops email"]
    assert "![Backup](" in page.html


def test_a_reader_changes_nothing(reading, create, address, unchanged):
    made = create()
    token = reading.csrf(address(made).split("/")[2])

    with unchanged():
        page = reading.post(address(made), {"csrf": token, "action": "pause"})

    assert page.status == 403


def test_who_may_write_copies_the_addresses(signed_in, create, address, project, monkeypatch):
    taking_mail = replace(settings, ping_mail_domain="ping.example.org")
    monkeypatch.setattr("nightbell.dashboard.snippets.settings", taking_mail)
    made = create(slug="backup")

    page = signed_in.get(address(made))

    assert made["ping_url"] in page.texts("#ping pre")
    assert f"{settings.ping_url}{project.ping_key}/backup" in page.texts("#ping pre")
    assert f"{made['uuid']}@ping.example.org" in page.texts("#ping pre")


def test_hostile_texts_are_shown_as_they_are(signed_in, create, address):
    made = create(name=HOSTILE[:100], desc=HOSTILE, tags="<i>t</i>")

    page = signed_in.get(address(made))

    assert page.find("script:not([src]), main i, main img[src^=x]") == []
    assert HOSTILE[:100].split()[0] in page.texts("h1")[0]
    assert "![<script>alert(1)</script>" in page.text
    assert "&lt;script&gt;" in page.texts("#badge pre")[1]


def test_a_check_is_not_found_by_its_uuid(signed_in, create, project):
    made = create()

    page = signed_in.get(f"/projects/{project.project_id}/checks/{made['uuid']}")

    assert page.status == 404


def test_a_stranger_is_asked_to_sign_in(create, address):
    assert Browser().get(address(create())).path.startswith("/sign-in")
