"""GET and POST /projects/{project}/checks/{check}/edit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nightbell.domain.check import unique_key_of
from nightbell.settings import settings


@pytest.fixture
def path_of(project):
    """Return a function that returns the path of a check's form."""

    def path(check):
        return f"/projects/{project.project_id}/checks/{unique_key_of(check['uuid'])}/edit"

    return path


def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(
    signed_in, path_of, create, show, add_channel
):
    add_channel("Ops")
    add_channel("Others")
    check = create(
        name="Backup",
        slug="b",
        tags="a b",
        desc="Line 1\n\n Line 2",
        schedule="Mon 03:00\nFri 04:00",
        tz="Asia/Tokyo",
        grace=5400,
        methods="POST",
        start_kw="S",
        filter_body=True,
        manual_resume=True,
        channels="Ops",
        nag_interval=7200,
    )
    page = signed_in.get(path_of(check))

    saved = signed_in.submit(page, "#check", action="save")

    assert page.texts("h1") == ["Edit Backup"]
    assert saved.path == f"{path_of(check).removesuffix('/edit')}?said=saved"
    assert show(check["uuid"]) == check


def test_what_was_changed_is_saved(signed_in, path_of, create, show):
    check = create(name="Old", timeout=3600, channels="*")
    page = signed_in.get(path_of(check))

    signed_in.submit(
        page, "#check", name="New", kind="cron", cron="0 3 * * *", tz="Asia/Tokyo", action="save"
    )

    shown = show(check["uuid"])
    assert (shown["name"], shown["schedule"], shown["tz"]) == ("New", "0 3 * * *", "Asia/Tokyo")
    assert "timeout" not in shown


def test_a_new_name_changes_no_slug(signed_in, path_of, create, show):
    check = create(name="Old", slug="old")

    signed_in.submit(signed_in.get(path_of(check)), "#check", name="New", action="save")

    assert show(check["uuid"])["slug"] == "old"


def test_a_mistake_is_told_and_nothing_changed(signed_in, path_of, create, unchanged):
    check = create(name="Old")
    page = signed_in.get(path_of(check))

    with unchanged():
        sent = signed_in.submit(page, "#check", name="New", timeout="0", action="save")

    assert sent.status == 400
    assert sent.texts("#f-timeout-error") == ["At least one minute, please."]
    assert sent.find("#f-name")[0].attributes["value"] == "New"


def test_the_preview_counts_from_the_last_ping(signed_in, path_of, create, ping, now, unchanged):
    check = create(timeout=3600, grace=600)
    ping(f"/ping/{check['uuid']}")
    now.advance(minutes=10)
    page = signed_in.get(path_of(check))

    with unchanged():
        sent = signed_in.submit(page, "#check", timeout="30", timeout_unit="60", action="preview")

    assert page.texts("#preview tbody tr")[:2] == ["13:00 13:10", "14:00 14:10"]
    assert "nobody is told that it goes down at 13:10" in page.texts("#preview")[0]
    assert sent.texts("#preview tbody tr")[0] == "12:30 12:40"


def test_the_preview_says_that_the_check_would_go_down_at_once(
    signed_in, path_of, create, ping, now, show
):
    check = create(timeout=86_400, grace=600)
    ping(f"/ping/{check['uuid']}")
    now.advance(hours=2)
    page = signed_in.get(path_of(check))

    sent = signed_in.submit(page, "#check", timeout="1", timeout_unit="3600", action="preview")
    signed_in.submit(sent, "#check", action="save")

    assert "the check is overdue" in sent.texts("#preview .warn")[0]
    assert show(check["uuid"])["status"] == "down"


def test_the_preview_tells_of_the_alert_that_a_first_run_is_bound_for(
    signed_in, path_of, create, ping
):
    check = create(timeout=86_400, grace=600)
    ping(f"/ping/{check['uuid']}/start")

    (preview,) = signed_in.get(path_of(check)).texts("#preview")

    assert "If no ping comes from now on, nobody is told that it goes down at 12:10 ." in preview
    assert "No alert is sent before" not in preview


def test_the_preview_tells_of_alerts_only_if_somebody_gets_them(
    signed_in, path_of, create, ping, add_channel
):
    ops = add_channel("Ops")
    check = create(timeout=3600, grace=600)
    ping(f"/ping/{check['uuid']}")
    page = signed_in.get(path_of(check))

    nobody = signed_in.submit(page, "#check", action="preview")
    somebody = signed_in.submit(page, "#check", channels=ops.channel_id, action="preview")

    assert "nobody is told that it goes down at 13:10" in nobody.texts("#preview p")[1]
    assert "an alert is sent at 13:10" in somebody.texts("#preview p")[1]
    heads = [one.texts("#preview thead th")[1] for one in (nobody, somebody)]
    assert heads == ["Down, if it does not come", "Alert, if it does not come"]


