"""Channels made, changed and deleted, as a user says it: kind, name, settings."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from nightbell.alerts import registry, sealing
from nightbell.alerts.kind import Kind, Setting
from nightbell.domain.channels import GROUP, Channel
from nightbell.domain.errors import InvalidChannel, InvalidSpec
from nightbell.domain.spec import MAX_NAME
from nightbell.store import channels, checks
from nightbell.store.connection import attempts
from nightbell.store.transaction import StateChangedError


def create(project_id: str, document: Mapping[str, Any], now: datetime) -> Channel:
    """Make and store a channel, and return it; raises InvalidSpec or InvalidChannel."""
    kind = _kind(document)
    name = _name(document)
    values = kind.read(_object(document))
    channel = Channel(
        channel_id=str(uuid.uuid4()),
        project_id=project_id,
        created=now,
        kind=kind.code,
        name=name,
    )
    channel = _with_settings(channel, kind, values, set(values))
    channels.add(channel)
    return channel


def update(channel: Channel, document: Mapping[str, Any]) -> Channel:
    """Change what the document names, and store and return the channel.

    Settings that it does not name stay, and so do those that it has as they are shown. But
    nobody has the secrets of others sent to an address of his own: with another address they have
    to be given again. A disabled channel is enabled again. If somebody else changes it meanwhile,
    both changes take effect. Raises InvalidSpec, InvalidChannel, and NotFound if the channel has
    been deleted.
    """
    for _ in attempts():
        try:
            return channels.configure(channel, _changed(channel, document))
        except StateChangedError:
            channel = channels.get(channel.project_id, channel.channel_id)
    raise AssertionError("attempts() ends by raising")


def delete(channel: Channel) -> None:
    """Delete a channel, and take it out of the checks and groups that name it."""
    # Before, so that a deletion that is cut short can be repeated; after, for those to which it
    # has been added meanwhile.
    _forget(channel)
    channels.delete(channel.project_id, channel.channel_id)
    _forget(channel)


def _changed(channel: Channel, document: Mapping[str, Any]) -> Channel:
    """Return the channel with what the document names, as it is to be stored."""
    if "kind" in document and document["kind"] != channel.kind:
        raise InvalidSpec("kind", "cannot be changed")
    if "name" in document:
        channel = replace(channel, name=_name(document))
    if "settings" in document:
        kind = registry.get(channel.kind)
        given = _without_shown(channel, _object(document))
        values = kind.complete(channel.settings)
        for setting in kind.settings:
            if setting.name in given:
                values[setting.name] = setting.read(f"settings.{setting.name}", given[setting.name])
        if kind.check:
            kind.check(values)
        _require_secrets(channel, kind, given)
        channel = _with_settings(channel, kind, values, set(given))
    return channel


def _forget(channel: Channel) -> None:
    checks.remove_channel(channel.project_id, channel.channel_id)
    channels.leave_groups(channel.project_id, channel.channel_id)


def _without_shown(channel: Channel, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the given settings without those that are what is shown of the channel's."""
    shown = channel.settings
    return {
        name: value for name, value in given.items() if name not in shown or shown[name] != value
    }


def _require_secrets(channel: Channel, kind: Kind, given: Mapping[str, Any]) -> None:
    if not any(setting.is_address and setting.name in given for setting in kind.settings):
        return
    for setting in kind.settings:
        if setting.name in channel.sealed and setting.name not in given and not setting.is_address:
            raise InvalidSpec(
                f"settings.{setting.name}", "is missing: it goes to another address now"
            )


def _with_settings(
    channel: Channel, kind: Kind, values: Mapping[str, Any], changed: set[str]
) -> Channel:
    """Return the channel with these settings; the secret ones among the changed are sealed."""
    shown, sealed = dict(values), dict(channel.sealed)
    for setting in kind.settings:
        if setting.secret and setting.name in changed:
            secret = values[setting.name]
            shown[setting.name] = setting.shown(secret)
            sealed.pop(setting.name, None)
            if secret:
                sealed[setting.name] = _seal(channel, setting, secret)
    if kind.code == GROUP:
        shown["channels"] = _members(channel, values["channels"])
    return replace(channel, settings=shown, sealed=sealed)


def _seal(channel: Channel, setting: Setting, secret: Any) -> str:
    text = json.dumps(secret, ensure_ascii=False)
    if len(text.encode()) > sealing.LARGEST:
        raise InvalidSpec(f"settings.{setting.name}", "is too long")
    return sealing.seal(channel.project_id, channel.channel_id, setting.name, text)


def _members(channel: Channel, identifiers: list[str]) -> list[str]:
    """Return the ids of a group's members; raises InvalidChannel."""
    if any("," in identifier for identifier in identifiers):
        raise InvalidChannel("invalid channel identifier")
    ids = channels.resolve(",".join(identifiers), channel.project_id) or frozenset()
    known = {one.channel_id: one for one in channels.list_for(channel.project_id)}
    if any(known[member].is_group for member in ids):
        raise InvalidSpec("settings.channels", "has a group in it")
    return sorted(ids)


def _kind(document: Mapping[str, Any]) -> Kind:
    code = document.get("kind")
    if code is None:
        raise InvalidSpec("kind", "is missing")
    if not isinstance(code, str):
        raise InvalidSpec("kind", "is not a string")
    return registry.get(code)


def _name(document: Mapping[str, Any]) -> str:
    name = document.get("name", "")
    if not isinstance(name, str) or not all(map(_is_storable, name)):
        raise InvalidSpec("name", "is not a string")
    if len(name) > MAX_NAME:
        raise InvalidSpec("name", "is too long")
    return name


def _is_storable(char: str) -> bool:
    return char != "\0" and not "\ud800" <= char <= "\udfff"


def _object(document: Mapping[str, Any]) -> Mapping[str, Any]:
    given = document.get("settings", {})
    if not isinstance(given, dict):
        raise InvalidSpec("settings", "is not an object")
    return given
