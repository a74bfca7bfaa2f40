"""What requests to DynamoDB cost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.cost_units import Units
from bench.units import transaction_units
from local.tables import definitions
from tests.engine.faults import intercepted

_KEYS = {
    name: [key["AttributeName"] for key in table["KeySchema"]]
    for name, table in definitions().items()
}


@dataclass
class Bill:
    """The capacity units and requests of what was done meanwhile."""

    read: float = 0
    write: float = 0
    requests: list[str] = field(default_factory=list)

    @property
    def units(self) -> Units:
        """The capacity units, to compare with those that docs/costs.md counts with."""
        return Units(self.read, self.write)


@contextmanager
def billed(engine) -> Iterator[Bill]:
    """Add up what DynamoDB reports; for transactions, which engines report wrongly, compute it."""
    bill = Bill()

    def carry_out(request):
        bill.requests.append(request.operation)
        if request.operation == "TransactWriteItems":
            writes = [next(iter(write.values())) for write in request.document["TransactItems"]]
            before = [_stored(engine, write) for write in writes]
            answer = request.carry_out()
            after = [_stored(engine, write) for write in writes]
            bill.write += transaction_units(list(zip(before, after, strict=True)))
            return answer
        answer = request.carry_out()
        if answer.status_code == 400:  # a refused write of a small item
            bill.write += 1
            return answer
        if request.operation == "BatchGetItem":  # MiniStack does not tell
            bill.read += 0.5 * len(request.document["RequestItems"]["checks"]["Keys"])
            return answer
        units = json.loads(answer.content)["ConsumedCapacity"]["CapacityUnits"]
        if request.operation in ("GetItem", "Query"):
            bill.read += max(units, 0.5)  # also where nothing was found
        else:
            bill.write += units
        return answer

    with intercepted(engine, carry_out):
        yield bill


def _stored(engine, write):
    table = write["TableName"]
    key = write.get("Key") or {name: write["Item"][name] for name in _KEYS[table]}
    return engine.bystander.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
