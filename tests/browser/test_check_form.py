"""The form of a check in a browser: the preview while one types, mistakes, without script too."""

from playwright.sync_api import expect

from tests.browser.conftest import require_accessible


def test_a_person_sees_what_a_schedule_comes_to_while_typing(page, demonstration, faults):
    page.goto(f"{demonstration.home}/checks/new")
    preview, expression = page.locator("#preview"), page.locator("#f-cron")
    zone, period = page.locator("#f-tz"), page.locator("#f-timeout")

    expect(preview).to_contain_text("A ping is expected every day.")
    expect(zone).to_be_hidden()
    page.get_by_role("radio", name="Cron expression").check()
    expect(zone).to_have_value("Europe/Berlin")
    expect(period).to_be_hidden()
    expression.press_sequentially("* 9 * * 1-5")
    expect(preview.locator(".warn").first).to_contain_text("write “0 9 * * 1-5”")
    page.locator("#f-slug").fill("No Slug")
    page.locator("#f-slug").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Slug: Small letters")
    require_accessible(page)
    expression.fill("0 9 * * 1-5")
    expect(preview).to_contain_text("at 09:00 on weekdays, by the clock of Europe/Berlin")
    expect(preview.locator("tbody tr")).to_have_count(5)
    expect(expression).to_be_focused()
    zone.fill("Asia/Tokyo")
    expect(preview).to_contain_text("For you, Europe/Berlin")
    page.locator("#f-slug").fill("")
    page.get_by_label("Name", exact=True).fill("Form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Form")).to_be_visible()
    expect(page.locator(".notice").first).to_have_text("The check is there.")

    # Chromium writes each answer of this status to the console.
    assert [fault for fault in faults if "400" not in fault] == []
    faults.clear()


def test_the_form_works_without_script(new_page, demonstration, faults):
    page = new_page(demonstration, script=False)
    page.goto(f"{demonstration.home}/checks/new")

    page.get_by_label("Name", exact=True).fill("<script>alert(1)</script>")
    page.get_by_role("radio", name="Cron expression").check()
    page.locator("#f-cron").fill("15 3 * * *")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("at 03:15 every day, by the clock of UTC")
    page.locator("#f-cron").fill("nonsense")
    page.locator("#f-cron").press("Enter")
    page.get_by_role("link", name="Cron expression: This is not a valid").click()
    name = page.get_by_label("Name", exact=True).input_value()

    assert (page.url.rpartition("#")[2], name) == ("f-cron", "<script>alert(1)</script>")
    assert [fault for fault in faults if "400" not in fault] == []
    faults.clear()