def test_the_preview_of_a_check_that_is_down_counts_from_a_ping_that_comes_now(
    signed_in, path_of, create, ping, now
):
    check = create(timeout=3600, grace=600)
    ping(f"/ping/{check['uuid']}/fail")
    now.advance(minutes=30)

    page = signed_in.get(path_of(check))

    assert "If the next ping came now:" in page.texts("#preview")[0]
    assert page.texts("#preview tbody tr")[0] == "13:30 13:40"


def test_what_somebody_else_changed_meanwhile_is_not_lost_unseen(signed_in, path_of, create, show):
    check = create(name="Old", timeout=3600)
    mine = signed_in.get(path_of(check))
    theirs = signed_in.get(path_of(check))

    signed_in.submit(theirs, "#check", timeout="2", action="save")
    seen_again = signed_in.submit(mine, "#check", name="Mine", action="preview")
    refused = signed_in.submit(seen_again, "#check", action="save")
    kept = show(check["uuid"])
    signed_in.submit(refused, "#check", action="save")

    assert refused.status == 409
    assert "somebody changed this check" in refused.texts("[role=alert]")[0]
    assert refused.find("#f-name")[0].attributes["value"] == "Mine"
    assert (kept["name"], kept["timeout"]) == ("Old", 7200)
    assert (show(check["uuid"])["name"], show(check["uuid"])["timeout"]) == ("Mine", 3600)


def test_a_ping_that_comes_while_one_types_is_no_change(signed_in, path_of, create, ping, show):
    check = create(name="Old", timeout=3600)
    page = signed_in.get(path_of(check))

    ping(f"/ping/{check['uuid']}/fail")
    saved = signed_in.submit(page, "#check", name="New", action="save")

    assert saved.status == 200
    assert show(check["uuid"])["name"] == "New"


@pytest.mark.parametrize(("domain", "told"), [("", True), ("pings.example.org", False)])
def test_the_form_says_where_no_pings_are_taken_by_mail(
    signed_in, path_of, create, monkeypatch, domain, told
):
    changed = replace(settings, ping_mail_domain=domain)
    monkeypatch.setattr("nightbell.dashboard.check_form.settings", changed)

    page = signed_in.get(path_of(create()))

    assert ("No pings are taken by mail here" in page.text) is told


def test_the_pings_seen_are_compared_with_the_schedule(signed_in, path_of, create, ping, now):
    signed_in.cookies["tz"] = "Asia/Tokyo"
    check = create(schedule="0 3 * * *", tz="UTC")
    for _ in range(5):
        now.moment = now.moment.replace(hour=18, minute=1) + timedelta(days=1)
        ping(f"/ping/{check['uuid']}")

    page = signed_in.get(path_of(check))

    assert "They would be on time in the zone Asia/Tokyo" in page.texts("#preview .warn")[0]


@pytest.mark.parametrize("check", ["new", "x", "a" * 40, "00000000-0000-4000-8000-000000000000"])
def test_a_check_that_there_is_not_is_not_found(signed_in, project, check):
    path = f"/projects/{project.project_id}/checks/{check}/edit"
    fields = {"csrf": signed_in.csrf(project.project_id), "action": "save"}

    assert signed_in.get(path).status == 404
    assert signed_in.post(path, fields).status == 404


def test_the_address_holds_no_secret(signed_in, project, create):
    check = create()

    page = signed_in.get(f"/projects/{project.project_id}/checks/{check['uuid']}/edit")

    assert page.status == 404


def test_a_reader_sees_no_form(reading, path_of, create, project, unchanged):
    path = path_of(create())
    fields = {"csrf": reading.csrf(project.project_id), "action": "save", "name": "x"}

    with unchanged():
        answers = [reading.get(path), reading.post(path, fields)]

    assert [page.status for page in answers] == [403, 403]


def test_channels_that_are_gone_are_told(signed_in, path_of, create, add_channel, call):
    gone = add_channel("Ops")
    check = create()
    page = signed_in.get(path_of(check))

    call("DELETE", f"/api/v3/channels/{gone.channel_id}")
    sent = signed_in.submit(page, "#check", channels=gone.channel_id, action="save")

    assert sent.status == 400
    assert "Choose anew" in sent.texts("#f-channels .error, #f-channels-error, [role=alert]")[0]


def test_a_check_deleted_meanwhile_is_not_found(signed_in, path_of, create, call):
    check = create()
    page = signed_in.get(path_of(check))

    call("DELETE", f"/api/v3/checks/{check['uuid']}")

    assert signed_in.submit(page, "#check", action="save").status == 404
