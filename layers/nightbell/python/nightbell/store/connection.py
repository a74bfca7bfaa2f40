"""The connection to DynamoDB that all tables share."""

import random
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate

from nightbell.store.client import make_client

_FIRST_PAUSE = 0.01  # seconds
_LONGEST_PAUSE = 0.25  # seconds
_PATIENCE = 10.0  # seconds

# What DynamoDB answers when there is nothing wrong with a request: a write meets a transaction on
# the same item, which no SDK tries again, or there are too many requests, and the SDK's tries were
# too few.
_PASSING = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}
_CANCELED = "TransactionCanceledException"
_PASSING_REASONS = {
    "None",
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


class ContentionError(Exception):
    """Others kept changing the same item, or DynamoDB kept refusing, for 10 seconds."""


def attempts() -> Iterator[int]:
    """Yield 0, 1, 2 …, pausing for a random, growing time before each but the first.

    Raises ContentionError when there has been no success within 10 seconds.
    """
    patience_ends = time.monotonic() + _PATIENCE
    longest = _FIRST_PAUSE
    attempt = 0
    while True:
        yield attempt
        if time.monotonic() > patience_ends:
            raise ContentionError
        time.sleep(random.uniform(0, longest))
        longest = min(2 * longest, _LONGEST_PAUSE)
        attempt += 1


class _SharedConnection(Connection):
    @cached_property
    def client(self) -> BotocoreBaseClientPrivate:
        """The client that all share."""
        return cast("BotocoreBaseClientPrivate", make_client())

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        request = dict(operation_kwargs)
        for _ in attempts():
            try:
                return super()._make_api_call(operation_name, request)
            except ClientError as error:
                answer = error.__cause__ or error
                if not (isinstance(answer, ClientError) and _is_passing(answer)):
                    raise
                # botocore has added a token by which DynamoDB knows a transaction again. One that
                # may still be carried out keeps it, lest it be carried out twice.
                if _code(answer) == _CANCELED:
                    request = dict(operation_kwargs)
        raise AssertionError("attempts() ends by raising")


def _is_passing(error: ClientError) -> bool:
    if _code(error) == _CANCELED:
        reasons = {r["Code"] for r in error.response.get("CancellationReasons", [])}
        return reasons != {"None"} and reasons <= _PASSING_REASONS
    return _code(error) in _PASSING


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


connection = _SharedConnection()
