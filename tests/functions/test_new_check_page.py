"""GET and POST /projects/{project}/checks/new."""

import gzip

import pytest

from nightbell.domain.check import Kind
from nightbell.store import checks, projects
from tests.functions.odd_input import ODD_TEXTS


@pytest.fixture
def path(project):
    """The path of the form."""
    return f"/projects/{project.project_id}/checks/new"


@pytest.fixture
def fill(signed_in, path):
    """Return a function that fills in the form and sends it to be saved."""

    def send(action="save", **fields):
        return signed_in.submit(signed_in.get(path), "#check", action=action, **fields)

    return send


@pytest.fixture
def made(project):
    """Return a function that returns the checks of the project."""
    return lambda: checks.list_for(project.project_id)


def test_a_name_is_enough(fill, made, project, add_channel):
    channel = add_channel("Ops")

    page = fill(name="Nightly backup")

    (check,) = made()
    assert (page.status, page.texts(".notice")[:1]) == (200, ["The check is there."])
    assert page.path == f"/projects/{project.project_id}/checks/{check.unique_key}?said=created"
    assert (check.name, check.slug, check.kind) == ("Nightly backup", "nightly-backup", Kind.SIMPLE)
    assert (check.timeout.days, check.grace.seconds) == (1, 3600)
    assert check.channels == {channel.channel_id}


def test_all_fields_are_what_the_api_makes_of_them(fill, made, show, add_channel):
    add_channel("Ops")

    fill(
        name=" Backup ",
        slug="backup_1",
        tags="a b",
        desc="Line 1\r\n  Line 2",
        kind="cron",
        cron="15 3 * * 1-5",
        oncalendar="daily",
        tz="Europe/Kiev",
        timeout="5",
        grace="90",
        grace_unit="60",
        methods="POST",
        manual_resume="1",
        start_kw="START",
        success_kw="OK",
        failure_kw="ERROR",
        filter_subject="1",
        filter_body="1",
        filter_http_body="1",
        filter_default_fail="1",
        channels=None,
        nag_interval="2",
        nag_interval_unit="86400",
    )

    shown = show(made()[0].check_id)
    assert {name: shown[name] for name in ("name", "slug", "tags", "desc")} == {
        "name": "Backup",
        "slug": "backup_1",
        "tags": "a b",
        "desc": "Line 1\n  Line 2",
    }
    assert (shown["schedule"], shown["tz"], shown["grace"]) == ("15 3 * * 1-5", "Europe/Kyiv", 5400)
    assert (shown["methods"], shown["manual_resume"]) == ("POST", True)
    assert (shown["start_kw"], shown["success_kw"], shown["failure_kw"]) == ("START", "OK", "ERROR")
    assert all(shown[name] for name in shown if name.startswith("filter_"))
    assert (shown["channels"], shown["nag_interval"]) == ("", 172_800)


def test_an_oncalendar_schedule_may_have_several_lines(fill, made):
    fill(name="x", kind="oncalendar", oncalendar="Mon 03:00\r\nFri 04:00 UTC\r\n", tz="Asia/Tokyo")

    (check,) = made()
    assert (check.kind, check.schedule) == (Kind.ONCALENDAR, "Mon 03:00\nFri 04:00 UTC")
    assert check.tz == "Asia/Tokyo"


def test_the_zone_is_the_readers_until_another_is_chosen(signed_in, path):
    default = signed_in.get(path).find("#f-tz")[0].attributes["value"]

    signed_in.cookies["tz"] = "Europe%2FKiev"
    page = signed_in.get(path)

    assert default == "UTC"
    assert page.find("#f-tz")[0].attributes["value"] == "Europe/Kyiv"
    names = [node.attributes["value"] for node in page.find("#zones option")]
    assert len(names) > 300
    assert {"Europe/Kyiv", "UTC", "Asia/Kolkata"} <= set(names)
    assert "Europe/Kiev" not in names


def test_a_mistake_is_told_beside_its_field_and_nothing_is_made(fill, unchanged):
    with unchanged():
        page = fill(name="x" * 101, grace="x", kind="cron", cron="x")

    mistakes = {
        "name": "Too long: at most 100 characters, please.",
        "cron": "This is not a valid cron or OnCalendar expression.",
        "grace": "A whole number, please.",
    }
    assert page.status == 400
    assert [text.split(": ", 1) for text in page.texts("[role=alert] li")] == [
        [label, mistake]
        for label, mistake in zip(
            ("Name", "Cron expression", "Grace time"), mistakes.values(), strict=True
        )
    ]
    for field, mistake in mistakes.items():
        assert page.texts(f"#f-{field}-error") == [mistake]
        assert page.find(f"#f-{field}[aria-invalid]")


def test_a_channel_that_is_gone_is_told(fill, unchanged, add_channel):
    add_channel("Ops")

    with unchanged():
        page = fill(channels="b3d2ad6c-38a3-4c22-9d0e-2b30fc9a5f33")

    assert page.status == 400
    assert "not there any more" in page.texts("#f-channels .error")[0]


