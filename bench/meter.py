"""Requests to DynamoDB and the capacity units they consume."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local import tables
from tests.engine.units import transaction_units

_READS = {"GetItem", "Query"}

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
        writes: list[Item] = []  # of the transaction under way
        items_before: list[Item | None] = []

        def before(params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
            if model.name == "TransactWriteItems":
                writes[:] = [write for entry in params["TransactItems"] for write in entry.values()]
                items_before[:] = map(self._item, writes)
            return params | {"ReturnConsumedCapacity": "INDEXES"}

        def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            consumption.requests += 1
            if model.name == "TransactWriteItems":
                items_after = map(self._item, writes)
                changes = list(zip(items_before, items_after, strict=True))
                consumption.write_units += transaction_units(changes)
            elif model.name in _READS:
                consumption.read_units += parsed["ConsumedCapacity"]["CapacityUnits"]
            else:
                consumption.write_units += parsed["ConsumedCapacity"]["CapacityUnits"]

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
