"""From the page where one signs in to the first ping of an empty project, by what pages say."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import require_accessible


def test_who_signs_in_to_an_empty_project_is_led_to_the_first_ping(new_page, new_project):
    project = new_project("Workshop")
    reader = new_page(project, read_only=True, script=False)
    page = new_page(permissions=["clipboard-read", "clipboard-write"])

    reader.goto(f"{project.home}/checks")
    expect(reader.get_by_role("main")).to_contain_text("There are no checks yet")
    assert reader.locator("form[method=post] button").all_inner_texts() == ["Sign out"]
    page.clock.install()
    page.goto("/")
    page.get_by_label("API key").fill(project.api_key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name", exact=True).fill("Nightly backup")
    page.get_by_label("Runs every").select_option("day")
    require_accessible(page)
    page.get_by_role("button", name="Make the check").click()
    expect(page.get_by_role("heading", name="Waiting for the first ping")).to_be_visible()
    require_accessible(page)
    for title in page.locator("#snippets summary").all():
        title.click()
        expect(title.locator("..")).to_contain_text("/ping/")
    page.locator("#first > .snippet").get_by_role("button", name="Copy").click()
    expect(page.locator("#first > .snippet .copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    (url,) = re.findall(r"http\S+", copied)
    assert httpx.get(url, trust_env=False, timeout=60).status_code == 200

    # Without a touch of the page, which looks every few seconds.
    page.clock.fast_forward(10_000)
    expect(page.get_by_role("heading", name="the first ping has arrived")).to_be_visible()
    expect(page.locator("tbody tr")).to_contain_text("Up")
    page.get_by_role("link", name="Nightly backup").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nightly backup")
