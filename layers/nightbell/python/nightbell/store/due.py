"""The due index: the checks whose indexed moment has come, read and settled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import VerboseClientError

from nightbell.domain.check import Check
from nightbell.domain.deadlines import Verdict
from nightbell.domain.errors import NotFound
from nightbell.settings import settings
from nightbell.store import check_items, checks
from nightbell.store.connection import ContentionError, attempts, connection
from nightbell.store.fields import values_in
from nightbell.store.tables import CheckItem
from nightbell.store.transaction import StateChangedError

LARGEST_BATCH = 100  # items that one request may ask for


@dataclass(frozen=True)
class Entry:
    """A check in the index, under a moment that is never later than its deadline."""

    shard: str
    check_id: str
    due_at: datetime


class BrokenCheck(Exception):
    """What is stored of a check cannot be read or evaluated; the text says why."""


def entries(due_shard: int, since: datetime | None, until: datetime) -> list[Entry]:
    """Return the entries of a partition of the index between these moments, both included."""
    due_at = CheckItem.due_at
    found = due_at.between(since, until) if since else due_at <= until
    items = CheckItem.due.query(due_shard, found)
    return [Entry(item.shard, item.check_id, item.due_at) for item in items]


def read(some: Sequence[Entry]) -> dict[Entry, Check | BrokenCheck]:
    """Return the checks of at most 100 entries, as they were a moment ago.

    Deleted ones are missing. For what cannot be read, the error is told: it stops no other.
    """
    wanted = {(entry.shard, entry.check_id): entry for entry in some}
    keys = [_key(entry) for entry in some]
    found: dict[Entry, Check | BrokenCheck] = {}
    for _ in attempts():
        answer = connection.dispatch(
            "BatchGetItem", {"RequestItems": {settings.checks_table: {"Keys": keys}}}
        )
        for raw in answer["Responses"].get(settings.checks_table, []):
            found[wanted[raw["shard"]["S"], raw["id"]["S"]]] = _check_in(raw)
        # A throttled table leaves some of the items out, without an error.
        left = answer.get("UnprocessedKeys", {}).get(settings.checks_table)
        if not left:
            return found
        keys = left["Keys"]
    raise AssertionError("attempts() ends by raising")


def settle(check: Check, judge: Callable[[Check], Verdict]) -> Verdict:
    """Do what is to be done about the check, and return what that was.

    Where the check was changed since it was read, it is read and judged anew. Raises BrokenCheck
    if it cannot be judged.
    """
    for _ in attempts():
        try:
            verdict = judge(check)
        except Exception as error:
            raise BrokenCheck(repr(error)) from error
        if verdict.change is None:
            return verdict
        try:
            checks.write(verdict.change)
            return verdict
        except StateChangedError:
            try:
                check = checks.read_state(check.project_id, check.check_id, consistent=True)
            except StateChangedError:
                continue
            except NotFound:
                return Verdict(check)
    raise AssertionError("attempts() ends by raising")


def settle_together(verdicts: Sequence[Verdict]) -> bool:
    """Write the changes of these verdicts in one transaction.

    False if that cannot be done, because one of the checks was changed since it was read, or
    something is wrong with one: then each is to be settled on its own. Raises ContentionError.
    """
    try:
        checks.write_together([verdict.change for verdict in verdicts if verdict.change])
    except ContentionError:
        raise
    except Exception:
        return False
    return True


def set_aside(entry: Entry, until: datetime) -> None:
    """Move an entry, whatever the check holds, unless it was moved meanwhile."""
    due_at = CheckItem.due_at
    request = {
        "TableName": settings.checks_table,
        "Key": _key(entry),
        "UpdateExpression": "SET due_at = :until",
        "ConditionExpression": "due_at = :moment",
        "ExpressionAttributeValues": {
            ":until": {"N": due_at.serialize(until)},
            ":moment": {"N": due_at.serialize(entry.due_at)},
        },
    }
    try:
        # Not by the model, which reads what it has written.
        connection.dispatch("UpdateItem", request)
    except VerboseClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def _key(entry: Entry) -> dict[str, Any]:
    return {"shard": {"S": entry.shard}, "id": {"S": entry.check_id}}


def _check_in(raw: dict[str, Any]) -> Check | BrokenCheck:
    try:
        return check_items.read(values_in(CheckItem, raw), None)
    except Exception as error:
        return BrokenCheck(repr(error))
