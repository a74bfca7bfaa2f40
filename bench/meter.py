"""Requests to DynamoDB and the capacity units they consume."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.units import transaction_units
from local import tables

_READS = {"GetItem", "BatchGetItem", "Query"}

Item = dict[str, Any]


@dataclass
class Consumption:
    """What was asked of DynamoDB."""

    requests: int = 0
    read_units: float = 0
    write_units: float = 0


class Meter:
    """Measures the requests of one botocore client.

    Units are those that DynamoDB reports, save for transactions: no engine reports theirs rightly,
    so they are computed from the items before and after.
    """

    def __init__(self, measured: Any, bystander: Any) -> None:
        self._events = measured.meta.events
        self._bystander = bystander  # reads what transactions have written
        self._key_names = {
            table: [key["AttributeName"] for key in definition["KeySchema"]]
            for table, definition in tables.definitions().items()
        }

    @contextmanager
    def measuring(self) -> Iterator[Consumption]:
        """Measure the requests inside the `with` block."""
        consumption = Consumption()
        counting = threading.Lock()
        transaction = threading.local()  # the one under way

        def before(params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
            if model.name == "TransactWriteItems":
                transaction.writes = [
                    w for entry in params["TransactItems"] for w in entry.values()
                ]
                transaction.before = [self._item(write) for write in transaction.writes]
            return params | {"ReturnConsumedCapacity": "INDEXES"}

        def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            if model.name == "TransactWriteItems":
                items_after = map(self._item, transaction.writes)
                changes = list(zip(transaction.before, items_after, strict=True))
                units: float = transaction_units(changes)
            else:
                units = _reported(parsed)
                if model.name == "Query":
                    units = max(units, 0.5)  # DynamoDB Local lets those go free that find nothing
            with counting:
                consumption.requests += 1
                if model.name in _READS:
                    consumption.read_units += units
                else:
                    consumption.write_units += units

        with (
            self._registered("provide-client-params", before),
            self._registered("after-call", after),
        ):
            yield consumption

    @contextmanager
    def _registered(self, event: str, handler: Callable[..., Any]) -> Iterator[None]:
        self._events.register(f"{event}.dynamodb", handler)
        try:
            yield
        finally:
            self._events.unregister(f"{event}.dynamodb", handler)

    def _item(self, write: Item) -> Item | None:
        """Return the item that is the aim of a write, as it is at this moment."""
        table = write["TableName"]
        source = write.get("Key") or write["Item"]
        key = {name: source[name] for name in self._key_names[table]}
        answer = self._bystander.get_item(TableName=table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item


def _reported(answer: dict[str, Any]) -> float:
    """Return the units in an answer; that to a batch has them for each table."""
    consumed = answer["ConsumedCapacity"]
    tables_of_it = consumed if isinstance(consumed, list) else [consumed]
    return sum(float(table["CapacityUnits"]) for table in tables_of_it)
