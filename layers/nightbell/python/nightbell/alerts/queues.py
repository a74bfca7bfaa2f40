"""The queues in which deliveries wait, in order for each check and channel."""

from collections.abc import Iterable, Iterator

from nightbell.alerts import aws, message
from nightbell.domain.alerts import Order
from nightbell.settings import settings

_APPRISE = "apprise"

_LARGEST_BATCH = 10  # messages that SQS takes at once


def of_kind(kind: str) -> str:
    """Return the queue for channels of a kind, its URL."""
    if kind == _APPRISE and settings.apprise_queue:
        return settings.apprise_queue
    return settings.alert_queue


def send(queue_url: str, orders: Iterable[Order], *, attempt: str = "") -> list[Order]:
    """Put orders into a queue, and return those that it did not take.

    SQS ignores for five minutes what it has been sent already, unless `attempt` differs. After an
    order that failed, none of the same check is sent: it would be told before.
    """
    failed: list[Order] = []
    for batch in _batches(orders):
        behind = {order.check_id for order in failed}
        failed += [order for order in batch if order.check_id in behind]
        ready = [order for order in batch if order.check_id not in behind]
        if not ready:
            continue
        entries = [
            {
                "Id": str(number),
                "MessageBody": message.write(order),
                "MessageGroupId": order.group_id,
                "MessageDeduplicationId": order.delivery_id + attempt,
            }
            for number, order in enumerate(ready)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
        failed += [ready[int(failure["Id"])] for failure in answer.get("Failed", [])]
    return failed


def postpone(queue_url: str, receipt_handle: str, seconds: int) -> None:
    """Let a message that was received be received again after so many seconds."""
    aws.client("sqs").change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
    )


def _batches(orders: Iterable[Order]) -> Iterator[list[Order]]:
    """Yield the orders in order, no two of the same group together."""
    batch: list[Order] = []
    groups: set[str] = set()
    for order in orders:
        if len(batch) == _LARGEST_BATCH or order.group_id in groups:
            yield batch
            batch, groups = [], set()
        batch.append(order)
        groups.add(order.group_id)
    if batch:
        yield batch
