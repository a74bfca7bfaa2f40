"""GET and POST /projects/{project}/channels/new."""

import json
import random

import pytest

from nightbell.alerts import registry, sealing
from nightbell.alerts.kind import Input
from nightbell.settings import settings
from nightbell.store import channels
from tests.alerts import services
from tests.functions.channel_kinds import ARN, CONFIGURED, SETTINGS
from tests.functions.odd_input import ODD_TEXTS

pytestmark = pytest.mark.usefixtures("secrets_key", "all_kinds_are_set_up")


@pytest.fixture
def path(project):
    return f"/projects/{project.project_id}/channels/new"


@pytest.fixture
def fill_in(signed_in, path):
    """Return a function that fills in the form of a kind, and returns the page that follows."""

    def send(code, name="Ops", /, all_checks=None, **typed):
        fields = {f"settings.{setting}": value for setting, value in typed.items()}
        form = signed_in.get(f"{path}?kind={code}")
        return signed_in.submit(form, name=name, all_checks=all_checks, **fields)

    return send


@pytest.fixture
def made(project):
    """Return a function that returns the only channel of the project."""

    def find():
        (channel,) = channels.list_for(project.project_id)
        return channel

    return find


def test_lists_all_kinds_with_a_line_about_each(signed_in, path):
    page = signed_in.get(path)

    links = {path + link for link in page.links() if link.startswith("?")}
    assert links == {f"{path}?kind={code}" for code in registry.CODES}
    for code in registry.CODES:
        assert " ".join(registry.get(code).about.split()) in page.text


def test_kinds_that_the_service_cannot_send_to_are_not_offered(signed_in, path, monkeypatch):
    for module in CONFIGURED:
        monkeypatch.setattr(module, "deployment", settings)

    page = signed_in.get(path)

    missing = {code for code in registry.CODES if f"?kind={code}" not in page.links()}
    assert missing == {"apprise", "email", "eventbridge", "sns"}
    assert page.text.count("has not set it up") == 4


def test_forms_have_a_labelled_field_for_each_setting(signed_in, path, add_channel):
    add_channel("Member")

    pages = {code: signed_in.get(f"{path}?kind={code}") for code in registry.CODES}

    for code, page in pages.items():
        for setting in registry.get(code).settings:
            (field, *_) = page.find(f'main [name="settings.{setting.name}"]')
            labels = "legend" if setting.input is Input.CHANNELS else "label"
            assert setting.label in page.texts(labels)
            if setting.secret and field.tag == "input":
                assert field.attributes["type"] == "password"
                assert field.attributes["autocomplete"] == "new-password"


@pytest.mark.parametrize("code", sorted(SETTINGS))
def test_a_channel_of_each_kind_can_be_made_as_by_the_api(fill_in, call, made, code, dump, log):
    document = {"kind": code, "name": "Ops", "settings": SETTINGS[code]}
    by_api = call("POST", "/api/v3/channels/", document).json
    call("DELETE", f"/api/v3/channels/{by_api['id']}")

    page = fill_in(code, **SETTINGS[code])

    assert (page.status, page.texts("h1")) == (200, ["Ops"])
    assert page.texts(".notice")[0].startswith("Made.")
    channel = made()
    assert page.path.partition("?")[0].endswith(f"/channels/{channel.channel_id}")
    assert (channel.kind, channel.name, dict(channel.settings)) == (code, "Ops", by_api["settings"])
    read = registry.get(code).read(SETTINGS[code])
    secrets = [setting.name for setting in registry.get(code).settings if setting.secret]
    assert sealing.unseal(channel) == {name: read[name] for name in secrets if read[name]}
    for told in (page.html, json.dumps(dump(), default=str), log.getvalue()):
        assert services.SECRET not in told


def test_these_are_all_kinds():
    assert {*SETTINGS, "group"} == set(registry.CODES)


def test_a_group_is_made_of_other_channels(fill_in, project, add_channel, signed_in, path):
    first, second = add_channel("First"), add_channel("Second")
    add_channel("Other group", kind="group", settings={"channels": []})
    form = signed_in.get(f"{path}?kind=group")

    page = fill_in("group", channels=[second.channel_id])

    assert form.texts(".choice") == ["First", "Second"]
    (group,) = [one for one in channels.list_for(project.project_id) if one.name == "Ops"]
    assert group.settings == {"channels": [second.channel_id]}
    assert first.channel_id not in group.settings["channels"]
    assert "Second" in page.text


def test_what_is_typed_into_other_fields_than_lines_is_understood(fill_in, made):
    fill_in(
        "webhook",
        url_down="https://hooks.example/down ",
        method_down="POST",
        headers_down="X-Key: abc\r\n\r\nContent-Type: text/plain\r\n",
        body_down="one\r\n two\r\n",
    )

    channel = made()
    assert sealing.unseal(channel) == {
        "url_down": "https://hooks.example/down",
        "headers_down": {"X-Key": "abc", "Content-Type": "text/plain"},
        "body_down": "one\n two\n",
    }
    assert channel.settings["method_down"] == "POST"


def test_boxes_and_numbers_are_understood(fill_in, made, project):
    fill_in("email", to="ops@example.org", up=None)
    mail = made()
    fill_in("gotify", url="https://gotify.example", token="t", priority_down="10", priority_up="")

    (gotify,) = [one for one in channels.list_for(project.project_id) if one.kind == "gotify"]
    assert (mail.settings["down"], mail.settings["up"]) == (True, False)
    assert (gotify.settings["priority_down"], gotify.settings["priority_up"]) == (10, 4)


