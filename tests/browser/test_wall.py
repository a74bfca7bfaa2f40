"""The wall in a browser: for a screen that nobody touches."""

from playwright.sync_api import expect

EVERY = 10_000  # milliseconds between refreshes

# Lets that many checks be wrong that have long names.
_FILL = """([size, tiles]) => {
  const list = document.querySelector("#wrong");
  list.className = `tiles wrong ${size}`;
  const name = "Nightly backup of the customer database in the north";
  list.querySelector("h2").textContent = name;
  const tile = list.firstElementChild;
  list.replaceChildren(...Array.from({ length: tiles }, () => tile.cloneNode(true)));
}"""
_BOTTOMS = "all => all.map(one => one.getBoundingClientRect().bottom)"


def test_a_screen_signs_in_once_and_shows_what_goes_wrong(new_page, new_project, faults):
    project = new_project("Warehouse")
    check = project.create(name="Scanner")
    project.api.post(check["ping_url"])
    page = new_page(width=1920)
    page.clock.install()
    wrong, lost = page.locator("#wrong h2"), page.locator("#lost")

    page.goto("/wall")
    page.get_by_label("API key").fill(project.api_key_readonly)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{project.home}/wall")
    expect(page.get_by_role("main")).to_contain_text("All is well")
    project.api.post(f"{check['ping_url']}/fail")
    page.clock.fast_forward(2 * EVERY)
    expect(wrong).to_have_text("Scanner")
    expect(page).to_have_title("(1) Warehouse – Nightbell")
    assert page.locator("form, input").count() == 0

    for size, tiles in (("", 6), ("many", 20), ("crowd", 36)):
        page.evaluate(_FILL, [size, tiles])
        for width, height in ((1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)):
            page.set_viewport_size({"width": width, "height": height})
            (bottom,) = page.locator("#wrong").evaluate_all(_BOTTOMS)
            assert bottom <= height, f"{tiles} tiles on {width} × {height}"

    page.context.set_offline(True)
    while lost.is_hidden():
        page.clock.fast_forward(4 * EVERY)
    expect(lost).to_contain_text("No connection since")
    page.context.set_offline(False)
    expect(lost).to_be_hidden()
    assert all("ERR_INTERNET_DISCONNECTED" in fault for fault in faults)
    faults.clear()

    # The screen is switched off, and on again after some weeks.
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "nightbell"]
    assert cookie["expires"] - page.evaluate("Date.now()") / 1000 > 360 * 86400
    page.goto("/wall")
    expect(wrong).to_have_text("Scanner")
