"""What channels were told."""

from nightbell.store.tables import NotificationItem


def delete_all(check_id: str) -> None:
    """Delete all notifications about a check."""
    with NotificationItem.batch_write() as batch:
        for item in NotificationItem.query(check_id, attributes_to_get=["check_id", "created"]):
            batch.delete(item)
