"""A project in a browser: its name, new keys, sessions, several projects at once, export."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import require_accessible


@pytest.fixture(scope="module")
def project(new_project):
    return new_project("Second")


def test_a_browser_is_signed_in_to_several_projects_and_out_everywhere(
    new_page, project, demonstration
):
    page = new_page(project)
    elsewhere = new_page(project, read_only=True)

    page.goto(f"{project.home}/checks")
    page.locator("#switch").click()
    page.get_by_role("link", name="Add a project").click()
    page.get_by_label("API key").fill(demonstration.api_key_readonly)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{demonstration.home}/checks")
    page.locator("#switch").click()
    page.get_by_role("link", name="Second").click()
    page.wait_for_url(f"**{project.home}/checks")
    page.get_by_role("link", name="Project", exact=True).click()
    page.get_by_role("button", name="Sign out everywhere").click()

    page.wait_for_url("**/sign-in")
    elsewhere.goto(f"{project.home}/checks")
    assert "/sign-in" in elsewhere.url
    page.goto(f"{demonstration.home}/checks")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checks")


def test_a_project_is_renamed_exported_and_gets_new_keys(new_page, project):
    page = new_page(project)
    other = new_page(project, read_only=True)

    page.goto(f"{project.home}/settings")
    page.get_by_label("Name of the project").fill("New name")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New name")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download checks and channels").click()
    assert json.loads(download.value.path().read_text())["checks"] == []
    page.get_by_label("to confirm").fill("New name")
    page.get_by_role("button", name="Make new keys").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New keys")
    require_accessible(page)
    new_key = page.locator("code").first.inner_text()

    other.goto(f"{project.home}/checks")
    assert "/sign-in" in other.url
    other.get_by_label("API key").fill(new_key)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Checks")
    page.get_by_role("link", name="Back to the project").click()
    expect(page.locator("tbody tr")).to_have_count(2)
