"""Channels in a browser: one is made, tried, used, changed and deleted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Project, require_accessible
from tests.e2e.receiver import Receiver, running_receiver

HOSTILE = "<script>alert(1)</script> \u202e🔔=1+1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with running_receiver() as receiver:
        yield receiver


def test_a_channel_is_made_tried_used_and_deleted(
    page: Page, demonstration: Project, receiver: Receiver, faults: list[str]
) -> None:
    demonstration.create(name="Backup to tell of")

    page.get_by_role("link", name="Channels").click()
    page.get_by_role("link", name="Add a channel").click()
    page.get_by_role("link", name="Webhook", exact=True).click()
    page.get_by_label("Name", exact=True).fill(HOSTILE)
    page.get_by_label("URL of the request when down").fill("nowhere")
    page.get_by_role("button", name="Add the channel").click()
    page.get_by_role("link", name="URL of the request when down is not a valid URL").click()
    require_accessible(page)
    # Chromium writes each answer of this status to the console.
    assert [fault for fault in faults if "400" not in fault] == []
    faults.clear()

    page.keyboard.press("Control+A")  # what was typed is still there
    page.keyboard.type(f"{receiver.url}/S3cr3t")
    page.get_by_label("Use it for all checks").uncheck()
    page.get_by_role("button", name="Add the channel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test was sent.")).to_be_visible()
    expect(page.locator(".lead")).to_contain_text("Works")
    assert receiver.heard("/S3cr3t") == [""]

    page.get_by_role("link", name="Choose the checks").click()
    page.get_by_label("Backup to tell of").check()
    page.get_by_role("region", name="Checks").get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Backup to tell of")).to_be_visible()
    assert "S3cr3t" not in page.content()
    require_accessible(page)

    delete = page.get_by_role("button", name="Delete the channel")
    expect(delete).to_be_disabled()
    page.get_by_label("to confirm").fill(HOSTILE)
    delete.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Channels")
    expect(page.get_by_text("On-call")).to_be_visible()
    expect(page.get_by_text(HOSTILE)).to_have_count(0)


def test_channels_are_made_without_script_too(new_page: NewPage, demonstration: Project) -> None:
    page = new_page(demonstration, width=320, script=False)

    page.goto(f"{demonstration.home}/channels")
    page.get_by_role("link", name="Add a channel").click()
    page.get_by_role("link", name="SMS").click()
    page.get_by_label("Phone number").fill("+37120000000")
    page.get_by_role("button", name="Add the channel").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.locator(".lead")).to_contain_text("Disabled")
    page.get_by_label("to confirm").fill("SMS")
    page.get_by_role("button", name="Delete the channel").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Channels")
    expect(page.get_by_text("+37120000000")).to_have_count(0)


def test_a_test_that_fails_tells_why(new_page: NewPage, shop: Project, receiver: Receiver) -> None:
    receiver.statuses["/"] = 500
    webhook = {"kind": "webhook", "settings": {"url_down": f"{receiver.url}/"}}
    made = shop.api.post("/api/v3/channels/", json=webhook).json()
    page = new_page(shop, script=False)

    page.goto(f"{shop.home}/channels/{made['id']}")
    page.get_by_role("button", name="Send a test").click()

    expect(page.get_by_role("alert")).to_contain_text("Received status code 500")
    page.get_by_role("link", name="Channels").click()
    expect(page.locator("tbody tr")).to_contain_text("Received status code 500")
