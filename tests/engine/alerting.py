"""The way of an alert, step by step: its flip, the stream, the queue on MiniStack, the receiver.

The handlers are called as Lambda calls them. The queue is MiniStack's, but its times are those of
the virtual clock: a message that is invisible appears again when that has passed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions.deliver_alert import app as deliver_alert
from functions.dispatch_flip import app as dispatch_flip
from nightbell import settings as settings_module
from nightbell.alerts import delivery, queues, wire
from nightbell.alerts import dispatch as dispatching
from nightbell.alerts.http import Answer
from nightbell.alerts.kinds import webhook
from nightbell.domain.alerts import Order, is_announced
from nightbell.domain.channels import Channel
from nightbell.domain.check import EPOCH
from nightbell.domain.notification import Notification
from nightbell.store import channels, flips, notifications
from tests.engine.api import Project, ping
from tests.engine.engines import Engine
from tests.engine.virtual_clock import VirtualClock

VISIBILITY = timedelta(seconds=180)

_REMEMBERED = timedelta(minutes=5)  # for so long SQS takes no message twice
_LONGEST = 43_200  # seconds that SQS keeps a message invisible


def use_settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Change settings wherever alerts are concerned."""
    for module in (settings_module, delivery, dispatching, queues, deliver_alert, wire):
        monkeypatch.setattr(module, "settings", replace(module.settings, **changes))


@dataclass
class Queue:
    """A FIFO queue in place of boto3's client of SQS."""

    client: Any
    url: str
    time: VirtualClock
    # Comes between who sends and SQS: it is given the entries, and what takes them.
    between: Callable[[list[Any], Callable[[list[Any]], Any]], Any] | None = None
    appears_at: dict[str, datetime] = field(default_factory=dict)  # by receipt handle

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803
        """As SQS does; it forgets ids as the virtual clock goes, not as MiniStack's does."""
        assert QueueUrl == self.url
        window = (self.time.now() - EPOCH) // _REMEMBERED

        def take(entries: list[Any]) -> Any:
            renamed = [
                {**one, "MessageDeduplicationId": f"{one['MessageDeduplicationId']}-{window}"}
                for one in entries
            ]
            return self.client.send_message_batch(QueueUrl=self.url, Entries=renamed)

        return self.between(Entries, take) if self.between else take(Entries)

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> None:
        """As SQS does, on the virtual clock."""
        if QueueUrl != self.url:
            self.client.change_message_visibility(
                QueueUrl=QueueUrl, ReceiptHandle=ReceiptHandle, VisibilityTimeout=VisibilityTimeout
            )
            return
        self._hide(ReceiptHandle, timedelta(seconds=VisibilityTimeout))

    def __getattr__(self, name: str) -> Any:
        """The other methods are those of the client: they are about other queues."""
        return getattr(self.client, name)

    def receive(self) -> dict[str, Any] | None:
        """Receive one message, as the record that Lambda makes of it; None if none is visible."""
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=1,
            VisibilityTimeout=_LONGEST,
            MessageSystemAttributeNames=["All"],
        )
        if "Messages" not in answer:
            return None
        (message,) = answer["Messages"]
        self._hide(message["ReceiptHandle"], VISIBILITY)
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }

    def delete(self, record: dict[str, Any]) -> None:
        """Delete a message that was received."""
        del self.appears_at[record["receiptHandle"]]
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=record["receiptHandle"])

    def wait(self) -> bool:
        """Let time pass until a message appears again; False if there is none."""
        if self.appears_at:
            self.time.wait_until(min(self.appears_at.values()))
            return True
        return False

    def _hide(self, handle: str, length: timedelta) -> None:
        moment = self.time.now() + length
        self.appears_at[handle] = moment
        if length:
            self.time.plan(moment, lambda: self._show(handle, moment))
        else:
            self._show(handle, moment)

    def _show(self, handle: str, moment: datetime) -> None:
        if self.appears_at.get(handle) == moment:
            del self.appears_at[handle]
            self.client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0
            )


@dataclass
class Receiver:
    """Stands in for who receives webhooks, and keeps what it was told, in order."""

    heard: list[tuple[str, str]] = field(default_factory=list)  # path and delivery id
    # Instead of 200: answers or fails. It is given the path, and is called before it is heard.
    behave: Callable[[str], Answer] | None = None

    def send(self, _method: str, url: str, *, headers: Any, **_: Any) -> Answer:
        """In place of nightbell.alerts.http.send."""
        path = url.rpartition("/")[2]
        answer = self.behave(path) if self.behave else Answer(200, b"")
        if answer.status == 200:
            self.heard.append((path, headers["Nightbell-Delivery"]))
        return answer


@dataclass
class Alerting:
    """A project whose checks tell webhooks."""

    engine: Engine
    project: Project
    queue: Queue
    receiver: Receiver
    time: VirtualClock
    records: list[dict[str, Any]] = field(default_factory=list)  # of the stream of flips

    def add_channel(self, name: str, site: str = "http://receiver.example") -> Channel:
        """Add a webhook; the receiver knows it by its name."""
        url = f"{site}/{name}"
        channel = Channel(
            channel_id=str(uuid4()),
            project_id=self.project.project_id,
            created=self.time.now(),
            kind="webhook",
            name=name,
            settings=webhook.KIND.read({"url_down": url, "url_up": url}),
        )
        channels.add(channel)
        return channel

    def ping(self, check_id: str, signal: str = "") -> None:
        """Ping a check, and let the flip that this makes come into the stream."""
        assert ping(check_id + signal) == 200
        self.read_flips(check_id)

    def read_flips(self, check_id: str) -> None:
        """Let the flips of a check that are not yet in the stream come into it."""
        known = sum(
            one["dynamodb"]["NewImage"]["check_id"]["S"] == check_id for one in self.records
        )
        items = self.engine.bystander.query(
            TableName="flips",
            KeyConditionExpression="check_id = :id",
            ExpressionAttributeValues={":id": {"S": check_id}},
            ConsistentRead=True,
        )["Items"]
        for item in items[known:]:
            number = str(len(self.records))
            self.records.append(
                {"eventName": "INSERT", "dynamodb": {"SequenceNumber": number, "NewImage": item}}
            )

    def dispatch(self, records: Sequence[dict[str, Any]] | None = None) -> list[int]:
        """Let the stream deliver records, or all there are; return the numbers of the failed."""
        event = {"Records": list(self.records if records is None else records)}
        failures = dispatch_flip.lambda_handler(event, None)["batchItemFailures"]
        return [int(failure["itemIdentifier"]) for failure in failures]

    def deliver(self) -> bool:
        """Hand one message to the function, if there is one, and delete it if that succeeds."""
        record = self.queue.receive()
        if record is None:
            return False
        if not deliver_alert.lambda_handler({"Records": [record]}, None)["batchItemFailures"]:
            self.queue.delete(record)
        return True

    def deliver_all(self) -> None:
        """Deliver until the queue is empty, however long that takes."""
        while self.deliver() or self.queue.wait():
            pass

    def orders(self, check_id: str, channel: Channel) -> list[Order]:
        """Return what there was to tell the channel about a check, from the stream."""
        found = (flips.read_image(record["dynamodb"]["NewImage"]) for record in self.records)
        return [
            Order(
                project_id=project_id,
                check_id=check_id,
                channel_id=channel.channel_id,
                flip=flip,
            )
            for project_id, of, flip in found
            if of == check_id and is_announced(flip)
        ]

    def notification(self, order: Order) -> Notification:
        """Return what became of an order."""
        found = notifications.find(order)
        assert found
        return found
