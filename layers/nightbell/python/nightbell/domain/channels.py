"""Which channels a client's channel identifiers stand for."""

from collections.abc import Sequence

from nightbell.domain.check import Channel
from nightbell.domain.errors import InvalidChannel


def resolve(identifiers: str, channels: Sequence[Channel]) -> frozenset[str]:
    """Return the ids of the channels meant: `*` is all, `""` none, else UUIDs or exact names.

    Raises InvalidChannel for the first identifier that is empty or names no channel or several.
    """
    if identifiers == "*":
        return frozenset(channel.channel_id for channel in channels)
    if identifiers == "":
        return frozenset()
    return frozenset(_find(identifier, channels) for identifier in identifiers.split(","))


def _find(identifier: str, channels: Sequence[Channel]) -> str:
    if identifier == "":
        raise InvalidChannel("empty channel identifier")
    found = [c.channel_id for c in channels if identifier in (c.channel_id, c.name)]
    if not found:
        raise InvalidChannel(f"invalid channel identifier: {identifier}")
    if len(found) > 1:
        raise InvalidChannel(f"non-unique channel identifier: {identifier}")
    return found[0]
