"""How channels do, where they lead and who uses them, in the words of the pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nightbell.alerts import registry
from nightbell.alerts.setup import GROUP
from nightbell.domain.channels import Channel
from nightbell.domain.check import Check
from nightbell.domain.notification import Notification


class Condition(StrEnum):
    """How a channel does."""

    WORKS = "works"
    FAILING = "failing"
    DISABLED = "disabled"
    UNTRIED = "untried"


@dataclass(frozen=True)
class ChannelState:
    """A channel as pages tell of it."""

    channel: Channel
    name: str
    kind: str  # its name for people
    target: str  # where alerts go, without secrets; "" where nothing can be shown
    condition: Condition
    checks: tuple[Check, ...]  # those that name it, by name
    groups: tuple[Channel, ...]  # those that it is in
    latest: Notification | None = None


def states(
    channels: Sequence[Channel], checks: Sequence[Check], latest: Mapping[str, Notification]
) -> list[ChannelState]:
    """Return how the channels of a project do, by name.

    `checks`: all of the project; `latest`: the latest notification of each channel that had one.
    """
    found = [
        state_of(channel, channels, checks, latest.get(channel.channel_id)) for channel in channels
    ]
    return sorted(found, key=lambda state: state.name.casefold())


def state_of(
    channel: Channel,
    channels: Sequence[Channel],
    checks: Sequence[Check],
    latest: Notification | None,
) -> ChannelState:
    """Return how a channel does, given all channels and checks of its project."""
    channel_id = channel.channel_id
    return ChannelState(
        channel=channel,
        name=name_of(channel),
        kind=registry.get(channel.kind).title,
        target=_target(channel, channels),
        condition=_condition(channel, channels, latest),
        checks=tuple(by_name(check for check in checks if channel_id in check.channels)),
        groups=tuple(group for group in channels if channel_id in _members(group)),
        latest=latest,
    )


def by_name(checks: Iterable[Check]) -> list[Check]:
    """Return the checks as people look for them."""
    return sorted(checks, key=lambda check: check.name.casefold())


def possible_members(channels: Sequence[Channel]) -> list[tuple[str, str]]:
    """Return what may be in a group: pairs of id and name, by name."""
    pairs = ((one.channel_id, name_of(one)) for one in channels if one.kind != GROUP)
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def name_of(channel: Channel) -> str:
    """Return what people call the channel: its name, else its kind."""
    return channel.name.strip() or registry.get(channel.kind).title


def _members(channel: Channel) -> Sequence[str]:
    """Return the ids of the channels in a group, nothing for any other channel."""
    members: Sequence[str] = channel.settings.get("channels", ())
    return members if channel.kind == GROUP else ()


def _target(channel: Channel, channels: Sequence[Channel]) -> str:
    if channel.kind == GROUP:
        members = _members(channel)
        return ", ".join(name_of(one) for one in channels if one.channel_id in members)
    return registry.get(channel.kind).target(channel.settings)


def _condition(
    channel: Channel, channels: Sequence[Channel], latest: Notification | None
) -> Condition:
    """Return how the channel does; a group does as badly as one of its enabled channels."""
    told = [channel]
    if channel.kind == GROUP:
        told = [one for one in channels if one.channel_id in _members(channel)]
    enabled = [one for one in told if not one.disabled]
    if not enabled:
        return Condition.DISABLED
    if any(one.error for one in enabled):
        return Condition.FAILING
    if latest is None and all(one.answered is None for one in enabled):
        return Condition.UNTRIED
    return Condition.WORKS
