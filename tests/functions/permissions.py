"""What functions may do in DynamoDB, and what they did."""

from collections.abc import Iterable
from typing import Any

from nightbell.web.routes import ROUTES
from tests.functions.gateway import route_of
from tests.template import roles

# The functions of the dashboard.
PAGES = {route_of(method, route.path) for route in ROUTES if route.page for method in route.methods}

# Actions that a transaction consists of.
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def granted() -> dict[str, set[tuple[str, str]]]:
    """Return what the template allows each function: pairs of table and action."""
    return {
        function: {
            (grant.resource, grant.action.removeprefix("dynamodb:"))
            for grant in found
            if grant.action.startswith("dynamodb:") and grant.policy == "calls"
        }
        for function, found in roles.grants().items()
    }


def used(calls: Iterable[tuple[str, dict[str, Any]]]) -> set[tuple[str, str]]:
    """Return what was asked of DynamoDB: pairs of table and action."""
    pairs: set[tuple[str, str]] = set()
    for operation, parameters in calls:
        if operation == "TransactWriteItems":
            for write in parameters["TransactItems"]:
                ((kind, action),) = write.items()
                pairs.add((_logical(action["TableName"]), _IN_TRANSACTIONS[kind]))
        elif operation in ("BatchWriteItem", "BatchGetItem"):
            pairs |= {(_logical(table), operation) for table in parameters["RequestItems"]}
        elif "IndexName" in parameters:
            index = f"{_logical(parameters['TableName'])}/index/{parameters['IndexName']}"
            pairs.add((index, operation))
        elif "TableName" in parameters:
            pairs.add((_logical(parameters["TableName"]), operation))
    return pairs


def _logical(table: str) -> str:
    return f"{table.capitalize()}Table"
