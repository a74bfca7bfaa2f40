"""CPU time of the handlers, warm, in this process alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import boto3

from bench.calls import ping
from bench.operations import Operation
from nightbell.domain.check import Check
from nightbell.store.tables import check_shard, log_slot

_ROUNDS = 5
_ROUNDS_OF_COMPARISON = 15
_CALLS_IN_A_ROUND = 100


@dataclass(frozen=True)
class Comparison:
    """Milliseconds of CPU time of a ping, and of its three requests made without Nightbell."""

    ping_ms: float
    plain_calls_ms: float

    @property
    def ratio(self) -> float:
        """How much of the plain calls' time the ping takes."""
        return self.ping_ms / self.plain_calls_ms


def milliseconds(operation: Operation) -> float:
    """Return the CPU time of the operation: the median of several rounds, after one to warm up."""
    rounds = [_round(operation) for _ in range(_ROUNDS + 1)]
    return median(rounds[1:])


def compare_with_plain_calls(check: Check) -> Comparison:
    """Measure a success ping and three plain botocore calls, in turns.

    The calls are those of the ping, with items of the same size, by a client as boto3 makes it.
    """
    pinging = Operation("", ping(check.check_id), repetitions=_CALLS_IN_A_ROUND)
    plain = Operation("", _three_plain_calls(check), repetitions=_CALLS_IN_A_ROUND)
    rounds = [(_round(pinging), _round(plain)) for _ in range(_ROUNDS_OF_COMPARISON + 1)]
    of_pinging, of_plain = zip(*rounds[1:], strict=True)
    return Comparison(median(of_pinging), median(of_plain))


def _round(operation: Operation) -> float:
    spent = 0
    for _ in range(operation.repetitions):
        operation.prepare()
        start = time.process_time_ns()
        operation.run()
        spent += time.process_time_ns() - start
    return spent / operation.repetitions / 1_000_000


def _three_plain_calls(check: Check) -> Callable[[], None]:
    """Return a function that does to copies of a ping's items what a ping does."""
    client: Any = boto3.client("dynamodb")
    own_id = "0" * len(check.check_id)
    check_key = {
        "shard": {"S": check_shard(check.project_id, check.check_id)},
        "id": {"S": check.check_id},
    }
    ping_key = {"check_id": {"S": check.check_id}, "slot": {"S": log_slot(check.n_pings)}}
    check_item = client.get_item(TableName="checks", Key=check_key)["Item"]
    ping_item = client.get_item(TableName="pings", Key=ping_key)["Item"]
    own_key = check_key | {"id": {"S": own_id}}
    client.put_item(TableName="checks", Item=check_item | own_key)

    def call() -> None:
        client.get_item(TableName="checks", Key=own_key)
        client.update_item(
            TableName="checks",
            Key=own_key,
            UpdateExpression="SET lp = :moment ADD n :one",
            ConditionExpression="rv = :revision AND lp <= :moment",
            ExpressionAttributeValues={
                ":moment": check_item["lp"],
                ":one": {"N": "1"},
                ":revision": check_item["rv"],
            },
            ReturnValues="UPDATED_NEW",
        )
        client.put_item(TableName="pings", Item=ping_item | {"check_id": {"S": own_id}})

    return call
