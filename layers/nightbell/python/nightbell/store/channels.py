"""The channels of a project."""

import uuid
from datetime import datetime

from nightbell.domain import channels
from nightbell.domain.check import Channel
from nightbell.store.tables import ChannelItem, read_fields, stored_fields


def add(project_id: str, *, kind: str, value: str, name: str, now: datetime) -> Channel:
    """Create a channel and return it."""
    channel = Channel(
        channel_id=str(uuid.uuid4()),
        project_id=project_id,
        created=now,
        kind=kind,
        value=value,
        name=name,
    )
    ChannelItem(**stored_fields(channel)).save()
    return channel


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
