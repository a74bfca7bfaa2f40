"""Channels: where alerts go, and what clients call them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightbell.domain.errors import InvalidChannel

GROUP = "group"  # the kind of a channel that stands for several others


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An integration: where alerts go."""

    channel_id: str
    project_id: str
    created: datetime
    kind: str
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)  # what may be shown of them
    sealed: Mapping[str, str] = field(default_factory=dict)  # those that are secret, encrypted

    disabled: bool = False  # until somebody changes it
    error: str = ""  # of the last attempt; "" if it succeeded
    failing_since: datetime | None = None
    retry_at: datetime | None = None  # nothing is sent before: it does not answer
    reported: bool = False  # the operator has been told that it keeps failing
    answered: datetime | None = None  # when it last did, well or not, unless it has not since
    busy_until: datetime | None = None  # somebody finds out whether it answers, at most until then
    tested: datetime | None = None  # the last test notification

    @property
    def shown_name(self) -> str:
        """Its name, as people are told it: its kind where there is nothing to be seen of it."""
        return self.name if self.name.strip() else self.kind

    @property
    def is_group(self) -> bool:
        """Whether it stands for several other channels."""
        return self.kind == GROUP

    @property
    def members(self) -> Sequence[str]:
        """The ids of the channels that it stands for, nothing unless it is a group."""
        ids: Sequence[str] = self.settings.get("channels", ()) if self.is_group else ()
        return ids


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
