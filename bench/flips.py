"""The way of a flip to a webhook, with nobody at the end of it: what our own code takes."""

import importlib
from typing import Any
from uuid import uuid4

from bench.calls import UnexpectedAnswer
from nightbell import clock
from nightbell.alerts import aws, http
from nightbell.alerts.kinds import webhook
from nightbell.domain.channels import Channel
from nightbell.store import channels
from nightbell.store.connection import connection

_URL = "https://receiver.example/"


class Way:
    """A webhook of a project, and what stands in for the stream, the queue and the receiver."""

    def __init__(self, project_id: str) -> None:
        self._channel = Channel(
            channel_id=str(uuid4()),
            project_id=project_id,
            created=clock.now(),
            kind="webhook",
            settings=webhook.KIND.read({"url_down": _URL, "url_up": _URL}),
        )
        self._flip: dict[str, Any] = {}  # as the stream has it
        self._message = ""
        aws.client = lambda *_: self  # type: ignore[assignment]
        http.send = lambda *_, **__: http.Answer(200, b"")

    @property
    def channel_id(self) -> str:
        """Which the checks name that tell the channel."""
        return self._channel.channel_id

    def begin(self, check_id: str) -> None:
        """Take the latest flip of the check; the channel has not been told of anything lately."""
        channels.add(self._channel)
        request = {
            "TableName": "flips",
            "KeyConditionExpression": "check_id = :check",
            "ExpressionAttributeValues": {":check": {"S": check_id}},
            "ScanIndexForward": False,
            "Limit": 1,
            "ConsistentRead": True,
        }
        (self._flip,) = connection.dispatch("Query", request)["Items"]

    def dispatch(self) -> None:
        """Hand the flip to `dispatch_flip`."""
        record = {"dynamodb": {"SequenceNumber": "1", "NewImage": self._flip}}
        _handle("dispatch_flip", record)

    def deliver(self) -> None:
        """Hand the message that was dispatched to `deliver_alert`."""
        record = {
            "body": self._message,
            "attributes": {"ApproximateReceiveCount": "1"},
            "receiptHandle": "",
            "messageId": "",
        }
        _handle("deliver_alert", record)

    def send_message_batch(self, *, Entries: list[Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        """In place of that of SQS."""
        self._message = Entries[0]["MessageBody"]
        return {}

    def change_message_visibility(self, **_: Any) -> None:
        """In place of that of SQS: asked for when a delivery has failed."""
        raise UnexpectedAnswer("The alert was not delivered")


def _handle(function: str, record: dict[str, Any]) -> None:
    handler = importlib.import_module(f"functions.{function}.app").lambda_handler
    if failed := handler({"Records": [record]}, None)["batchItemFailures"]:
        raise UnexpectedAnswer(f"{function} did not do it: {failed}")
