"""Each function of the dashboard may do what it does, and no more."""

import pytest

from nightbell.domain.check import unique_key_of
from tests.functions import gateway, permissions


@pytest.fixture
def done(dynamodb_calls, monkeypatch):
    """Note what each function asks of DynamoDB: pairs of table and action by function."""
    noted = {}
    invoke = gateway.invoke

    def note(function, event):
        dynamodb_calls.clear()
        answer = invoke(function, event)
        assert answer["statusCode"] < 400
        noted.setdefault(function, set()).update(permissions.used(dynamodb_calls))
        return answer

    monkeypatch.setattr(gateway, "invoke", note)
    return noted


def sign_in(browser, project, other, now, **_):
    """A second project beside the first, so that its session moves to the new token."""
    browser.sign_in(project.api_key)
    browser.sign_in(other.api_key)


def sign_out(browser, project, **_):
    browser.sign_in(project.api_key)
    browser.post("/sign-out", {})


def home(browser, **_):
    browser.get("/")
    browser.get("/wall")


def asset(browser, **_):
    browser.get("/static/style.css")


def checks(browser, project, other, now, ping, create, **_):
    """Make the first check, then do to others what can be done to several."""
    page = look_around(browser, project, other, now, "checks")
    browser.submit(page, "main form", action="create")
    made = create(name="B", slug="b", desc="d" * 2000)
    create(name="C", slug="b", desc="d" * 2000)
    ping(f"/ping/{made['uuid']}")
    page = browser.get(page.path)
    for fields in ({"action": "pause"}, {"action": "tag", "tags": "t"}, {"action": "delete"}):
        chosen = [box.attributes["value"] for box in page.find("input.pick")]
        answer = browser.submit(page, "form[data-bulk]", check=chosen, **fields)
    browser.submit(answer, "main form", action="delete")


def new_check(browser, project, other, now, **_):
    page = look_around(browser, project, other, now, "checks/new")
    browser.submit(page, "#check", name="Backup", action="save")


def edit_check(browser, project, other, now, create, ping, **_):
    made = create(timeout=3600, grace=3600)
    ping(f"/ping/{made['uuid']}")
    path = f"checks/{unique_key_of(made['uuid'])}/edit"
    page = look_around(browser, project, other, now, path)
    page = browser.submit(page, "#check", name="New", slug="new", desc="x" * 5000, action="save")
    page = browser.get(f"/projects/{project.project_id}/{path}")
    browser.submit(page, "#check", desc="", timeout="1", timeout_unit="60", action="save")


def check(browser, project, other, now, create, **_):
    """All that is done with a check, whose long texts are in an item of their own."""
    made = create(name="Ours", slug="ours", tags="t " * 200, desc="d" * 2000)
    path = f"checks/{unique_key_of(made['uuid'])}"
    page = look_around(browser, project, other, now, path)
    for signal in ("fail", "success"):
        page = browser.submit(page, "#ping form", action="ping", signal=signal)
    for action in ("pause", "resume", "copy"):
        page = browser.submit(page, ".buttons form", action=action)
    page = browser.submit(page, "#ping form", action="channels", channels=None, signal=None)
    browser.submit(page, "#delete form", action="delete", confirm="Ours (copy)")


def pings(browser, project, other, now, create, ping, **_):
    made = create()
    ping(f"/ping/{made['uuid']}")
    path = f"checks/{unique_key_of(made['uuid'])}/pings"
    look_around(browser, project, other, now, path)


def one_ping(browser, project, other, now, create, ping, **_):
    made = create()
    ping(f"/ping/{made['uuid']}", "POST", b"body")
    path = f"checks/{unique_key_of(made['uuid'])}/pings/1"
    look_around(browser, project, other, now, path)


def badges(browser, project, other, now, **_):
    look_around(browser, project, other, now, "badges")


def project_settings(browser, project, other, now, **_):
    page = look_around(browser, project, other, now, "settings")
    browser.submit(page, "#name ~ form", name="New", action="rename")
    browser.submit(page, "form.act", action="end", session="0" * 64)
    browser.submit(page, "#keys-heading ~ form", action="rotate", ping_key="1", confirm="New")
    browser.submit(page, "form.act", action="end-all", session=None)


def export(browser, project, other, now, **_):
    look_around(browser, project, other, now, "export")


def channels(browser, project, other, now, add_channel, **_):
    add_channel("Ops")
    look_around(browser, project, other, now, "channels")


def new_channel(browser, project, other, now, create, **_):
    for text in ("", "x" * 5000):
        create(desc=text)
    look_around(browser, project, other, now, "channels/new?kind=group")
    page = look_around(browser, project, other, now, "channels/new?kind=sms")
    browser.submit(page, all_checks="1", **{"settings.to": "+37120000000"})


def channel(browser, project, other, now, create, add_channel, **_):
    made = add_channel("Ops").channel_id
    checks = [unique_key_of(create(desc=text)["uuid"]) for text in ("", "x" * 5000)]
    page = look_around(browser, project, other, now, f"channels/{made}?choose=checks")
    browser.submit(page, "form:has([name=name])", action="save", name="Ops")
    browser.submit(page, 'form:has([name="were"])', action="checks", check=checks)
    browser.submit(page, "form:has([name=confirm])", action="delete", confirm="Ops")


def wall(browser, project, other, now, **_):
    look_around(browser, project, other, now, "wall")


def look_around(browser, project, other, now, path):
    """See a page with two projects signed in to, and again when the visit is to be noted."""
    browser.sign_in(other.api_key)
    browser.sign_in(project.api_key)
    now.advance(hours=2)
    return browser.get(f"/projects/{project.project_id}/{path}")


# What a person does with each page, so that its function does all that it can.
USES = {
    "home_page": home,
    "sign_in_page": sign_in,
    "sign_out": sign_out,
    "show_asset": asset,
    "checks_page": checks,
    "wall_page": wall,
    "new_check_page": new_check,
    "edit_check_page": edit_check,
    "check_page": check,
    "pings_page": pings,
    "ping_page": one_ping,
    "badges_page": badges,
    "channels_page": channels,
    "new_channel_page": new_channel,
    "channel_page": channel,
    "project_page": project_settings,
    "export_project": export,
}


def test_each_page_is_used():
    assert USES.keys() == permissions.PAGES


@pytest.mark.parametrize("page", sorted(USES))
def test_a_page_may_do_what_it_does_and_no_more(
    page, browser, project, other, now, call, create, ping, add_channel, done
):
    tools = {"call": call, "create": create, "ping": ping, "add_channel": add_channel}

    USES[page](browser=browser, project=project, other=other, now=now, **tools)

    assert done[page] == permissions.granted().get(page, set())
