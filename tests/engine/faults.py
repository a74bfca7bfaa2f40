"""What can happen to a request between the store and DynamoDB."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

from tests.engine.engines import Engine

_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"

READ_REFUSALS = (
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
)
WRITE_REFUSALS = (*READ_REFUSALS, "TransactionConflictException")
CANCELLATIONS = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
REFUSALS = (*WRITE_REFUSALS, "TransactionInProgressException", *CANCELLATIONS)


class Killed(BaseException):
    """The process has ended; nothing of ours can catch it."""


@dataclass(frozen=True)
class Request:
    """A request on its way to the engine."""

    operation: str
    document: dict[str, Any]
    prepared: AWSPreparedRequest
    engine: Engine

    def carry_out(self) -> AWSResponse:
        """Let the engine carry out the request and return its answer."""
        return self.engine.client._endpoint.http_session.send(self.prepared)

    def refuse(self, code: str) -> AWSResponse:
        """Return the answer that DynamoDB gives when it is busy."""
        if code in CANCELLATIONS:
            reasons = [{"Code": "None"} for _ in self.document["TransactItems"]]
            reasons[-1] = {"Code": code, "Message": "busy"}
            return self._error("TransactionCanceledException", CancellationReasons=reasons)
        return self._error(code)

    def refusals(self) -> tuple[str, ...]:
        """Return the codes with which DynamoDB may refuse such a request in passing."""
        if self.operation == "TransactWriteItems":
            return (*READ_REFUSALS, "TransactionInProgressException", *CANCELLATIONS)
        return WRITE_REFUSALS if self.operation in ("PutItem", "UpdateItem") else READ_REFUSALS

    def answer(self, document: dict[str, Any], status: int = 200) -> AWSResponse:
        """Return this document as the answer."""
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": str(uuid4())}
        content = _Content(json.dumps(document).encode())
        return AWSResponse(self.prepared.url, status, headers, content)

    def _error(self, code: str, **more: Any) -> AWSResponse:
        return self.answer({"__type": _NAMESPACE + code, "message": "busy", **more}, status=400)


class _Content(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def intercepted(engine: Engine, handle: Callable[[Request], AWSResponse | None]) -> Iterator[None]:
    """Hand each request of the store to `handle`; None lets it pass."""

    def before_send(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        document = json.loads(request.body)
        return handle(Request(operation, document, request, engine))

    events = engine.client.meta.events
    events.register_first("before-send.dynamodb", before_send)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", before_send)


@dataclass
class Strike:
    """Strikes the k-th request, counted from 0, and no other."""

    k: int
    how: Callable[[Request], AWSResponse | None]
    seen: int = 0
    lock: Lock = field(default_factory=Lock)

    def __call__(self, request: Request) -> AWSResponse | None:
        with self.lock:
            number = self.seen
            self.seen += 1
        return self.how(request) if number == self.k else None

    @property
    def has_struck(self) -> bool:
        return self.seen > self.k


def die(request: Request) -> AWSResponse | None:
    """Carry out the request; the process ends before the answer."""
    request.carry_out()
    raise Killed


def lose_answer(request: Request) -> AWSResponse | None:
    """Carry out the request; the connection breaks before the answer."""
    request.carry_out()
    raise ConnectionClosedError(endpoint_url=request.prepared.url)
