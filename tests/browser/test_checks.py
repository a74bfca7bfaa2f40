"""The list of checks and the wall in a browser, and the way from an empty project to a ping."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import require_accessible

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "=cmd|' /C calc'!A0", "🔥" * 100]


@pytest.fixture(scope="module")
def shop(system, make_project):
    """Make a project with checks that are up, down, new and paused; the value is its keys."""
    made = make_project("Shop")
    key = {"X-Api-Key": made["api_key"]}
    with httpx.Client(base_url=system.url, headers=key, timeout=60, trust_env=False) as client:

        def create(name, **fields):
            answer = client.post("/api/v3/checks/", json={"name": name, **fields})
            return answer.raise_for_status().json()["uuid"]

        up = create("Invoices", tags="prod billing", timeout=3600, grace=600)
        client.get(f"/ping/{up}/start")
        client.get(f"/ping/{up}")
        down = create("Backup", tags="prod db", timeout=3600, grace=600)
        client.get(f"/ping/{down}/fail")
        for name in HOSTILE:
            create(name, tags=name.replace(" ", "_"))
        paused = create("Old report")
        client.post(f"/api/v3/checks/{paused}/pause").raise_for_status()
        yield {**made, "up": up, "ping": lambda path: client.get(f"/ping/{path}")}


def refresh(page):
    """Let the page ask for itself now, not in fifteen seconds."""
    page.evaluate("dispatchEvent(new Event('online'))")


def names(page):
    return page.locator("tbody a.open")


def test_a_person_who_has_never_been_here_gets_to_a_first_ping(new_page, sign_in, make_project):
    page = sign_in(new_page(), make_project("Mine")["api_key"])

    page.get_by_label("Name").fill("Nightly backup")
    page.get_by_label("Runs every").select_option("hour")
    require_accessible(page)
    page.get_by_role("button", name="Make the check").click()
    heading = page.get_by_role("heading", name="Waiting for the first ping of “Nightly backup”")
    heading.wait_for()
    page.locator("summary", has_text="Python").click()
    require_accessible(page)
    command = page.locator("#first > .snippet code").inner_text()
    assert httpx.get(command.removeprefix("curl "), trust_env=False).text == "OK"

    page.get_by_role("heading", name="It works: the first ping has arrived").wait_for()
    assert command.removeprefix("curl ") in page.locator("#snippets details[open]").inner_text()
    expect(page.locator("tbody .status")).to_have_text("Up")


def test_the_list_is_searched_lives_and_is_changed_by_keyboard(new_page, sign_in, shop):
    page = sign_in(new_page(), shop["api_key"])

    assert page.title().startswith("(1) ")
    shown = names(page).all_inner_texts()
    assert shown[:2] == ["Backup", "Invoices"]
    assert {*HOSTILE} <= {*shown}
    require_accessible(page)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#chosen")).to_contain_text("1 selected")
    page.keyboard.press("/")
    page.keyboard.type("half ty")
    shop["ping"](f"{shop['up']}/fail")
    refresh(page)
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    assert page.evaluate("document.activeElement.value") == "half ty"
    expect(page.locator("#chosen")).to_contain_text("1 selected")
    shop["ping"](shop["up"])

    page.locator("#chosen").get_by_label("Tags").fill("seen")
    page.get_by_role("button", name="Add tags").click()
    page.get_by_text("The checks have new tags.").wait_for()
    page.get_by_role("link", name="seen").first.click()
    page.wait_for_url("**/checks?tag=seen")
    expect(names(page)).to_have_text(["Invoices"])


def test_the_list_is_read_and_changed_without_script(new_page, sign_in, shop):
    page = sign_in(new_page(width=320, script=False), shop["api_key"])

    page.get_by_label("Name, slug or tag").fill("report")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/checks?q=report")
    assert names(page).all_inner_texts() == ["Old report"]
    page.get_by_role("checkbox", name="Select Old report").check()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("heading", name="Delete 1 check?").wait_for()
    page.get_by_role("button", name="Delete for good").click()

    page.get_by_text("The checks were deleted.").wait_for()
    page.get_by_text("No check is like that").wait_for()
    page.get_by_role("link", name="Show all").first.click()
    page.get_by_role("link", name=re.compile("^Down")).click()
    page.wait_for_url("**/checks?status=down")
    assert "Backup" in names(page).all_inner_texts()


def test_a_screen_shows_the_wall_and_says_when_it_is_cut_off(new_page, shop, faults):
    page = new_page(width=1920)

    page.goto("/wall")
    page.get_by_label("API key").fill(shop["api_key_readonly"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/wall")
    expect(page.locator("#wrong h2")).to_have_text(["Backup"])
    require_accessible(page)
    assert page.locator("main form, main input").count() == 0
    page.context.set_offline(True)
    for _ in range(2):
        refresh(page)
        page.wait_for_timeout(200)
    page.get_by_text("No connection since").wait_for()
    assert all("ERR_INTERNET_DISCONNECTED" in fault for fault in faults)
    faults.clear()
    page.context.set_offline(False)
    refresh(page)

    expect(page.locator("#lost")).to_be_hidden()
