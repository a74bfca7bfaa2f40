"""Dead letters: deliveries that were given up, listed and sent on their way again."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

from nightbell.cli.deployment import require
from nightbell.cli.output import as_json, progress, show, show_list
from nightbell.domain.alerts import Order
from nightbell.domain.check import unique_key_of
from nightbell.domain.errors import NotFound

# So long nobody else gets the letters that are read here.
_HELD_FOR = 120  # seconds

# So long SQS looks for more of them, on all its servers.
_WAIT = 1  # seconds


@dataclass(frozen=True)
class _Letter:
    """A message of the queue; what cannot be read is no order."""

    receipt: str
    order: Order | None


@click.group()
def dead_letters() -> None:
    """List the alerts that were given up, and send them again.

    \b
    Example:
      nightbell --stack nightbell dead-letters list
    """


@dead_letters.command("list")
@as_json
def list_dead_letters(as_json: bool) -> None:
    """List the alerts that were given up.

    \b
    Example:
      nightbell dead-letters list --json
    """
    queue = require("dead_letter_queue")
    letters = list(_receive(queue))
    _put_back(queue, letters)
    show_list([_described(letter) for letter in letters], as_json=as_json)
    if letters and (hidden := _count(queue) - len(letters)) > 0:
        click.echo(f"About {hidden} more wait behind these.", err=True)


@dead_letters.command("redrive")
@click.option("--project", "project_id", metavar="PROJECT", help="Of this project only.")
@click.option("--channel", "channel_id", metavar="CHANNEL", help="To this channel only.")
@as_json
@click.pass_context
def redrive_dead_letters(
    ctx: click.Context, project_id: str | None, channel_id: str | None, as_json: bool
) -> None:
    """Send alerts that were given up on their way again.

    What has become no news meanwhile is not told. Whatever happens no letter is lost: each is
    deleted after it has been sent.

    \b
    Example:
      nightbell dead-letters redrive --channel 4ec5a071…
    """
    queue = require("dead_letter_queue")
    require("alert_queue")
    sent, failed, left = 0, 0, []
    with progress("Letters", _count(queue)) as bar:
        for letter in _receive(queue):
            if letter.order is None:
                failed += 1
                left.append(letter)
            elif not _is_meant(letter.order, project_id, channel_id):
                left.append(letter)
            elif _send(letter.order):
                _delete(queue, letter)
                sent += 1
            else:
                failed += 1
                left.append(letter)
            bar.update(1)
    _put_back(queue, left)
    show({"sent": sent, "failed": failed, "left": len(left)}, as_json=as_json)
    ctx.exit(1 if failed else 0)


def _is_meant(order: Order, project_id: str | None, channel_id: str | None) -> bool:
    return project_id in (None, order.project_id) and channel_id in (None, order.channel_id)


def _send(order: Order) -> bool:
    """Put the order into the queue for its kind of channel; tell whether it was taken."""
    from nightbell.alerts import queues
    from nightbell.store import channels

    try:
        kind = channels.get(order.project_id, order.channel_id).kind
    except NotFound:
        kind = ""  # who is to deliver it notes that there is no such channel any more
    return not queues.send(queues.of_kind(kind), [order], attempt=uuid.uuid4().hex)


def _described(letter: _Letter) -> dict[str, Any]:
    order = letter.order
    described = dict.fromkeys(
        ("project", "check", "unique_key", "channel", "channel_id", "flip", "status", "error")
    )
    if order is None:
        return described | {"error": "the message cannot be read"}
    return described | {
        **_names(order),
        "unique_key": unique_key_of(order.check_id),
        "channel_id": order.channel_id,
        "flip": order.flip.created.isoformat(timespec="seconds"),
        "status": order.flip.new_status.value,
        "error": _error(order),
    }


def _names(order: Order) -> dict[str, str]:
    """Return the names of what the order is about, as far as it still is there."""
    from nightbell.store import channels, checks, projects

    names: dict[str, str] = {}
    with suppress(NotFound):
        names["project"] = projects.get(order.project_id).name
    with suppress(NotFound):
        names["check"] = checks.get(order.check_id, order.project_id).name
    with suppress(NotFound):
        names["channel"] = channels.get(order.project_id, order.channel_id).name
    return names


def _error(order: Order) -> str | None:
    from nightbell.store import notifications

    notification = notifications.find(order)
    return notification.error if notification else None


def _receive(queue: str) -> Iterator[_Letter]:
    """Yield the letters of the queue, those about one check to one channel in their order."""
    from nightbell.alerts import aws, message

    while True:
        answer = aws.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HELD_FOR,
            WaitTimeSeconds=_WAIT,
        )
        for received in answer.get("Messages", []):
            try:
                order = message.read(received["Body"])
            except (ValueError, KeyError, TypeError):
                order = None
            yield _Letter(received["ReceiptHandle"], order)
        if not answer.get("Messages"):
            return


def _put_back(queue: str, letters: Iterable[_Letter]) -> None:
    """Let the letters be received again at once."""
    from nightbell.alerts import queues

    for letter in letters:
        queues.postpone(queue, letter.receipt, 0)


def _delete(queue: str, letter: _Letter) -> None:
    from nightbell.alerts import aws

    aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=letter.receipt)


def _count(queue: str) -> int:
    """Return about how many letters there are that nobody holds."""
    from nightbell.alerts import aws

    name = "ApproximateNumberOfMessages"
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(answer["Attributes"][name])
