"""The channels of a project."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from pynamodb.attributes import Attribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from nightbell.domain import channels
from nightbell.domain.alerts import rest
from nightbell.domain.channels import Channel
from nightbell.domain.errors import NotFound, TooManyTests
from nightbell.store.connection import attempts
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.tables import ChannelItem
from nightbell.store.transaction import StateChangedError, is_refused

TIME_BETWEEN_TESTS = timedelta(seconds=10)

# For so long nobody asks again whether a channel answers that did.
_TRUSTED_FOR = timedelta(minutes=1)

# Who finds that out has so much time for it. More than sending to an HTTP address takes.
TURN = timedelta(seconds=15)

# What tells how sending went; it ends when somebody changes the channel.
_HEALTHY: dict[str, Any] = {
    "disabled": None,
    "error": None,
    "failing_since": None,
    "retry_at": None,
    "reported": None,
    "answered": None,
    "busy_until": None,
}


def add(channel: Channel) -> None:
    """Store a new channel."""
    ChannelItem(**stored_fields(channel)).save()


def get(project_id: str, channel_id: str) -> Channel:
    """Return the project's channel of that id; raises NotFound."""
    try:
        item = ChannelItem.get(project_id, channel_id, consistent_read=True)
    except ChannelItem.DoesNotExist:
        raise NotFound from None
    return read_fields(Channel, item)


def list_for(project_id: str) -> list[Channel]:
    """Return the channels of a project, oldest first."""
    items = ChannelItem.query(project_id, consistent_read=True)
    return sorted(
        (read_fields(Channel, item) for item in items),
        key=lambda channel: (channel.created, channel.channel_id),
    )


def resolve(identifiers: str | None, project_id: str) -> frozenset[str] | None:
    """Return the ids of the project's channels that a client's identifiers stand for.

    None stands for None: the client sent nothing. Raises InvalidChannel.
    """
    if identifiers is None:
        return None
    return channels.resolve(identifiers, list_for(project_id) if identifiers else [])


def configure(before: Channel, after: Channel) -> Channel:
    """Give a channel the name and settings of `after`, and a new chance; return it.

    Raises StateChangedError if it is not as it was read, `before`, or has been deleted.
    """
    changes = {"name": after.name or None, "settings": after.settings, "sealed": after.sealed}
    unchanged = _is(ChannelItem.name, before.name) & _has_settings_of(before)
    if not _update_if(before.project_id, before.channel_id, changes | _HEALTHY, unchanged):
        raise StateChangedError
    return replace(
        after,
        disabled=False,
        error="",
        failing_since=None,
        retry_at=None,
        reported=False,
        answered=None,
        busy_until=None,
    )


def delete(project_id: str, channel_id: str) -> None:
    """Delete a channel."""
    ChannelItem(project_id, channel_id).delete()


def leave_groups(project_id: str, channel_id: str) -> None:
    """Take a channel out of all groups of the project that it is in."""
    for _ in attempts():
        try:
            for channel in list_for(project_id):
                if channel_id in channel.members:
                    _remove_member(channel, channel_id)
            return
        except StateChangedError:
            continue


def begin_test(channel: Channel, now: datetime) -> None:
    """Note that a test is sent; raises TooManyTests if another was a moment ago, and NotFound."""
    tested = ChannelItem.tested
    earlier = tested.does_not_exist() | (tested <= now - TIME_BETWEEN_TESTS)
    try:
        _update(channel.project_id, channel.channel_id, {"tested": now}, earlier)
    except UpdateError as error:
        if is_refused(error):
            get(channel.project_id, channel.channel_id)  # raises if it has been deleted
            raise TooManyTests(TIME_BETWEEN_TESTS) from error
        raise


def take_turn(channel: Channel, now: datetime) -> bool:
    """Tell whether the channel may be sent to now.

    One that has answered a moment ago may. Of another it is not known whether it still does:
    senders take turns, so that it keeps one of them waiting, and not all that there are.
    """
    if _is_trusted(channel, now):
        return True
    # It may have fallen silent since it was read, and is left alone then.
    free = _is_over(ChannelItem.busy_until, now) & _is_over(ChannelItem.retry_at, now)
    changes = {"busy_until": now + TURN}
    return _update_if(channel.project_id, channel.channel_id, changes, free)


def end_turn(channel: Channel, now: datetime) -> None:
    """Let others take their turn: it was not found out whether the channel answers."""
    if not _is_trusted(channel, now):
        _update_unless_deleted(channel.project_id, channel.channel_id, {"busy_until": None})


