"""GET and POST /projects/{project}/settings."""

import pytest

from nightbell.store import projects
from tests.functions.browsing import Browser


@pytest.fixture
def path(project):
    return f"/projects/{project.project_id}/settings"


def test_tells_name_limits_and_ping_key(signed_in, project, path, create):
    create()

    page = signed_in.get(path)

    assert page.texts("h1") == ["Ours"]
    assert "1 of at most 20" in page.text
    assert "latest 100 pings" in page.text
    assert project.ping_key in page.text


def test_a_read_only_viewer_sees_no_key_no_session_and_no_form(signed_in, reading, project, path):
    page = reading.get(path)

    assert page.texts("h1") == ["Ours"]
    assert project.ping_key not in page.html
    assert not page.find("main form")
    assert "203.0.113.7" not in page.html


def test_a_read_only_viewer_changes_nothing(reading, path, unchanged):
    token = reading.get(path).find("input[name=csrf]")[0].attributes["value"]

    for action in ("rename", "rotate", "end", "end-all"):
        with unchanged():
            page = reading.post(path, {"csrf": token, "action": action, "name": "x"})
        assert page.status == 403


@pytest.mark.parametrize("csrf", ["", "x", "é", "0" * 64])
def test_a_form_without_the_right_token_does_nothing(signed_in, path, unchanged, csrf):
    with unchanged():
        page = signed_in.post(path, {"csrf": csrf, "action": "rotate"})

    assert page.status == 403


@pytest.mark.parametrize("action", ["", "explode"])
def test_nor_does_one_that_asks_for_something_else(signed_in, path, unchanged, action):
    page = signed_in.get(path)

    with unchanged():
        assert signed_in.submit(page, action=action).status == 403


def test_a_project_can_be_renamed(signed_in, project, path, call, create):
    page = signed_in.submit(
        signed_in.get(path),
        "#name ~ form",
        name=" Web <b>shop ",
        badge_label="all",
        action="rename",
    )

    assert page.texts("h1") == ["Web <b>shop"]
    assert page.texts(".notice") == ["Saved.", ""]
    assert projects.get(project.project_id).badge_label == "all"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_name_that_will_not_do_comes_back_with_the_reason(signed_in, path, unchanged, name):
    form = signed_in.get(path)

    with unchanged():
        page = signed_in.submit(form, "#name ~ form", name=name, action="rename")

    assert page.status == 400
    assert page.texts("#f-name-error") == ["Between 1 and 100 characters, please."]
    assert page.find("input[name=name]")[0].attributes["value"] == name.strip()


@pytest.mark.parametrize("with_ping_key", [True, False])
def test_new_keys_are_shown_once_and_end_the_old_ones(
    signed_in, reading, project, path, call, with_ping_key
):
    fields = {"ping_key": "1"} if with_ping_key else {}

    page = signed_in.submit(
        signed_in.get(path), "#keys-heading ~ form", action="rotate", confirm="Ours", **fields
    )

    write, read, ping_key = page.texts("main pre")
    assert page.headers["cache-control"] == "no-store"
    assert call("GET", "/api/v3/checks/", key=project.api_key).status == 401
    assert call("GET", "/api/v3/checks/", key=write).status == 200
    assert "uuid" not in call("GET", "/api/v3/checks/", key=read).text
    assert (ping_key != project.ping_key) == with_ping_key
    assert (signed_in.get(path).path, signed_in.get(path).status) == (path, 200)
    assert write not in signed_in.get(path).html
    assert reading.get(path).path.startswith("/sign-in")


@pytest.mark.parametrize("typed", ["", "ours"])
def test_keys_are_renewed_only_by_who_types_the_name(signed_in, path, unchanged, typed):
    form = signed_in.get(path)

    with unchanged():
        page = signed_in.submit(
            form, "#keys-heading ~ form", action="rotate", confirm=typed, ping_key="1"
        )

    assert page.status == 400
    assert page.texts("#f-confirm-error") == ["That is not the name of the project."]
    assert "checked" in page.find("#f-ping_key")[0].attributes


def test_a_session_can_be_ended_from_another_browser(signed_in, project, path):
    phone = Browser(headers={"User-Agent": "Phone"})
    phone.sign_in(project.api_key)
    (row,) = [row for row in signed_in.get(path).find("tbody tr") if "Phone" in row.text()]
    session = row.css_first("input[name=session]").attributes["value"]

    page = signed_in.submit(signed_in.get(path), "form.act", action="end", session=session)

    assert page.texts(".notice") == ["That browser is signed out.", ""]
    assert "Phone" not in page.text
    assert phone.get(path).path.startswith("/sign-in")
    assert signed_in.get(path).path == path


@pytest.mark.parametrize("session", ["", "x", "é" * 600, "0" * 1025])
def test_what_can_be_no_session_is_not_ended(signed_in, path, unchanged, session):
    page = signed_in.get(path)

    with unchanged():
        answer = signed_in.submit(page, "form.act", action="end", session=session)

    assert answer.status == 403


def test_all_can_be_ended_at_once(signed_in, reading, path):
    page = signed_in.submit(signed_in.get(path), "form.act", action="end-all", session=None)

    assert page.path == "/sign-in"
    for browser in (signed_in, reading):
        assert browser.get(path).path.startswith("/sign-in")


def test_sessions_of_old_keys_are_not_listed(signed_in, project, path):
    signed_in.submit(signed_in.get(path), "#keys-heading ~ form", action="rotate", confirm="Ours")

    assert len(signed_in.get(path).find("tbody tr")) == 1
