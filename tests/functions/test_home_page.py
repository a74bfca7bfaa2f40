"""GET / and /wall."""

import pytest

from nightbell.store import projects


def test_leads_to_the_project_that_was_signed_in_to_last(signed_in, other):
    signed_in.sign_in(other.api_key)

    assert signed_in.get("/").path == f"/projects/{other.project_id}/checks"


def test_leads_a_stranger_to_where_one_signs_in(browser):
    assert browser.get("/").path == "/sign-in"


def test_a_screen_signs_in_and_sees_the_wall(browser, project):
    form = browser.get("/wall")
    page = browser.submit(form, key=project.api_key_readonly)

    assert form.path == "/sign-in?next=/wall"
    assert page.path == f"/projects/{project.project_id}/wall"


def test_a_browser_that_is_signed_in_sees_the_wall_of_the_project_it_looked_at_last(
    signed_in, project, other
):
    signed_in.sign_in(other.api_key)

    page = signed_in.get("/wall")

    assert page.path == f"/projects/{other.project_id}/wall"


def test_after_the_keys_were_changed_the_screen_asks_for_one(browser, project):
    browser.sign_in(project.api_key_readonly, next="/wall")
    changed = projects.rotate_keys(project.project_id, ping_key=False)

    form = browser.get("/wall")
    page = browser.submit(form, key=changed.api_key_readonly)

    assert form.path.startswith("/sign-in?next=")
    assert page.path == f"/projects/{project.project_id}/wall"


@pytest.mark.parametrize(
    ("key", "days", "leads_to"),
    [
        ("api_key_readonly", 364, "wall"),
        ("api_key_readonly", 366, "sign-in"),
        ("api_key", 29, "wall"),
        ("api_key", 31, "sign-in"),
    ],
)
def test_a_screen_stays_signed_in_for_a_year_with_a_key_that_only_reads(
    browser, project, now, key, days, leads_to
):
    page = browser.sign_in(getattr(project, key), next="/wall")

    for _ in range(days // 7):
        now.advance(days=6.9)
        browser.get(page.path)
    now.advance(days=days - 6.9 * (days // 7))

    assert leads_to in browser.get(page.path).path.split("?")[0]