def note_success(channel: Channel, now: datetime) -> None:
    """Note that the channel works. Costs nothing if that was noted a moment ago."""
    if channel.error or channel.disabled or not _is_trusted(channel, now):
        _update_unless_deleted(channel.project_id, channel.channel_id, _HEALTHY | {"answered": now})


def note_failure(
    channel: Channel, error: str, now: datetime, *, leave_alone: timedelta | None = None
) -> Channel:
    """Note that the channel answered, but did not take what was sent; return it as it is then.

    `leave_alone`: nothing is to be sent for so long.
    """
    return _note_failure(channel, error, now, answered=now, leave_alone=leave_alone)


def note_silence(channel: Channel, error: str, now: datetime) -> Channel:
    """As `note_failure`, for a channel that does not answer: it is left alone for a while."""
    failing_for = now - (channel.failing_since or now)
    return _note_failure(channel, error, now, answered=None, leave_alone=rest(failing_for))


def disable(channel: Channel, error: str, now: datetime) -> bool:
    """Send nothing to the channel any more until somebody changes it.

    Returns whether it was this that disabled it: False if it was already, or was deleted, or has
    other settings by now, which the error says nothing about.
    """
    changes = {
        "disabled": True,
        "error": error,
        "failing_since": now,
        "answered": None,
        "busy_until": None,
    }
    enabled = ChannelItem.disabled.does_not_exist()
    unchanged = _has_settings_of(channel)
    return _update_if(channel.project_id, channel.channel_id, changes, enabled & unchanged)


def claim_report(channel: Channel) -> bool:
    """Tell whether it is for the caller to report that the channel keeps failing: once."""
    changes = {"reported": True}
    unreported = ChannelItem.reported.does_not_exist()
    return _update_if(channel.project_id, channel.channel_id, changes, unreported)


def _note_failure(
    channel: Channel,
    error: str,
    now: datetime,
    *,
    answered: datetime | None,
    leave_alone: timedelta | None,
) -> Channel:
    changes: dict[str, Any] = {
        "error": error,
        "failing_since": channel.failing_since or now,
        "answered": answered,
        "busy_until": None,
    }
    if leave_alone is not None:
        changes["retry_at"] = now + leave_alone
    _update_unless_deleted(channel.project_id, channel.channel_id, changes)
    return replace(channel, **changes)


def _is_trusted(channel: Channel, now: datetime) -> bool:
    return channel.answered is not None and now - channel.answered < _TRUSTED_FOR


def _remove_member(group: Channel, channel_id: str) -> None:
    """Raises StateChangedError if the group is not as it was read."""
    members = [member for member in group.members if member != channel_id]
    changes = {"settings": {**group.settings, "channels": members}}
    unchanged = ChannelItem.settings == group.settings
    try:
        _update(group.project_id, group.channel_id, changes, unchanged)
    except UpdateError as error:
        if is_refused(error):
            raise StateChangedError from error
        raise


def _has_settings_of(channel: Channel) -> Condition:
    settings = _is(ChannelItem.settings, channel.settings)
    return cast("Condition", settings & _is(ChannelItem.sealed, channel.sealed))


def _is(attribute: Attribute[Any], value: str | Mapping[str, Any]) -> Condition:
    """The attribute has this value; an empty one may not be stored at all."""
    same: Condition = attribute == value
    absent: Condition = attribute.does_not_exist()
    return same if value else cast("Condition", same | absent)


def _is_over(end: Attribute[Any], now: datetime) -> Condition:
    """There is no such end, or it has come."""
    ended: Condition = end <= now
    return cast("Condition", end.does_not_exist() | ended)


def _update_unless_deleted(project_id: str, channel_id: str, changes: Mapping[str, Any]) -> None:
    _update_if(project_id, channel_id, changes, None)


def _update_if(
    project_id: str, channel_id: str, changes: Mapping[str, Any], condition: Condition | None
) -> bool:
    try:
        _update(project_id, channel_id, changes, condition)
    except NotFound:
        return False
    except UpdateError as error:
        if is_refused(error):
            return False
        raise
    return True


def _update(
    project_id: str,
    channel_id: str,
    changes: Mapping[str, Any],
    condition: Condition | None = None,
) -> None:
    """Set these attributes, None removes one; raises NotFound where there is no channel."""
    actions = []
    for name, value in changes.items():
        attribute = getattr(ChannelItem, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    exists = ChannelItem.created.exists()
    try:
        ChannelItem(project_id, channel_id).update(
            actions, condition=exists if condition is None else exists & condition
        )
    except UpdateError as error:
        if is_refused(error) and condition is None:
            raise NotFound from error
        raise
