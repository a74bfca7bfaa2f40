"""The changes of status of a check."""

from datetime import UTC, datetime, timedelta

from nightbell.domain.check import Check, Flip
from nightbell.store.tables import FlipItem, read_fields, stored_fields

# The current month and two full months before it are always kept; 92 days at most.
KEPT_FOR = timedelta(days=93)

_TICK = timedelta(microseconds=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def item_of(check: Check, flip: Flip) -> FlipItem:
    """Return the item of a flip."""
    return FlipItem(
        check.check_id,
        project_id=check.project_id,
        expires=flip.created + KEPT_FOR,
        **stored_fields(flip),
    )


def list_between(
    check_id: str, start: datetime | None, end: datetime | None, now: datetime
) -> list[Flip]:
    """Return the flips of a check, newest first, from `start` on and before `end`.

    Those that time to live has not removed yet are left out.
    """
    oldest = now - KEPT_FOR
    start = max(start, oldest) if start else oldest
    last = (end - _TICK) if end else _END_OF_TIME
    if last < start:
        return []
    items = FlipItem.query(
        check_id,
        FlipItem.created.between(start, last),
        scan_index_forward=False,
        consistent_read=True,
    )
    return [read_fields(Flip, item) for item in items]


def delete_all(check_id: str) -> None:
    """Delete all flips of a check."""
    with FlipItem.batch_write() as batch:
        for item in FlipItem.query(check_id, attributes_to_get=["check_id", "created"]):
            batch.delete(item)
