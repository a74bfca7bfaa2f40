"""GET and POST /projects/{project}/channels/{channel}."""

import uuid
from datetime import timedelta

import pytest

from nightbell.alerts import registry, sealing, setup
from nightbell.domain.check import Delivery, Reason, Status, unique_key_of
from nightbell.store import channels, checks
from tests.alerts import services
from tests.functions.channel_kinds import SETTINGS

pytestmark = pytest.mark.usefixtures("secrets_key", "all_kinds_are_set_up")

SAVE = 'form:has(button[value="save"])'
SECRET = "https://hooks.example/S3cr3t"

# Kinds whose secrets are texts without a form of their own.
REVERSED = ("ntfy", "opsgenie", "pd", "po", "zulip")


@pytest.fixture
def make(project, now):
    """Return a function that makes a channel of the project with these settings."""

    def create(kind, name="Ops", /, **settings):
        document = {"kind": kind, "name": name, "settings": settings}
        return setup.create(project.project_id, document, now.moment)

    return create


@pytest.fixture
def open_page(signed_in, project):
    """Return a function that opens the page of a channel."""

    def get(channel, query=""):
        path = f"/projects/{project.project_id}/channels/{channel.channel_id}"
        return signed_in.get(path + query)

    return get


@pytest.fixture
def save(signed_in, open_page):
    """Return a function that fills in the form of settings, and returns the page that follows."""

    def send(channel, **fields):
        return signed_in.submit(open_page(channel), SAVE, action="save", **fields)

    return send


@pytest.fixture
def press(signed_in, open_page):
    """Return a function that presses a button of a channel's page."""

    def send(channel, action, query="", **fields):
        form = f'form:has(button[value="{action}"])'
        return signed_in.submit(open_page(channel, query), form, action=action, **fields)

    return send


def again(channel):
    """Return the channel as it is now."""
    return channels.get(channel.project_id, channel.channel_id)


# ---- What is shown -------------------------------------------------------------------------


def test_tells_what_it_is_how_it_does_and_what_it_was_told(
    make, open_page, create, notify, project, now
):
    channel = make("slack", url=SECRET)
    check = create(name="Backup <b>", channels="Ops")
    test_id = f"test#{channel.channel_id}"
    notify(check["uuid"], channel.channel_id, state=Delivery.RETRYING, error="Connection closed")
    notify("deleted", channel.channel_id, reason=Reason.SUCCESS, status=Status.UP)
    notify(test_id, channel.channel_id, state=Delivery.FAILED, attempts=3)
    channels.note_failure(again(channel), "Connection closed", now.moment)

    page = open_page(channel)

    assert page.texts("h1") == ["Ops"]
    assert page.texts(".lead") == ["Failing since 12:00"]
    assert "Last error Connection closed" in page.text
    assert "Goes to https://hooks.example/…" in page.text
    assert "S3cr3t" not in page.html
    rows = [row.split(" ", 1)[1] for row in page.texts("tbody tr")]
    assert rows == [
        "Test Down Failed 3",
        "a deleted check Up success Sent 1",
        "Backup <b> Down no ping in time Retrying Connection closed 1",
    ]
    address = f"/projects/{project.project_id}/checks/{unique_key_of(check['uuid'])}"
    assert page.links().count(address) == 2
    assert check["uuid"] not in page.html


def test_a_new_channel_says_that_it_is_new(make, open_page):
    page = open_page(make("email", to="ops@example.org"))

    assert page.texts(".lead") == ["Not tried yet"]
    assert "told nothing" in page.text


def test_groups_that_it_is_in_are_told(make, open_page, project):
    channel = make("email", to="ops@example.org")
    group = make("group", "All of us", channels=[channel.channel_id])

    page = open_page(channel)

    assert "It is in All of us" in page.text
    assert f"/projects/{project.project_id}/channels/{group.channel_id}" in page.links()
    page = open_page(group)
    for action in ("test", "disable", "enable"):
        assert f'value="{action}"' not in page.html
    assert "Goes to Ops Not tried yet" in page.text


