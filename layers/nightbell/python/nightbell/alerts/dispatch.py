"""From flips to deliveries: which channels are to be told, and in which queue it waits."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from nightbell.alerts import queues
from nightbell.domain.alerts import Order, is_announced
from nightbell.domain.channels import Channel
from nightbell.domain.check import Delivery, Flip
from nightbell.domain.errors import NotFound
from nightbell.logs import logger
from nightbell.settings import settings
from nightbell.store import channels, checks, notifications

_THREADS = 8


_Channels = Mapping[str, Channel]  # by id


@dataclass(frozen=True, slots=True)
class Announcement:
    """A flip whose channels are to be told."""

    project_id: str
    check_id: str
    flip: Flip


def dispatch(announcements: Collection[Announcement], now: datetime) -> set[Announcement]:
    """Put the deliveries of these flips into the queues; return the flips for which that failed.

    Of each check in the order of its flips, however they come. To do it twice does no harm: what
    has been delivered is known.
    """
    by_check: defaultdict[str, list[Announcement]] = defaultdict(list)
    for one in sorted(announcements, key=lambda one: one.flip.created):
        if is_announced(one.flip):
            by_check[one.check_id].append(one)
    channels_of = cache(_channels_of)  # asked for once, whatever the number of flips
    with ThreadPoolExecutor(_THREADS) as pool:
        prepared = list(
            pool.map(lambda flips: _prepare(flips, channels_of, now), by_check.values())
        )

    failed: set[Announcement] = set()
    waiting: defaultdict[str, dict[Order, Announcement]] = defaultdict(dict)
    for flips, orders in zip(by_check.values(), prepared, strict=True):
        if orders is None:
            failed.update(flips)
            continue
        for queue, order, announcement in orders:
            waiting[queue][order] = announcement
    for queue, of_queue in waiting.items():
        failed.update(of_queue[order] for order in queues.send(queue, of_queue))
    return failed


def _prepare(
    flips: Sequence[Announcement], channels_of: Callable[[str], _Channels], now: datetime
) -> list[tuple[str, Order, Announcement]] | None:
    """Note the deliveries of one check's flips, and return them; None if that failed."""
    try:
        return [found for one in flips for found in _deliveries(one, channels_of, now)]
    except Exception:
        logger.exception("A flip could not be dispatched")
        return None


def _deliveries(
    one: Announcement, channels_of: Callable[[str], _Channels], now: datetime
) -> Iterator[tuple[str, Order, Announcement]]:
    try:
        check = checks.get(one.check_id, one.project_id)
    except NotFound:
        return
    if not check.channels:
        return
    for channel in _expand(check.channels, channels_of(one.project_id)):
        order = Order(
            project_id=one.project_id,
            check_id=one.check_id,
            channel_id=channel.channel_id,
            flip=one.flip,
            site=settings.site_url,
        )
        notification = notifications.enqueue(order, now)
        if notification.state not in (Delivery.SENT, Delivery.SKIPPED):
            yield queues.of_kind(channel.kind), order, one


def _channels_of(project_id: str) -> _Channels:
    return {channel.channel_id: channel for channel in channels.list_for(project_id)}


def _expand(ids: Collection[str], known: _Channels) -> list[Channel]:
    """Return the channels of these ids, the members of a group in its place, each once."""
    found: dict[str, Channel] = {}
    for channel_id in sorted(ids):
        channel = known.get(channel_id)
        if channel is None:
            continue  # deleted
        members = channel.members if channel.is_group else [channel_id]
        found |= {member: known[member] for member in members if member in known}
    return list(found.values())
