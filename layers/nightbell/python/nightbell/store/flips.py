"""The changes of status of a check."""

from datetime import datetime, timedelta

from nightbell.domain.check import Check, Flip
from nightbell.store.tables import FlipItem, read_fields, stored_fields

# The current month and two full months before it are always kept; 92 days at most.
KEPT_FOR = timedelta(days=93)


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
    condition = FlipItem.created >= start
    if end:
        if end <= start:
            return []
        condition = FlipItem.created.between(start, end - timedelta(microseconds=1))
    items = FlipItem.query(check_id, condition, scan_index_forward=False, consistent_read=True)
    return [read_fields(Flip, item) for item in items]