def test_a_mistake_is_mended_without_typing_the_rest_again(fill, signed_in, made, add_channel):
    channel = add_channel("Ops")
    typed = {
        "name": "<b>",
        "desc": "Line 1\n  Line 2",
        "kind": "cron",
        "cron": "5 4 * * *",
        "tz": "Asia/Tokyo",
        "grace": "2",
        "grace_unit": "86400",
        "success_kw": '"OK"',
        "filter_http_body": "1",
        "channels": channel.channel_id,
        "nag_interval": "3",
        "methods": "POST",
    }

    page = fill(**typed, slug="No Slug")
    signed_in.submit(page, "#check", slug="slug", action="save")

    (check,) = made()
    assert (check.name, check.slug, check.desc) == ("<b>", "slug", "Line 1\n  Line 2")
    assert (check.schedule, check.tz, check.grace.days) == ("5 4 * * *", "Asia/Tokyo", 2)
    assert (check.success_kw, check.methods, check.nag_interval.seconds) == ('"OK"', "POST", 10800)
    assert (check.filter_http_body, check.filter_body) == (True, False)
    assert check.channels == {channel.channel_id}


def test_a_form_without_any_field_is_told_its_mistakes(signed_in, path, project):
    page = signed_in.post(path, {"csrf": signed_in.csrf(project.project_id), "action": "save"})

    assert page.status == 400


@pytest.mark.parametrize("action", ["", "delete"])
def test_a_form_that_asks_for_nothing_known_is_refused(fill, unchanged, action):
    with unchanged():
        assert fill(action=action).status == 403


# ---- Preview -------------------------------------------------------------------------------


def test_a_preview_says_the_schedule_in_words_and_saves_nothing(fill, unchanged, signed_in):
    signed_in.cookies["tz"] = "Europe/Berlin"

    with unchanged():
        page = fill("preview", name="x", kind="cron", cron="15 3 * * 1-5", tz="Asia/Tokyo")

    assert page.status == 200
    assert "at 03:15 on weekdays, by the clock of Asia/Tokyo" in page.texts("#preview")[0]
    assert [text.split()[0] for text in page.texts("#preview thead th")] == [
        "Next",
        "For",
        "Down,",
    ]
    assert page.texts("#preview tbody tr")[0] == "Tue 16 Jan 03:15 19:15 20:15"
    assert len(page.find("#preview tbody tr")) == 5
    assert page.find("#f-name")[0].attributes["value"] == "x"


def test_a_simple_schedule_is_previewed_as_if_a_ping_came_now(fill):
    page = fill("preview", timeout="30", timeout_unit="60", grace="5", grace_unit="60")

    assert "A ping is expected every 30 minutes." in page.texts("#preview")[0]
    assert page.texts("#preview tbody tr")[0] == "12:30 12:35"


def test_usual_mistakes_are_warned_of(fill):
    page = fill("preview", kind="cron", cron="* 9 * * *", grace="1", grace_unit="60")

    assert page.texts("#preview .warn") == [
        "“* 9 * * *” expects a ping every minute from 09:00 to 09:59. "
        "For one ping write “0 9 * * *”."
    ]


def test_what_cannot_be_previewed_says_why(fill):
    page = fill("preview", name="x" * 101, kind="cron", cron="x")

    assert page.status == 200
    assert page.texts("#preview .bad") == [
        "Cron expression: This is not a valid cron or OnCalendar expression."
    ]
    assert page.find("#preview table") == []


def test_a_script_gets_the_preview_alone(signed_in, path, project):
    fields = {
        "csrf": signed_in.csrf(project.project_id),
        "action": "preview",
        "kind": "cron",
        "cron": "0 0 * * *",
        "tz": "UTC",
        "grace": "1",
    }

    page = signed_in.post(path, fields, **{"Sec-Fetch-Dest": "empty"})

    assert page.html.lstrip().startswith('<section id="preview"')
    assert "at 00:00 every day" in page.html
    assert len(page.html) < 4000


def test_the_page_is_small(signed_in, path):
    page = signed_in.get(path)

    assert len(gzip.compress(page.html.encode())) < 12_000


# ---- Who, and how many ---------------------------------------------------------------------


def test_a_reader_sees_no_form_and_makes_nothing(reading, path, project, unchanged):
    shown = reading.get(path)
    with unchanged():
        sent = reading.post(path, {"csrf": reading.csrf(project.project_id), "action": "save"})

    assert (shown.status, sent.status) == (403, 403)
    assert shown.find("main form") == []


def test_a_form_without_our_token_makes_nothing(signed_in, path, unchanged):
    with unchanged():
        assert signed_in.post(path, {"name": "x", "action": "save"}).status == 403


def test_a_full_project_says_so(browser, now):
    keys = projects.create("Small", check_limit=1, ping_log_limit=3, now=now.moment)
    browser.sign_in(keys.api_key)
    form = browser.get(f"/projects/{keys.project_id}/checks/new")

    browser.submit(form, "#check", name="One", action="save")
    sent = browser.submit(form, "#check", name="Two", action="save")

    assert (sent.status, sent.find("#f-name")[0].attributes["value"]) == (403, "Two")
    for page in (sent, browser.get(form.path)):
        assert "The project has as many checks as it may have, 1." in page.texts("[role=alert]")[0]
    assert [check.name for check in checks.list_for(keys.project_id)] == ["One"]


def test_any_text_is_shown_as_it_is(signed_in, path):
    form = signed_in.get(path)
    for text in ODD_TEXTS:
        typed = {"name": text, "cron": text, "oncalendar": text, "tz": text}
        page = signed_in.submit(form, "#check", kind="oncalendar", action="preview", **typed)

        assert page.status == 200
        assert (page.find("#f-name")[0].attributes["value"] or "") == text.strip()
        assert page.find("main script") == []
