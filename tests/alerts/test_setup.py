"""Channels made, changed and deleted, as a user says it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightbell.alerts import aws, sealing, setup
from nightbell.alerts.kinds import apprise
from nightbell.domain.errors import InvalidChannel, InvalidSpec, NotFound
from nightbell.store import channels, check_items, checks
from tests.alerts.services import SECRET, SETTINGS

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)

EVERY_KIND = SETTINGS | {
    "email": {"to": "ops@example.org"},
    "sms": {"to": "+37120000000"},
    "apprise": {"url": f"json://hooks.example/{SECRET}"},
}


@pytest.fixture(autouse=True)
def enable_apprise(monkeypatch):
    monkeypatch.setattr(apprise, "deployment", replace(apprise.deployment, apprise_queue="queue"))


@pytest.fixture
def make(secrets_key):
    """Return a function that makes a channel of the project "p"."""

    def create(kind, settings=None, **document):
        chosen = EVERY_KIND[kind] if settings is None else settings
        return setup.create("p", {"kind": kind, "settings": chosen} | document, NOON)

    return create


def stored(channel):
    return channels.get(channel.project_id, channel.channel_id)


def whole(channel):
    """Return the settings that sending gets."""
    return {**channel.settings, **sealing.unseal(channel)}


# ---- Made ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_what_is_sent_to_is_what_was_given(make, kind):
    channel = make(kind, name="Ops")

    assert stored(channel) == channel
    assert (channel.name, channel.kind, channel.created) == ("Ops", kind, NOON)
    assert whole(channel).items() >= EVERY_KIND[kind].items()


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_what_is_shown_does_not_hold_a_secret(make, kind):
    channel = make(kind)

    assert SECRET not in repr(channel)


def test_each_channel_has_an_id_of_its_own(make):
    assert make("email").channel_id != make("email").channel_id


def test_without_secrets_nobody_encrypts(tables, monkeypatch):
    monkeypatch.setattr(aws, "client", None)

    channel = setup.create("p", {"kind": "email", "settings": {"to": "a@example.org"}}, NOON)

    assert channel.sealed == {}


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, "kind is missing"),
        ({"kind": None}, "kind is missing"),
        ({"kind": 1}, "kind is not a string"),
        ({"kind": "fax"}, "kind has unexpected value"),
        ({"kind": "email"}, "settings.to is missing"),
        ({"kind": "email", "settings": []}, "settings is not an object"),
        ({"kind": "email", "settings": None}, "settings is not an object"),
        ({"kind": "email", "name": 1}, "name is not a string"),
        ({"kind": "email", "name": "\0"}, "name is not a string"),
        ({"kind": "email", "name": "\ud800"}, "name is not a string"),
        ({"kind": "email", "name": "x" * 101}, "name is too long"),
    ],
)
def test_what_is_no_channel_is_not_made(make, document, error):
    with pytest.raises(InvalidSpec, match=f"^json validation error: {error}$"):
        setup.create("p", document, NOON)

    assert channels.list_for("p") == []


@pytest.mark.parametrize(("chars", "is_taken"), [(4094, True), (4095, False)])
def test_a_secret_is_as_long_as_can_be_encrypted(make, chars, is_taken, monkeypatch):
    setting = setup.Setting(name="body", label="Body", read=lambda _, value: value, secret=True)
    kind = setup.Kind(code="any", title="Any", about="", settings=(setting,))
    monkeypatch.setattr(setup.registry, "get", lambda _: kind)
    body = "x" * chars

    if is_taken:
        assert sealing.unseal(make("any", {"body": body})) == {"body": body}
    else:
        with pytest.raises(InvalidSpec, match=r"settings\.body is too long$"):
            make("any", {"body": body})


# ---- Groups ----------------------------------------------------------------------------------


def test_a_group_has_channels_of_its_project(make):
    ids = [make("email").channel_id for _ in range(3)]

    group = make("group", {"channels": ids[:2]})

    assert group.settings["channels"] == sorted(ids[:2])


def test_a_group_has_no_strangers_and_no_groups(make, make_channel):
    stranger = make_channel(project_id="q")
    channels.add(stranger)
    group = make("group", {"channels": [make("email").channel_id]})

    with pytest.raises(InvalidChannel):
        make("group", {"channels": [stranger.channel_id]})
    with pytest.raises(InvalidSpec, match=r"settings\.channels has a group in it$"):
        make("group", {"channels": [group.channel_id]})


def test_a_group_cannot_be_put_into_itself(make):
    group = make("group", {"channels": [make("email").channel_id]})

    with pytest.raises(InvalidSpec, match=r"settings\.channels has a group in it$"):
        setup.update(group, {"settings": {"channels": [group.channel_id]}})


# ---- Changed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_what_is_shown_can_be_sent_back_and_changes_nothing(make, kind):
    channel = make(kind, name="Ops")

    changed = setup.update(
        channel, {"kind": kind, "name": "Ops", "settings": dict(channel.settings)}
    )

    assert changed == stored(channel) == channel


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_all_settings_can_be_given_again(make, kind):
    channel = make(kind)

    changed = setup.update(channel, {"settings": EVERY_KIND[kind]})

    assert whole(changed) == whole(channel)


def test_a_change_of_the_name_keeps_the_secrets(make):
    channel = make("gotify", name="Ops")

    changed = setup.update(channel, {"name": "Dev"})

    assert changed == replace(channel, name="Dev")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("gotify", {"url": "https://elsewhere.example"}),
        ("matrix", {"homeserver": "https://elsewhere.example"}),
        ("zulip", {"site": "https://elsewhere.example"}),
        ("webhook", {"url_up": "https://elsewhere.example"}),
        ("ntfy", {"url": "https://elsewhere.example"}),
    ],
)
def test_the_secrets_of_others_are_not_sent_to_an_address_of_ones_own(make, kind, settings):
    channel = make(kind)

    with pytest.raises(InvalidSpec, match=r" is missing: it goes to another address now$"):
        setup.update(channel, {"settings": settings})

    assert stored(channel) == channel


def test_a_channel_gets_the_settings_that_its_kind_has_had_since(make):
    channel = make("webhook")
    older = {name: value for name, value in channel.settings.items() if name != "body_up"}
    channel = channels.configure(channel, replace(channel, settings=older))

    changed = setup.update(channel, {"settings": {"method_up": "POST"}})

    assert changed.settings["body_up"] == ""


def test_a_kind_stays_what_it_is(make):
    with pytest.raises(InvalidSpec, match=r"kind cannot be changed$"):
        setup.update(make("slack"), {"kind": "discord"})


def test_a_deleted_channel_is_not_changed(make):
    channel = make("email")
    setup.delete(channel)

    with pytest.raises(NotFound):
        setup.update(channel, {"name": "x"})


# ---- Deleted ---------------------------------------------------------------------------------


def test_a_deleted_channel_is_named_by_no_check_and_no_group(make, make_check):
    channel, other = make("email"), make("email")
    ids = [channel.channel_id, other.channel_id]
    group = make("group", {"channels": ids})
    for check_id, named in (("a", ids), ("b", [other.channel_id]), ("c", [])):
        check = make_check(check_id=check_id, project_id="p", channels=frozenset(named))
        check_items.items_of(check)[0].save()

    setup.delete(channel)

    assert {check.check_id: check.channels for check in checks.list_for("p")} == {
        "a": {other.channel_id},
        "b": {other.channel_id},
        "c": frozenset(),
    }
    assert stored(group).settings == {"channels": [other.channel_id]}
    with pytest.raises(NotFound):
        stored(channel)


def test_a_deletion_that_is_cut_short_leaves_no_check_with_a_channel_that_is_gone(
    make, make_check, monkeypatch
):
    channel = make("email")
    check = make_check(project_id="p", channels=frozenset({channel.channel_id}))
    check_items.items_of(check)[0].save()
    delete = channels.delete

    def delete_and_die(project_id, channel_id):
        delete(project_id, channel_id)
        raise RuntimeError

    monkeypatch.setattr(channels, "delete", delete_and_die)
    with pytest.raises(RuntimeError):
        setup.delete(channel)

    assert checks.get(check.check_id, "p").channels == frozenset()


def test_a_deletion_can_be_repeated(make):
    channel = make("email")

    setup.delete(channel)
    setup.delete(channel)

    assert channels.list_for("p") == []


def test_two_changes_at_the_same_moment_both_take_effect(make, monkeypatch):
    channel = make("slack")
    configure = channels.configure

    def interrupted(before, after):
        monkeypatch.setattr(channels, "configure", configure)
        setup.update(channel, {"settings": {"url": "https://new.example.org/"}})
        return configure(before, after)

    monkeypatch.setattr(channels, "configure", interrupted)

    changed = setup.update(channel, {"name": "Renamed"})

    assert changed.name == "Renamed"
    assert changed.settings["url"] == "https://new.example.org/…"
    assert whole(changed)["url"] == "https://new.example.org/"
    assert stored(channel) == changed
