"""Dead letters: alerts and mails that were given up, listed and sent on their way again."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import click

from nightbell import settings
from nightbell.cli.deployment import require
from nightbell.cli.output import as_json, progress, show, show_list
from nightbell.domain.alerts import Order
from nightbell.domain.check import unique_key_of
from nightbell.domain.errors import NotFound
from nightbell.mail import notification
from nightbell.mail.notification import Receipt

# So long nobody else gets the letters that are read here.
_HELD_FOR = 120  # seconds

# So long SQS looks for more of them, on all its servers.
_WAIT = 1  # seconds


@dataclass(frozen=True)
class _Letter:
    """A message of a queue; what cannot be read is neither an order nor a mail."""

    queue: str
    receipt: str
    body: str
    order: Order | None = None
    mail: Receipt | None = None  # one that was to be a ping


@click.group()
def dead_letters() -> None:
    """List the alerts and mails that were given up; send them again.

    \b
    Example:
      nightbell --stack nightbell dead-letters list
    """


@dead_letters.command("list")
@as_json
def list_dead_letters(as_json: bool) -> None:
    """List the alerts and mails that were given up.

    \b
    Example:
      nightbell dead-letters list --json
    """
    queues = _queues()
    letters = [letter for queue in queues for letter in _receive(queue)]
    _put_back(letters)
    show_list([_described(letter) for letter in letters], as_json=as_json)
    if letters and (hidden := sum(map(_count, queues)) - len(letters)) > 0:
        click.echo(f"About {hidden} more wait behind these.", err=True)


@dead_letters.command("redrive")
@click.option("--project", "project_id", metavar="PROJECT", help="Alerts of this project only.")
@click.option("--channel", "channel_id", metavar="CHANNEL", help="Alerts to this channel only.")
@as_json
@click.pass_context
def redrive_dead_letters(
    ctx: click.Context, project_id: str | None, channel_id: str | None, as_json: bool
) -> None:
    """Send alerts and mails that were given up on their way again.

    What has become no news meanwhile is not told. A mail counts as of when it was received; it is
    kept for two weeks. Whatever happens no letter is lost: each is
    deleted after it has been sent.

    \b
    Example:
      nightbell dead-letters redrive --channel 4ec5a071…
    """
    queues = _queues()
    require("alert_queue")
    sent, failed, left = 0, 0, []
    with progress("Letters", sum(map(_count, queues))) as bar:
        for letter in (letter for queue in queues for letter in _receive(queue)):
            if not _is_meant(letter, project_id, channel_id):
                left.append(letter)
            elif _send(letter):
                _delete(letter)
                sent += 1
            else:
                failed += 1
                left.append(letter)
            bar.update(1)
    _put_back(left)
    show({"sent": sent, "failed": failed, "left": len(left)}, as_json=as_json)
    ctx.exit(1 if failed else 0)


def _queues() -> list[str]:
    """Return the queues of dead letters: that of alerts, and that of mails if they are taken."""
    of_mails = settings.settings.ping_mail_dead_letter_queue
    return [require("dead_letter_queue"), *([of_mails] if of_mails else [])]


def _is_meant(letter: _Letter, project_id: str | None, channel_id: str | None) -> bool:
    """Tell whether the letter is one of those; what cannot be read is."""
    if letter.mail:
        return project_id is None and channel_id is None
    order = letter.order
    return order is None or (
        project_id in (None, order.project_id) and channel_id in (None, order.channel_id)
    )


def _send(letter: _Letter) -> bool:
    """Put the letter into the queue that it came from; tell whether it was taken."""
    from nightbell.alerts import aws

    if letter.order:
        return _send_order(letter.order)
    if letter.mail is None:
        return False
    queue = require("ping_mail_queue")
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody=letter.body)
    return True


def _send_order(order: Order) -> bool:
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
    if letter.mail:
        received = letter.mail.received.isoformat(timespec="seconds")
        error = f"the mail {letter.mail.message_id} of {received} was not counted as a ping"
        return described | {"error": error}
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
    """Yield the letters of the queue, alerts of one check to one channel in their order."""
    from nightbell.alerts import aws

    while True:
        answer = aws.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HELD_FOR,
            WaitTimeSeconds=_WAIT,
        )
        for received in answer.get("Messages", []):
            yield _read(queue, received["ReceiptHandle"], received["Body"])
        if not answer.get("Messages"):
            return


def _read(queue: str, receipt: str, body: str) -> _Letter:
    from nightbell.alerts import message

    letter = _Letter(queue, receipt, body)
    try:
        if queue == settings.settings.ping_mail_dead_letter_queue:
            return replace(letter, mail=notification.read(body))
        return replace(letter, order=message.read(body))
    except (ValueError, KeyError, TypeError):
        return letter


def _put_back(letters: Iterable[_Letter]) -> None:
    """Let the letters be received again at once."""
    from nightbell.alerts import queues

    for letter in letters:
        queues.postpone(letter.queue, letter.receipt, 0)


def _delete(letter: _Letter) -> None:
    from nightbell.alerts import aws

    aws.client("sqs").delete_message(QueueUrl=letter.queue, ReceiptHandle=letter.receipt)


def _count(queue: str) -> int:
    """Return about how many letters there are that nobody holds."""
    from nightbell.alerts import aws

    name = "ApproximateNumberOfMessages"
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(answer["Attributes"][name])
