"""Signing in and out in a browser."""

import pytest

from tests.browser.conftest import require_accessible


@pytest.mark.parametrize("script", [True, False])
def test_a_person_signs_in_sees_checks_and_signs_out(new_page, system, script):
    page = new_page(script=script)

    page.goto("/")
    page.get_by_label("API key").fill(system.api_key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/checks")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "nightbell"]
    page.get_by_role("button", name="Sign out").click()

    page.wait_for_url("**/sign-in")
    page.go_back()
    page.wait_for_url("**/sign-in?next=*")
    # Out of reach of scripts and of other sites.
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")


def test_a_wrong_key_is_told_and_the_field_is_named(new_page, faults):
    page = new_page()

    page.goto("/sign-in")
    page.get_by_label("API key").fill("x" * 32)
    page.get_by_role("button", name="Sign in").click()

    assert page.get_by_role("alert").inner_text() == "This key opens no project."
    require_accessible(page)
    # Chromium writes each answer of this status to the console.
    assert [fault for fault in faults if "403" not in fault] == []
    faults.clear()


def test_pages_follow_the_reader_to_where_they_were_going(new_page, demonstration):
    page = new_page()

    page.goto(f"{demonstration.home}/settings")
    page.get_by_label("API key").fill(demonstration.api_key_readonly)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(f"**{demonstration.home}/settings")


def test_a_link_on_another_site_leads_to_the_list_as_it_is_filtered(
    new_page, system, demonstration
):
    page = new_page(demonstration, read_only=True)
    wanted = f"{system.url}{demonstration.home}/checks?q=a+%26+b&status=down"
    page.set_content(f'<a href="{wanted.replace("&", "&amp;")}">what is down</a>')
    arrivals = []
    page.on("request", lambda request: arrivals.append(request.url))

    page.get_by_text("what is down").click()
    page.wait_for_url(wanted)
    page.get_by_role("heading", name="Checks", exact=True).wait_for()

    # The session did not come along from there; a page of ours has fetched it.
    assert any("/sign-in?next=" in address for address in arrivals)
    assert page.url == wanted
