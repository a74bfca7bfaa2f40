"""The list of checks: what is wrong comes first, what changes shows, several change at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import require_accessible

EVERY = 15  # seconds between refreshes


@pytest.fixture(scope="module")
def project(shop):
    """A project with a check in each of several states."""
    for name, path in (
        ("Invoices", "/fail"),
        ("Report", "/start"),
        ("Backup", ""),
        ("Stock", None),
    ):
        check = shop.create(name=name, slug=name.lower(), tags="shop")
        if path is not None:
            assert shop.api.get(check["ping_url"] + path).status_code == 200
    return shop


def names(page):
    return page.locator("a.open").all_inner_texts()


def test_a_list_shows_what_changes_and_leaves_alone_what_a_person_is_at(new_page, project):
    checks = [project.create(name=f"Job {n:02}", slug=f"job-{n}", tags="live") for n in range(16)]
    for check in checks:
        project.api.get(check["ping_url"])
    page = new_page(project)
    page.clock.install()
    page.goto("/sign-in")  # from now on the server knows the zone of the reader
    page.goto(f"{project.home}/checks?tag=live")
    page.evaluate("window.loaded = 'once'")
    before = (page.title(), page.locator("link[rel=icon]").get_attribute("href"))
    last = page.locator("tr", has_text="Job 15")
    page.get_by_role("searchbox").fill("half a wo")
    page.locator("tr", has_text="Job 03").get_by_role("checkbox").check()
    page.locator("tr", has_text="Job 12").locator("a.open").focus()
    page.evaluate("scrollTo(0, 300)")

    statuses = []
    page.on("response", lambda response: statuses.append(response.status))
    for _ in range(2):  # the first one is asked for by the browser itself, which hides the answer
        with page.expect_response("**/checks?tag=live"):
            page.clock.fast_forward(EVERY * 1200)
    project.api.post(f"{checks[15]['ping_url']}/fail")
    page.clock.fast_forward(EVERY * 1200)
    expect(last).to_contain_text("Down")

    assert statuses[1:3] == [304, 200]
    assert names(page)[:2] == ["Job 15", "Job 00"]
    failures = int(re.fullmatch(r"\((\d)\) Checks – Nightbell", before[0])[1])
    expect(page).to_have_title(f"({failures + 1}) Checks – Nightbell")
    assert f"icon-{failures}.svg" in before[1]
    assert f"icon-{failures + 1}.svg" in page.locator("link[rel=icon]").get_attribute("href")
    assert page.evaluate("window.loaded") == "once"
    assert page.get_by_role("searchbox").input_value() == "half a wo"
    assert page.locator("tr", has_text="Job 03").get_by_role("checkbox").is_checked()
    assert page.evaluate("document.activeElement.textContent") == "Job 12"
    assert page.evaluate("scrollY") == 300


def test_a_list_is_used_by_keyboard(new_page, project):
    page = new_page(project)
    page.goto(f"{project.home}/checks?tag=shop")
    press = page.keyboard.press

    in_order = names(page)
    press("j")
    press("j")
    press("x")
    chosen = page.locator(".pick:checked").evaluate_all("all => all.map(one => one.ariaLabel)")
    press("k")
    press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("Escape")
    press("/")
    page.keyboard.type("inv")
    press("Enter")
    page.wait_for_url("**q=inv**")
    press("j")
    press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Invoices")
    assert in_order == ["Invoices", "Report", "Backup", "Stock"]
    assert chosen == ["Select Report"]


def test_a_list_is_searched_filtered_and_sorted_without_script(new_page, project):
    page = new_page(project, read_only=True, script=False, width=320)

    page.goto(f"{project.home}/checks")
    page.get_by_role("list", name="Filter by tag").get_by_role("link", name="shop").click()
    by_tag = names(page)
    page.get_by_role("link", name="Name", exact=True).click()
    by_name = names(page)
    page.get_by_role("list", name="Filter by status").get_by_role("link", name="Down").click()
    page.get_by_role("searchbox").fill("INVO")
    page.get_by_role("button", name="Search").click()

    assert by_tag == ["Invoices", "Report", "Backup", "Stock"]
    assert by_name == ["Backup", "Invoices", "Report", "Stock"]
    assert names(page) == ["Invoices"]
    page.reload()
    assert names(page) == ["Invoices"]
    assert all(part in page.url for part in ("q=INVO", "status=down", "tag=shop", "sort=name"))


def test_several_checks_are_paused_resumed_tagged_and_deleted_at_once(new_page, project):
    for number in range(3):
        check = project.create(name=f"Batch {number}", slug=f"batch-{number}", tags="batch")
        project.api.get(check["ping_url"])
    page = new_page(project)
    page.goto(f"{project.home}/checks?tag=batch")
    rows = page.locator("tbody tr")

    def choose(*numbers):
        for number in numbers:
            page.get_by_label(f"Select Batch {number}").check()

    choose(0, 1)
    expect(page.locator("[data-count]")).to_have_text("2 selected")
    require_accessible(page)
    page.get_by_role("button", name="Pause").click()
    expect(rows.filter(has_text="Paused")).to_have_count(2)
    choose(0)
    page.get_by_role("button", name="Resume").click()
    expect(rows.filter(has_text="Paused")).to_have_count(1)
    page.get_by_label("Select all").check()
    page.get_by_label("Tags").fill("old")
    page.get_by_role("button", name="Add tags").click()
    expect(rows.filter(has_text="old")).to_have_count(3)
    choose(1, 2)
    page.get_by_role("button", name="Delete").click()
    require_accessible(page)
    page.get_by_role("button", name="Delete for good").click()

    expect(rows).to_have_count(1)
    left = project.api.get("/api/v3/checks/?tag=batch").json()["checks"]
    assert [(one["name"], one["tags"]) for one in left] == [("Batch 0", "batch old")]
