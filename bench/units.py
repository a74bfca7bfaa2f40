"""What DynamoDB bills, for what no engine reports rightly."""

from math import ceil
from typing import Any

_KB = 1024


def item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an item as DynamoDB counts it: names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def transaction_units(items: list[tuple[dict[str, Any] | None, dict[str, Any] | None]]) -> int:
    """Return the write units of a transaction, given each item before and after.

    Two for each started KB of an item, and one for each write to the `due` index: an entry that
    moves is deleted and written again.
    """
    return sum(_item_units(before or {}, after or {}) for before, after in items)


def _item_units(before: dict[str, Any], after: dict[str, Any]) -> int:
    larger = max(item_bytes(before), item_bytes(after), 1)
    entries = {_due_entry(before), _due_entry(after)}
    return 2 * ceil(larger / _KB) + (len(entries - {None}) if len(entries) > 1 else 0)


def _due_entry(item: dict[str, Any]) -> tuple[str, str] | None:
    return (item["due_shard"]["N"], item["due_at"]["N"]) if "due_at" in item else None


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits: str = content.lstrip("-").strip("0").replace(".", "")
            return ceil(len(digits) / 2) + 1 + int(content.startswith("-"))
        case "SS":
            return sum(len(member.encode()) for member in content)
        case "B":
            return len(content)
        case "BOOL":
            return 1
    raise ValueError(kind)
