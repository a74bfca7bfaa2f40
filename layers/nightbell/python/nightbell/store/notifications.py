"""What channels were told."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pynamodb.exceptions import PutError

from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery
from nightbell.domain.notification import Notification
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.tables import ChannelNotifications, NotificationItem, delivery_key
from nightbell.store.transaction import is_refused

# As long as flips.
KEPT_FOR = timedelta(days=93)

# Channels that are asked about at the same time.
_THREADS = 16

# Sorts after each channel id.
_AFTER_ALL = "~"


def queued(order: Order, now: datetime) -> Notification:
    """Return a note that the channel is to be told."""
    return Notification(
        check_id=order.check_id,
        channel_id=order.channel_id,
        flip=order.flip.created,
        status=order.flip.new_status,
        reason=order.flip.reason,
        state=Delivery.QUEUED,
        updated=now,
    )


def enqueue(order: Order, now: datetime) -> Notification:
    """Note that the channel is to be told, and return the note; an earlier one stays as it is."""
    notification = queued(order, now)
    try:
        _item(notification).save(condition=NotificationItem.check_id.does_not_exist())
    except PutError as error:
        if not is_refused(error):
            raise
        return find(order) or notification
    return notification


def find(order: Order) -> Notification | None:
    """Return what became of it so far, None if nothing is known."""
    key = delivery_key(order.flip.created, order.channel_id)
    try:
        item = NotificationItem.get(order.check_id, key, consistent_read=True)
    except NotificationItem.DoesNotExist:
        return None
    return read_fields(Notification, item)


def record(notification: Notification) -> None:
    """Store what became of it."""
    _item(notification).save()


def is_overtaken(order: Order) -> bool:
    """Tell whether the channel has been told about a later flip of the check."""
    later = NotificationItem.query(
        order.check_id,
        NotificationItem.delivery > delivery_key(order.flip.created, _AFTER_ALL),
        filter_condition=(NotificationItem.channel_id == order.channel_id)
        & (NotificationItem.state == Delivery.SENT),
        consistent_read=True,
    )
    return any(True for _ in later)


def list_for_check(check_id: str, limit: int, now: datetime) -> list[Notification]:
    """Return the latest notifications about a check, of the newest flip first."""
    items = NotificationItem.query(
        check_id,
        NotificationItem.delivery > delivery_key(now - KEPT_FOR, ""),
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
    )
    return [read_fields(Notification, item) for item in items]


def list_for_channel(channel_id: str, limit: int, now: datetime) -> list[Notification]:
    """Return the latest notifications to a channel, of the newest flip first."""
    items = NotificationItem.of_channel.query(
        channel_id,
        ChannelNotifications.delivery > delivery_key(now - KEPT_FOR, ""),
        scan_index_forward=False,
        limit=limit,
    )
    return [read_fields(Notification, item) for item in items]


def latest(channel_ids: Collection[str], now: datetime) -> dict[str, Notification]:
    """Return the latest notification to each of these channels that had one."""
    from concurrent.futures import ThreadPoolExecutor  # only pages ask for several

    if not channel_ids:
        return {}
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda channel_id: list_for_channel(channel_id, 1, now), channel_ids)
        return {one.channel_id: one for notifications in found for one in notifications}


def delete_all(check_id: str) -> None:
    """Delete all notifications about a check."""
    with NotificationItem.batch_write() as batch:
        for item in NotificationItem.query(check_id, attributes_to_get=["check_id", "delivery"]):
            batch.delete(item)


def _item(notification: Notification) -> NotificationItem:
    return NotificationItem(
        delivery=delivery_key(notification.flip, notification.channel_id),
        expires=notification.updated + KEPT_FOR,
        **stored_fields(notification),
    )
