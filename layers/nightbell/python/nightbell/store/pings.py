"""The log of a check's pings: a ring of 1,000 slots."""

from collections.abc import Iterable
from typing import cast

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from nightbell.domain.check import Check, LoggedPing, Ping
from nightbell.domain.run_times import durations
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.tables import LOG_SLOTS, PingItem, body_slot, log_slot
from nightbell.store.transaction import is_refused

# A body is kept in the ping's own item as long as that stays within 1 KB, the unit of billing.
# Keys, names, moment, numbers, address and method take at most 200 bytes.
_ITEM_BYTES = 1024
_FIXED_BYTES = 200

# A run is a start signal, its end, and hardly more than so many pings between.
_PINGS_OF_A_RUN = 10


def items_of(check_id: str, ping: Ping) -> list[PingItem]:
    """Return the items of a logged ping: one, or its body and itself."""
    values = stored_fields(ping)
    room = _ITEM_BYTES - _FIXED_BYTES - len(ping.ua.encode()) - len(ping.rid or "")
    if len(ping.body) <= max(room, 0):  # none where the user agent alone is longer
        return [PingItem(check_id, log_slot(ping.n), **values)]
    body = values.pop("body")
    return [
        PingItem(check_id, body_slot(ping.n), n=ping.n, body=body),
        PingItem(check_id, log_slot(ping.n), body_apart=True, **values),
    ]


def is_older(item: PingItem) -> Condition:
    """The slot is empty or holds an older ping."""
    return cast("Condition", PingItem.n.does_not_exist() | (PingItem.n < item.n))


def add(check_id: str, ping: Ping) -> None:
    """Log a ping that has been counted."""
    for item in items_of(check_id, ping):
        try:
            item.save(condition=is_older(item))
        except PutError as error:
            # A ping a thousand pings younger was quicker; this one is out of the log's reach.
            if not is_refused(error):
                raise


def list_latest(check: Check, limit: int) -> list[LoggedPing]:
    """Return the latest pings of the check, newest first, at most `limit` and never over 1,000."""
    return list_before(check, check.n_pings + 1, limit, kept=limit)


def list_before(check: Check, n: int, count: int, *, kept: int) -> list[LoggedPing]:
    """Return the `count` pings before ping n, newest first, those that are in the log.

    Reads their slots, and a few more for the start signals of the first runs among them. `kept`:
    how many pings of a check the log is to show.
    """
    newest = min(n - 1, check.n_pings)
    first = max(oldest_kept(check, kept), newest - count + 1)
    oldest = max(oldest_kept(check, kept), first - _PINGS_OF_A_RUN)
    items = [
        item
        for begin, end in _slot_ranges(oldest, newest)
        for item in PingItem.query(
            check.check_id, PingItem.slot.between(begin, end), consistent_read=True
        )
        if oldest <= item.n <= newest
    ]
    items.sort(key=lambda item: item.n)
    pings = [read_fields(Ping, item) for item in items]
    measured = durations(pings)
    return [
        LoggedPing(
            ping=ping,
            has_body=bool(ping.body or item.body_apart),
            duration=measured.get(ping.n),
        )
        for ping, item in zip(reversed(pings), reversed(items), strict=True)
        if ping.n >= first
    ]


def oldest_kept(check: Check, kept: int) -> int:
    """Return the number of the oldest ping that the log is to show, 1 if it has none."""
    return max(1, check.n_pings - min(kept, LOG_SLOTS) + 1)


def get_body(check: Check, n: int, limit: int) -> bytes | None:
    """Return the body of ping n, or None if it has none or is not in the log any more."""
    if not oldest_kept(check, limit) <= n <= check.n_pings:
        return None
    item = _get(check.check_id, log_slot(n), n)
    if item is not None and item.body_apart:
        item = _get(check.check_id, body_slot(n), n)
    return None if item is None else item.body or None


def delete_all(check_id: str) -> None:
    """Delete the whole log of a check."""
    with PingItem.batch_write() as batch:
        for item in PingItem.query(check_id, attributes_to_get=["check_id", "slot"]):
            batch.delete(item)


def _get(check_id: str, slot: str, n: int) -> PingItem | None:
    """Return the item in the slot if it is that of ping n and not of one a round away."""
    try:
        item = PingItem.get(check_id, slot, consistent_read=True)
    except PingItem.DoesNotExist:
        return None
    return item if item.n == n else None


def _slot_ranges(oldest: int, newest: int) -> Iterable[tuple[str, str]]:
    """Return the ranges of slots, first and last, that hold these pings: two where they wrap."""
    if newest < oldest:
        return []
    first, last = log_slot(oldest), log_slot(newest)
    if first <= last:
        return [(first, last)]
    return [(first, log_slot(LOG_SLOTS - 1)), (log_slot(0), last)]
