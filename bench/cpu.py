"""CPU time of the handlers, warm, in this process alone, and beside plain botocore calls."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import boto3

from bench.calls import ping
from bench.operations import Operation
from nightbell.domain.check import Check
from nightbell.store import checks
from nightbell.store.tables import check_shard, log_slot, project_shards

_ROUNDS = 5
_ROUNDS_OF_COMPARISON = 15
_CALLS_IN_A_ROUND = 100


@dataclass(frozen=True)
class Comparison:
    """Milliseconds of CPU time of an operation, and of its requests made without Nightbell."""

    own_ms: float
    plain_calls_ms: float

    @property
    def ratio(self) -> float:
        """How much of the plain calls' time the operation takes."""
        return self.own_ms / self.plain_calls_ms


def milliseconds(operation: Operation) -> float:
    """Return the CPU time of the operation: the median of several rounds, after one to warm up."""
    rounds = [_round(operation) for _ in range(_ROUNDS + 1)]
    return median(rounds[1:])


def compare_pings(check: Check) -> Comparison:
    """Measure a success ping and three plain botocore calls, in turns.

    The calls are those of the ping, with items of the same size, by a client as boto3 makes it.
    """
    return _compare(ping(check.check_id), _three_plain_calls(check), _CALLS_IN_A_ROUND)


def compare_listing(project_id: str) -> Comparison:
    """Measure the listing of a project's checks and plain botocore queries of the same items."""
    return _compare(partial(checks.list_for, project_id), _plain_queries(project_id), 1)


def _compare(own: Callable[[], Any], plain: Callable[[], Any], repetitions: int) -> Comparison:
    operations = [Operation("", run, repetitions=repetitions) for run in (own, plain)]
    rounds = [[_round(each) for each in operations] for _ in range(_ROUNDS_OF_COMPARISON + 1)]
    of_own, of_plain = zip(*rounds[1:], strict=True)
    return Comparison(median(of_own), median(of_plain))


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


def _plain_queries(project_id: str) -> Callable[[], None]:
    """Return a function that asks for the items of a project's checks, and looks at none."""
    client: Any = boto3.client("dynamodb")
    pages = client.get_paginator("query")

    def query() -> None:
        for shard in project_shards(project_id):
            for _ in pages.paginate(
                TableName="checks",
                KeyConditionExpression="#shard = :shard",
                ExpressionAttributeNames={"#shard": "shard"},
                ExpressionAttributeValues={":shard": {"S": shard}},
                ConsistentRead=True,
            ):
                pass

    return query
