"""POST /sign-out."""

from tests.functions.browsing import Browser


def test_ends_the_sessions_of_this_browser_in_all_projects(signed_in, project, other):
    signed_in.sign_in(other.api_key)
    old = Browser(cookies=dict(signed_in.cookies))

    page = signed_in.post("/sign-out", {})

    assert page.path == "/sign-in"
    assert signed_in.cookies == {}
    for one in (project, other):
        assert old.get(f"/projects/{one.project_id}/checks").path.startswith("/sign-in")


def test_leaves_other_browsers_alone(signed_in, reading, project):
    signed_in.post("/sign-out", {})

    assert reading.get(f"/projects/{project.project_id}/checks").status == 200


def test_who_is_not_signed_in_is_told_nothing(browser):
    assert browser.post("/sign-out", {}).path == "/sign-in"


def test_the_browser_forgets_the_pages_that_it_has_kept(call):
    answer = call("POST", "/sign-out", b"", key=None)

    assert (answer.status, answer.headers["clear-site-data"]) == (303, '"cache"')
