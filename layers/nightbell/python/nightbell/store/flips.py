"""The changes of status of a check, and the reminders among them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nightbell.domain.check import Check, Flip, Reason, Status
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.tables import FlipItem

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
    check_id: str,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    *,
    limit: int | None = None,
) -> list[Flip]:
    """Return the changes of status of a check, newest first, from `start` on and before `end`.

    Those that time to live has not removed yet are left out. `limit`: no more than so many.
    """
    oldest = now - KEPT_FOR
    start = max(start, oldest) if start else oldest
    last = (end - _TICK) if end else _END_OF_TIME
    if last < start:
        return []
    items = FlipItem.query(
        check_id,
        FlipItem.created.between(start, last),
        filter_condition=FlipItem.reason != Reason.NAG,
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
    )
    return [read_fields(Flip, item) for item in items]


def down_before(check_id: str, moment: datetime) -> Flip | None:
    """Return the latest flip before the moment by which the check went down, None if not kept."""
    items = FlipItem.query(
        check_id,
        FlipItem.created < moment,
        filter_condition=(FlipItem.new_status == Status.DOWN) & (FlipItem.reason != Reason.NAG),
        scan_index_forward=False,
        consistent_read=True,
        page_size=10,
    )
    return next((read_fields(Flip, item) for item in items), None)


def read_image(image: Mapping[str, Any]) -> tuple[str, str, Flip]:
    """Return project id, check id and flip from an item as the table's stream shows it.

    Raises ValueError for what is no flip.
    """
    try:
        item = FlipItem.from_raw_data(dict(image))
        item.serialize()  # fails where something is missing
        return item.project_id, item.check_id, read_fields(Flip, item)
    except Exception as error:
        raise ValueError("not an item of a flip") from error


def scan_between(start: datetime, end: datetime) -> Iterator[tuple[str, str, Flip]]:
    """Yield project id, check id and flip for all flips of all checks, from `start` to `end`.

    In order for each check. Reads the whole table: for the command line only.
    """
    found = FlipItem.scan(FlipItem.created.between(start, end), consistent_read=True)
    for item in found:
        yield item.project_id, item.check_id, read_fields(Flip, item)


def delete_all(check_id: str) -> None:
    """Delete all flips of a check."""
    with FlipItem.batch_write() as batch:
        for item in FlipItem.query(check_id, attributes_to_get=["check_id", "created"]):
            batch.delete(item)
