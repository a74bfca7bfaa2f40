"""What botocore knows of DynamoDB's API, cut down to what Nightbell asks of it.

    python -m local.service_model

writes the file from which the functions make their client; due when botocore's version changes or
another operation is used. A test compares the file with the botocore that is installed.
"""

import json
from typing import Any

from botocore.loaders import Loader

from nightbell.store.botocore_data import SERVICE_MODEL

_OPERATIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "TransactWriteItems",
    "UpdateItem",
)
# For readers, and for endpoints of which the client knows nothing.
_LEFT_OUT = {"documentation", "endpointdiscovery", "endpointoperation", "examples"}


def cut_down() -> str:
    """Return the text of the file for the botocore that is installed."""
    whole = Loader().load_service_model("dynamodb", "service-2")
    operations = {name: _bare(whole["operations"][name]) for name in _OPERATIONS}
    shapes: dict[str, Any] = {}
    wanted = _shapes_in(operations)
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = _bare(whole["shapes"][name])
            wanted |= _shapes_in(shapes[name])
    model = {"metadata": whole["metadata"], "operations": operations, "shapes": shapes}
    return json.dumps(model, sort_keys=True, separators=(",", ":")) + "\n"


def _bare(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: _bare(member)
        for name, member in value.items()
        # A member of a structure may well have one of these names.
        if name not in _LEFT_OUT or (isinstance(member, dict) and "shape" in member)
    }


def _shapes_in(value: Any) -> set[str]:
    """Return the names of the shapes that are referred to."""
    if isinstance(value, list):
        return set().union(*map(_shapes_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["shape"]} if isinstance(value.get("shape"), str) else set()
    return own.union(*map(_shapes_in, value.values()))


if __name__ == "__main__":
    SERVICE_MODEL.write_text(cut_down())
