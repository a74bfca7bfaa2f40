"""A check in a browser: looked at, pinged by hand, paused, copied, deleted; its log."""

from playwright.sync_api import expect


def test_a_check_is_pinged_by_hand_paused_resumed_copied_and_deleted(new_page, shop):
    check = shop.create(name="Backup", slug="backup", tags="nightly", timeout=3600)
    page = new_page(shop)
    standing = page.locator("#standing")

    def press(word):
        page.get_by_role("button", name=word, exact=True).click()

    page.goto(shop.address(check))
    expect(standing).to_contain_text("New")
    press("Start")
    expect(standing).to_contain_text("Running")
    press("Failure")
    expect(standing).to_contain_text("Down")
    expect(page).to_have_title("(1) Backup – Nightbell")
    press("Success")
    expect(standing).to_contain_text("Up")
    expect(page.locator("#pings tbody tr")).to_have_count(3)
    press("Pause")
    expect(standing).to_contain_text("Paused")
    press("Resume")
    expect(standing).to_contain_text("New")
    page.get_by_role("main").locator("button[value=copy]").click()
    expect(page.locator(".notice").first).to_contain_text("copy")
    copy = page.get_by_role("heading", level=1).inner_text()
    page.get_by_text("Delete this check with its log").click()
    page.get_by_label("Type").fill(copy[:-1])
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()
    page.get_by_label("Type").fill(copy)
    press("Delete")

    expect(page.get_by_role("heading", level=1)).to_have_text("Checks")
    left = shop.api.get("/api/v3/checks/?tag=nightly").json()["checks"]
    assert [one["uuid"] for one in left] == [check["uuid"]]


def test_a_check_shows_pings_as_they_come_and_what_was_in_them(new_page, shop):
    check = shop.create(name="Import", slug="import")
    for number in range(4):
        shop.api.post(f"{check['ping_url']}/start")
        shop.api.post(check["ping_url"], content=f"run {number}\n\x00done".encode())
    page = new_page(shop)
    page.clock.install()

    page.goto(shop.address(check))
    shop.api.post(f"{check['ping_url']}/3", content="disk full: /dev/sda1")
    page.clock.fast_forward(30_000)
    expect(page.locator("#standing")).to_contain_text("exit status 3")
    page.get_by_role("link", name="Ping #9").click()
    expect(page.get_by_role("main")).to_contain_text("disk full: /dev/sda1")
    page.get_by_role("link", name="Bytes").click()
    expect(page.get_by_role("main")).to_contain_text("64 69 73 6b")
    page.get_by_role("link", name="Log").first.click()
    page.get_by_role("link", name="Failure").click()

    expect(page.locator("tbody tr")).to_have_count(1)


def test_times_are_those_of_the_readers_clock_and_tell_utc(new_page, shop):
    check = shop.create(name="Clock", slug="clock", schedule="30 12 1 1 *", tz="UTC")
    seen = {}

    for zone in ("America/New_York", "Asia/Kolkata"):
        page = new_page(shop, timezone_id=zone)
        page.goto(shop.address(check))
        time = page.locator("#schedule tbody time").first
        seen[zone] = (time.inner_text()[-5:], time.get_attribute("title")[5:])

    assert seen == {
        "America/New_York": ("07:30", "01-01 12:30:00 UTC"),
        "Asia/Kolkata": ("18:00", "01-01 12:30:00 UTC"),
    }


def test_what_is_half_typed_stays_while_the_page_lives(new_page, shop):
    check = shop.create(name="Report", slug="report")
    page = new_page(shop)

    page.goto(shop.address(check))
    page.get_by_text("Delete this check with its log").click()
    page.get_by_label("Type").fill("Rep")
    shop.api.get(check["ping_url"])
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("#standing .status")).to_have_text("Up")
    expect(page.get_by_label("Type")).to_have_value("Rep")


def test_a_body_is_saved_as_it_came(new_page, shop):
    check = shop.create(name="Dump", slug="dump")
    shop.api.post(check["ping_url"], content=b"<script>\x00\xff")
    page = new_page(shop)

    page.goto(f"{shop.address(check)}/pings/1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == "ping-1.txt"
    assert download.value.path().read_bytes() == b"<script>\x00\xff"