@pytest.mark.parametrize(
    ("code", "typed", "field", "mistake"),
    [
        ("slack", {}, "url", "Address of the incoming webhook is missing."),
        ("slack", {"url": "nowhere"}, "url", "Address of the incoming webhook is not a valid URL."),
        ("email", {"to": ""}, "to", "Address to write to is empty."),
        ("email", {"to": "a@b"}, "to", "Address to write to has unexpected value."),
        ("gotify", {"priority_up": "x"}, "priority_up", "Priority when up is not a number."),
        ("gotify", {"priority_up": "11"}, "priority_up", "Priority when up is too large."),
        ("webhook", {}, "url_down", "URL of the request when down is missing."),
        ("sns", {"topic": ARN.format("sns", "x")}, "topic", "may publish to."),
        ("zulip", {"type": "private", "to": ","}, "to", "Stream or people has unexpected value."),
        ("pd", {"severity": "awful"}, "severity", "Severity has unexpected value."),
        ("group", {}, "channels", "Channels in it: the choice is empty."),
        ("group", {"channels": ["x"]}, "channels", "the choice has unexpected value."),
        (
            *("group", {"channels": ["31365bce-8da9-4729-8ff3-aaa71d56b712"]}, "channels"),
            "a channel that was chosen is there no more.",
        ),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_made(
    fill_in, unchanged, code, typed, field, mistake, add_channel
):
    add_channel("Member")
    rest = {} if code in ("slack", "webhook", "group") else SETTINGS[code]

    with unchanged():
        page = fill_in(code, "My <b>channel", **(rest | typed))

    assert page.status == 400
    (told,) = page.find(f'[id="f-settings.{field}-error"]')
    assert told.text().endswith(mistake)
    assert page.find(f'.bad a[href="#f-settings.{field}"]')
    assert page.find('input[name="name"]')[0].attributes["value"] == "My <b>channel"


def test_after_a_mistake_what_was_typed_stands_there(fill_in):
    page = fill_in(
        "ntfy",
        "n" * 101,
        topic="S3cr3t",
        token="S3cr3t",
        priority_down="5",
        tags_down="skull",
    )

    assert page.texts("#f-name-error") == ["Name is too long."]
    for field, value in (("priority_down", "5"), ("tags_down", "skull"), ("topic", "S3cr3t")):
        (found,) = page.find(f'input[name="settings.{field}"]')
        assert found.attributes["value"] == value
    assert page.headers["cache-control"] == "no-store"


def test_a_group_of_a_channel_that_was_deleted_meanwhile_asks_to_choose_again(
    signed_in, path, add_channel, project, unchanged
):
    members = [add_channel(name).channel_id for name in ("Here", "Gone")]
    form = signed_in.get(f"{path}?kind=group")
    channels.delete(project.project_id, members[1])

    with unchanged():
        page = signed_in.submit(form, name="Night", **{"settings.channels": members})

    assert page.status == 400
    assert page.texts('[id="f-settings.channels-error"]') == [
        "Choose again: a channel that was chosen is there no more."
    ]
    (box,) = page.find('input[name="settings.channels"]')
    assert (box.attributes["value"], "checked" in box.attributes) == (members[0], True)


@pytest.mark.parametrize("all_checks", [None, "1"])
def test_all_checks_can_be_told_to_tell_it(fill_in, create, show, made, all_checks):
    checks = [create(name=name)["uuid"] for name in ("a", "b")]

    fill_in("email", to="ops@example.org", all_checks=all_checks)

    expected = made().channel_id if all_checks else ""
    assert [show(check)["channels"] for check in checks] == [expected, expected]


def test_that_is_proposed_but_for_a_group(signed_in, path):
    boxes = {
        code: signed_in.get(f"{path}?kind={code}").find("input[name=all_checks]")[0].attributes
        for code in ("email", "group")
    }

    assert {code: "checked" in box for code, box in boxes.items()} == {
        "email": True,
        "group": False,
    }


def test_whatever_is_typed_is_taken_or_refused(signed_in, project, path):
    chance = random.Random(1)
    odd = [
        text.encode(errors="replace")
        for text in (*ODD_TEXTS, "[" * 20_000, "9" * 5000, "a:b", "\0")
    ]
    csrf = signed_in.csrf(project.project_id)

    for code in registry.CODES:
        for _ in range(4):
            typed = {
                f"settings.{one.name}": chance.choice(odd) for one in registry.get(code).settings
            }
            fields = {"csrf": csrf, "kind": code, "name": chance.choice(odd), "all_checks": "1"}
            assert signed_in.post(path, fields | typed).status in (200, 400)
    for channel in channels.list_for(project.project_id):
        page = f"/projects/{project.project_id}/channels/{channel.channel_id}"
        settings_of = registry.get(channel.kind).settings
        typed = {f"settings.{one.name}": chance.choice(odd) for one in settings_of}
        fields = {"csrf": csrf, "action": "save", "name": chance.choice(odd)}
        assert signed_in.post(page, fields | typed).status in (200, 400)


def test_a_kind_that_there_is_not_is_refused(signed_in, project, path, unchanged):
    with unchanged():
        page = signed_in.post(path, {"csrf": signed_in.csrf(project.project_id), "kind": "fax"})

    assert page.status == 400
    assert signed_in.get(f"{path}?kind=fax").texts("h1") == ["New channel"]


def test_a_read_only_viewer_makes_no_channel(reading, project, path, unchanged):
    fields = {"csrf": reading.csrf(project.project_id), "kind": "email", "settings.to": "a@b.org"}

    with unchanged():
        answers = [
            reading.get(path),
            reading.get(f"{path}?kind=email"),
            reading.post(path, fields),
        ]

    assert [page.status for page in answers] == [403, 403, 403]
    assert not any(page.find("main form") for page in answers)
