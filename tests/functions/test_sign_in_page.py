"""GET and POST /sign-in, and the sessions that it opens."""

import pytest

from nightbell.store import project_deletion, projects, sessions
from tests.functions.browsing import Browser


def test_a_key_opens_the_checks_of_its_project(browser, project):
    page = browser.submit(browser.get("/sign-in"), key=project.api_key)

    assert page.status == 200
    assert page.path == f"/projects/{project.project_id}/checks"


@pytest.mark.parametrize("key", ["", "x", "x" * 32, "é" * 32, "x" * 5000, "\ud83d"])
def test_every_wrong_key_gets_the_same_answer(browser, project, key):
    page = browser.sign_in(key.encode(errors="replace").decode())

    assert page.status == 403
    assert page.texts("[role=alert]") == ["This key opens no project."]
    assert "set-cookie" not in page.headers
    assert sessions.list_for(project.project_id, projects.get(project.project_id).created) == []


def test_of_the_token_only_a_digest_is_stored(signed_in, project, dump):
    token = signed_in.cookies["nightbell"].split(":")[0]

    assert len(token) >= 43
    assert token not in repr(dump())


def test_a_person_is_led_to_the_page_that_was_asked_for(browser, project):
    wanted = f"/projects/{project.project_id}/checks"

    form = browser.get(wanted)
    page = browser.submit(form, key=project.api_key)

    assert form.path.startswith("/sign-in?next=")
    assert (page.path, page.status) == (wanted, 200)


@pytest.mark.parametrize(
    "query", ["status=down&status=late&tag=a%26b", "q=%C3%A9+x&sort=-name&page=2", "before=7"]
)
def test_what_a_list_was_filtered_by_is_not_lost(browser, project, query):
    wanted = f"/projects/{project.project_id}/checks?{query}"

    page = browser.submit(browser.get(wanted), key=project.api_key)

    assert page.path == wanted


def test_an_address_that_is_too_long_to_be_handed_on_is_cut_at_its_query(browser, project):
    wanted = f"/projects/{project.project_id}/checks"

    page = browser.submit(browser.get(f"{wanted}?q={'%E2%80%AE' * 400}"), key=project.api_key)

    assert page.path == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        *(
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\evil",
            "%2F%2Fevil.example",
        ),
        *("/projects/../..", "/api/v3/", "/wall/..//evil.example", "{own}//evil.example"),
        *("{own}/é", "{own}/checks\n", "{own}//evil?x=y", "{own}/checks?a:/b", "{own}%2Fchecks"),
        "/projects/00000000-0000-4000-8000-000000000000/checks",
    ],
)
def test_nobody_is_led_elsewhere(browser, project, wanted):
    own = f"/projects/{project.project_id}"

    page = browser.sign_in(project.api_key, next=wanted.replace("{own}", own))

    assert page.path == f"{own}/checks"


def test_a_browser_sees_several_projects_and_no_others(browser, project, other):
    browser.sign_in(project.api_key)
    browser.sign_in(other.api_key_readonly)

    for one in (project, other):
        assert browser.get(f"/projects/{one.project_id}/checks").status == 200
    stranger = Browser()
    stranger.sign_in(other.api_key)
    assert stranger.get(f"/projects/{project.project_id}/checks").path.startswith("/sign-in")


def test_of_projects_that_a_browser_only_claims_to_know_it_is_told_nothing(
    signed_in, project, other
):
    signed_in.cookies["nightbell"] += f":{other.project_id}"

    pages = [signed_in.get(f"/projects/{project.project_id}/checks"), signed_in.get("/sign-in")]

    for page in pages:
        assert "Ours" in page.html
        assert "Theirs" not in page.html


def test_who_comes_for_a_project_that_is_gone_is_shown_the_others(signed_in, project, other):
    signed_in.sign_in(other.api_key)
    list(project_deletion.delete(other.project_id))

    page = signed_in.get("/")

    assert page.path.startswith("/sign-in?next=")
    assert f"/projects/{project.project_id}/checks" in page.links()
    assert "You are signed in to Ours" in page.text