def test_there_is_no_page_for_what_is_no_channel_of_the_project(
    signed_in, project, other, add_channel
):
    foreign = add_channel("Theirs", other.project_id)
    csrf = signed_in.csrf(project.project_id)

    for name in (foreign.channel_id, str(uuid.uuid4()), "x", "%F0"):
        path = f"/projects/{project.project_id}/channels/{name}"
        assert signed_in.get(path).status == 404
        for action in ("save", "test", "enable", "disable", "checks", "delete"):
            assert signed_in.post(path, {"csrf": csrf, "action": action}).status == 404
    assert channels.get(other.project_id, foreign.channel_id) == foreign


def test_a_read_only_viewer_sees_and_changes_nothing(reading, project, make, unchanged):
    channel = make("email", to="ops@example.org")
    path = f"/projects/{project.project_id}/channels/{channel.channel_id}"
    csrf = reading.csrf(project.project_id)

    with unchanged():
        answers = [reading.get(path)]
        for action in ("save", "test", "enable", "disable", "checks", "delete"):
            fields = {"csrf": csrf, "action": action, "confirm": "Ops", "name": "New"}
            answers.append(reading.post(path, fields))

    assert {page.status for page in answers} == {403}
    assert not any("ops@example.org" in page.html for page in answers)


@pytest.mark.parametrize("fields", [{"csrf": "x"}, {"action": "explode"}, {"action": None}])
def test_a_form_that_is_none_of_ours_does_nothing(make, signed_in, open_page, unchanged, fields):
    page = open_page(make("email", to="ops@example.org"))

    with unchanged():
        assert signed_in.submit(page, SAVE, **({"action": "save"} | fields)).status == 403


# ---- Settings ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(SETTINGS))
def test_each_kind_can_be_edited_and_a_form_sent_as_it_is_changes_nothing(make, save, code):
    channel = make(code, **SETTINGS[code])
    secrets = {name: value for name, value in SETTINGS[code].items() if name in channel.sealed}
    new = {f"settings.{name}": value[::-1] for name, value in secrets.items() if code in REVERSED}

    unchanged = save(channel)
    same = again(channel)
    page = save(channel, name="New name", **new)

    assert unchanged.texts(".notice")[0] == "Saved."
    assert same == channel
    assert page.texts("h1") == ["New name"]
    unsealed = sealing.unseal(again(channel))
    for name, value in secrets.items():
        assert unsealed[name] == new.get(f"settings.{name}", value)
    assert services.SECRET not in unchanged.html + page.html


def test_a_group_without_channels_says_so(make, open_page):
    member = make("email", to="ops@example.org")
    group = make("group", channels=[member.channel_id])
    setup.delete(member)

    page = open_page(group)

    assert page.texts(".lead") == ["Disabled : there is no channel in it"]
    assert "Goes to nobody" in page.text


def test_a_group_can_be_edited(make, save):
    first, second = (make("email", name, to="ops@example.org").channel_id for name in "ab")
    group = make("group", channels=[first])

    page = save(group, **{"settings.channels": [second]})

    assert again(group).settings == {"channels": [second]}
    assert [box.attributes["value"] for box in page.find(".choice input[checked]")] == [second]


def test_settings_that_are_no_secrets_are_changed_and_emptied(make, save):
    channel = make("telegram", token="1:abc", chat="5", thread=7)

    save(channel, **{"settings.chat": "@news", "settings.thread": ""})

    assert again(channel).settings == {"token": True, "chat": "@news", "thread": 0}
    assert sealing.unseal(again(channel)) == {"token": "1:abc"}


