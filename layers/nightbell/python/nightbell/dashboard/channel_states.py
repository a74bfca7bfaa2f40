"""How channels do, where they lead and who uses them, in the words of the pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nightbell.alerts import registry
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
    members: tuple["ChannelState", ...]  # those in it, if it is a group
    latest: Notification | None


def states(
    channels: Sequence[Channel], checks: Sequence[Check], latest: Mapping[str, Notification]
) -> list[ChannelState]:
    """Return how channels do, those that fail first, then by name.

    `channels`: if there are groups among them, all of the project's.
    `checks`: all of the project; `latest`: the latest notification of each channel that had one.
    """
    found = [state_of(channel, channels, checks, latest) for channel in channels]
    return sorted(
        found, key=lambda state: (state.condition is not Condition.FAILING, state.name.casefold())
    )


def state_of(
    channel: Channel,
    channels: Sequence[Channel],
    checks: Sequence[Check],
    latest: Mapping[str, Notification],
) -> ChannelState:
    """Return how a channel does, given all channels and checks of its project."""
    channel_id = channel.channel_id
    members = states([one for one in channels if one.channel_id in channel.members], checks, latest)
    target = registry.get(channel.kind).target(channel.settings)
    return ChannelState(
        channel=channel,
        name=name_of(channel),
        kind=registry.get(channel.kind).title,
        target=", ".join(member.name for member in members) if channel.is_group else target,
        condition=_together(members) if channel.is_group else _condition(channel, latest),
        checks=tuple(by_name(check for check in checks if channel_id in check.channels)),
        groups=tuple(group for group in channels if channel_id in group.members),
        members=tuple(members),
        latest=latest.get(channel_id),
    )


def by_name(checks: Iterable[Check]) -> list[Check]:
    """Return the checks as people look for them."""
    return sorted(checks, key=lambda check: check.name.casefold())


def possible_members(channels: Sequence[Channel]) -> list[tuple[str, str]]:
    """Return what may be in a group: pairs of id and name, by name."""
    pairs = ((one.channel_id, name_of(one)) for one in channels if not one.is_group)
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def name_of(channel: Channel) -> str:
    """Return what people call the channel: its name, else its kind."""
    return channel.name.strip() or registry.get(channel.kind).title


def _condition(channel: Channel, latest: Mapping[str, Notification]) -> Condition:
    if channel.disabled:
        return Condition.DISABLED
    if channel.error:
        return Condition.FAILING
    if channel.answered is None and channel.channel_id not in latest:
        return Condition.UNTRIED
    return Condition.WORKS


def _together(members: Iterable[ChannelState]) -> Condition:
    """Return how a group does: as badly as one of its channels, unless that is disabled."""
    found = {member.condition for member in members}
    ordered = (Condition.FAILING, Condition.WORKS, Condition.UNTRIED, Condition.DISABLED)
    return next((one for one in ordered if one in found), Condition.DISABLED)