def test_a_new_sign_in_makes_the_old_token_worthless(signed_in, project, other):
    planted = Browser(cookies=dict(signed_in.cookies))

    signed_in.sign_in(other.api_key)

    assert planted.cookies != signed_in.cookies
    for one in (project, other):
        page = planted.get(f"/projects/{one.project_id}/checks")
        assert page.path.startswith("/sign-in")


def test_a_key_that_was_rotated_ends_its_sessions(signed_in, project):
    projects.rotate_keys(project.project_id, ping_key=False)

    page = signed_in.get(f"/projects/{project.project_id}/checks")

    assert page.path.startswith("/sign-in")


@pytest.mark.parametrize(
    ("visits", "days", "status"),
    [(True, 29, "checks"), (True, 30, "sign-in"), (False, 7, "sign-in"), (False, 6, "checks")],
)
def test_a_session_ends_by_itself(signed_in, project, now, visits, days, status):
    page = f"/projects/{project.project_id}/checks"

    for _ in range(days):
        now.advance(days=1)
        if visits:
            signed_in.get(page)

    assert signed_in.get(page).path.partition("?")[0].endswith(status)


def test_too_many_wrong_keys_are_refused_for_a_while_and_right_ones_too(browser, project, now):
    for _ in range(10):
        assert browser.sign_in("x" * 32).status == 403

    refused = [browser.sign_in(key) for key in ("x" * 32, project.api_key)]
    elsewhere = Browser(source="198.51.100.1").sign_in(project.api_key)
    now.advance(minutes=15)
    later = browser.sign_in(project.api_key)

    assert [page.status for page in refused] == [429, 429]
    assert 0 < int(refused[0].headers["retry-after"]) <= 900
    assert (elsewhere.status, later.status) == (200, 200)


def test_what_a_client_writes_of_its_address_does_not_count(project):
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        headers["CloudFront-Viewer-Address"] = f"198.51.100.{number}:443"
        assert Browser(headers=headers).sign_in("x" * 32).status == 403

    refused = Browser(headers={"X-Forwarded-For": "198.51.100.99"}).sign_in("x" * 32)
    victim = Browser(source="198.51.100.1").sign_in(project.api_key)

    assert (refused.status, victim.status) == (429, 200)


def test_right_keys_do_not_count(browser, project):
    for _ in range(12):
        assert browser.sign_in(project.api_key).status == 200


def test_addresses_of_one_subscriber_count_together(project):
    for number in range(10):
        Browser(source=f"2001:db8:1:2::{number}").sign_in("x" * 32)

    assert Browser(source="2001:db8:1:2:ffff::1").sign_in(project.api_key).status == 429
    assert Browser(source="2001:db8:1:3::1").sign_in(project.api_key).status == 200


def test_a_form_from_another_site_is_refused(browser, project):
    page = browser.post("/sign-in", {"key": project.api_key}, **{"Sec-Fetch-Site": "cross-site"})

    assert page.status == 403
    assert "nightbell" not in browser.cookies


@pytest.mark.parametrize(
    "cookie", ["nightbell=", "nightbell=a:b", "nightbell=:::", "nightbell", "=", "a" * 5000, "\x00"]
)
def test_any_cookie_is_read_or_ignored(project, cookie):
    browser = Browser(headers={"Cookie": cookie})

    assert browser.get(f"/projects/{project.project_id}/checks").path.startswith("/sign-in")


@pytest.mark.parametrize("foreign", ['a={"b":1}', "é=ü", "a=b c", "a[]=1", "@=1", "path=/", "a"])
def test_cookies_of_others_do_no_harm(signed_in, project, foreign):
    own = f"nightbell={signed_in.cookies['nightbell']}"

    for cookie in (f"{foreign}; {own}", f"{own}; {foreign}"):
        page = Browser(headers={"Cookie": cookie}).get(f"/projects/{project.project_id}/checks")
        assert page.status == 200
        assert page.path.endswith("/checks")


def test_of_two_cookies_the_one_of_the_nearest_path_counts(signed_in, project):
    cookie = f"nightbell={signed_in.cookies['nightbell']}; nightbell=planted"

    page = Browser(headers={"Cookie": cookie}).get(f"/projects/{project.project_id}/checks")

    assert page.path.endswith("/checks")


def test_pages_forbid_browsers_what_they_do_not_need(browser):
    headers = browser.get("/sign-in").headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