def test_a_secret_is_never_shown_and_can_be_removed(make, save, open_page):
    channel = make("ntfy", topic="S3cr3t", token="S3cr3t", url="https://ntfy.example/S3cr3t")

    page = open_page(channel)
    save(channel, **{"remove.token": "1"})

    assert "S3cr3t" not in page.html
    assert page.texts('[id="f-settings.token-hint"]')[0].startswith("Set: leave it empty")
    assert "Set (https://ntfy.example/…): " in page.texts('[id="f-settings.url-hint"]')[0]
    assert not page.find('[name="remove.topic"]')  # there has to be one
    assert sealing.unseal(again(channel)) == {
        "topic": "S3cr3t",
        "url": "https://ntfy.example/S3cr3t",
    }


def test_of_secret_headers_the_names_are_shown(make, open_page):
    headers = {"X-Key": "S3cr3t", "X-Other": "S3cr3t"}
    channel = make("webhook", url_down=SECRET, headers_down=headers)

    page = open_page(channel)

    assert "Set (X-Key, X-Other): " in page.texts('[id="f-settings.headers_down-hint"]')[0]
    assert "S3cr3t" not in page.html


@pytest.mark.parametrize(
    ("fields", "field", "mistake"),
    [
        ({"settings.url": "ftp://x"}, "settings.url", "Address of the server is not a valid URL."),
        ({"settings.url": "https://evil.example"}, "settings.token", "Token of the application is"),
        ({"settings.priority_up": "99"}, "settings.priority_up", "Priority when up is too large."),
        ({"name": "x" * 101}, "name", "Name is too long."),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_changes(
    make, save, unchanged, fields, field, mistake
):
    channel = make("gotify", url=SECRET, token="S3cr3t")

    with unchanged():
        page = save(channel, **fields)

    assert page.status == 400
    assert page.texts(f'[id="f-{field}-error"]')[0].startswith(mistake)
    assert page.texts("h1") == ["Ops"]
    assert "S3cr3t" not in page.html


def test_nobody_can_have_the_secrets_sent_elsewhere(make, save):
    channel = make("gotify", url=SECRET, token="S3cr3t")
    new = {"settings.url": "https://new.example", "settings.token": "other"}

    page = save(channel, **new)

    assert page.status == 200
    assert sealing.unseal(again(channel)) == {"url": "https://new.example", "token": "other"}


# ---- Test, enable, disable, delete ---------------------------------------------------------


def test_a_channel_is_disabled_and_enabled_by_hand(make, press):
    channel = make("email", to="ops@example.org")

    page = press(channel, "disable")
    disabled = again(channel)
    press(channel, "enable")

    assert page.texts(".lead")[0].startswith("Disabled")
    assert "disabled on the dashboard" in page.text
    assert disabled.disabled
    assert again(channel) == channel


@pytest.mark.usefixtures("delivering")
def test_a_test_tells_why_it_was_not_sent(make, press, open_page):
    channel = make("slack", url="https://127.0.0.1/S3cr3t")

    page = press(channel, "test")

    assert page.status == 200
    assert page.texts("#tested") == ["The test was not sent: Address is not public"]
    assert page.texts(".lead") == ["Failing since 12:00"]
    assert page.texts("tbody tr")[0].endswith("Test Down Failed Address is not public 1")
    assert "S3cr3t" not in page.html
    assert not open_page(channel).find("#tested")


@pytest.mark.usefixtures("delivering")
def test_a_test_that_was_sent_says_so(make, press, monkeypatch):
    sent = []
    monkeypatch.setattr(registry.module("slack"), "send", lambda alert, _: sent.append(alert.name))
    channel = make("slack", url=SECRET)

    page = press(channel, "test")

    assert sent == ["Example"]
    assert page.texts(".notice")[0].startswith("The test was sent.")
    assert page.texts(".lead") == ["Works"]


@pytest.mark.usefixtures("delivering")
def test_tests_in_a_row_are_put_off_kindly(make, press, now):
    channel = make("slack", url="https://127.0.0.1/S3cr3t")

    press(channel, "test")
    page = press(channel, "test")
    now.advance(seconds=10)
    later = press(channel, "test")

    assert (page.status, later.status) == (429, 200)
    assert page.texts("#tested") == ["A test was sent a moment ago. The next can be sent in 10 s."]


def test_a_group_is_not_disabled_for_its_channels_would_be_told_all_the_same(
    make, signed_in, project, open_page, unchanged
):
    member = make("email", to="ops@example.org")
    group = make("group", channels=[member.channel_id])
    fields = {"csrf": signed_in.csrf(project.project_id), "action": "disable"}

    with unchanged():
        assert signed_in.post(open_page(group).path, fields).status == 403


def test_what_cannot_be_tested_says_why(make, signed_in, project, open_page, unchanged):
    member = make("email", to="ops@example.org")
    group = make("group", channels=[member.channel_id])
    fields = {"csrf": signed_in.csrf(project.project_id), "action": "test"}

    with unchanged():
        page = signed_in.post(open_page(group).path, fields)

    assert page.status == 400
    assert "a group cannot be tested" in page.texts("#tested")[0]


def test_a_channel_is_deleted_when_its_name_was_typed(make, press, create, show, project):
    channel = make("email", " On  call ", to="ops@example.org")
    check = create(channels="*")["uuid"]

    wrong = press(channel, "delete", confirm="on call")
    page = press(channel, "delete", confirm="On call")

    assert (wrong.status, wrong.texts("#f-confirm-error")) == (
        400,
        ["That is not the name of the channel."],
    )
    assert page.path == f"/projects/{project.project_id}/channels?said=deleted"
    assert channels.list_for(project.project_id) == []
    assert show(check)["channels"] == ""


# ---- The checks that tell it ---------------------------------------------------------------


def test_the_checks_that_tell_it_can_be_chosen(make, press, create, show):
    channel = make("email", to="ops@example.org")
    named = [create(name=name, channels=sent)["uuid"] for name, sent in ("a*", "b*", ("c", ""))]

    page = press(channel, "checks", "?choose=checks", check=[unique_key_of(x) for x in named[1:]])

    assert [show(check)["channels"] for check in named] == ["", *[channel.channel_id] * 2]
    assert page.texts("#checks + ul li") == ["b", "c"]


def test_what_somebody_else_chose_meanwhile_stays(make, signed_in, open_page, create, call, show):
    channel = make("email", to="ops@example.org")
    kept, dropped = (create(name=name, channels="*")["uuid"] for name in "ab")
    form = open_page(channel, "?choose=checks")
    added = create(name="c", channels="*")["uuid"]
    call("POST", f"/api/v3/checks/{kept}", {"channels": ""})
    call("DELETE", f"/api/v3/checks/{dropped}")

    sent = ["x", unique_key_of(kept)]
    page = signed_in.submit(form, 'form:has([name="were"])', action="checks", check=sent)

    assert page.status == 200
    assert [show(check)["channels"] for check in (kept, added)] == ["", channel.channel_id]


def test_a_check_that_is_deleted_at_that_moment_does_no_harm(make, press, create, monkeypatch):
    channel = make("email", to="ops@example.org")
    check = create(name="a")["uuid"]
    listed = checks.list_for(channel.project_id)
    checks.delete(check, channel.project_id)
    monkeypatch.setattr(checks, "list_for", lambda _: listed)

    page = press(channel, "checks", "?choose=checks", check=[unique_key_of(check)])

    assert page.status == 200


def test_of_very_many_checks_not_all_are_listed(make, open_page, make_check, monkeypatch):
    channel = make("email", to="ops@example.org")
    told = frozenset({channel.channel_id})
    many = [make_check(check_id=str(uuid.uuid4()), channels=told) for _ in range(102)]
    monkeypatch.setattr(checks, "list_for", lambda _: many)

    page = open_page(channel)

    assert len(page.find("#checks + ul li")) == 100
    assert "and 2 more" in page.text


def test_a_failure_long_ago_is_told_with_its_day(make, open_page, now):
    channel = make("email", to="ops@example.org")
    channels.note_failure(channel, "Connection closed", now.moment - timedelta(days=3))

    assert open_page(channel).texts(".lead") == ["Failing since 12 Jan 12:00"]
