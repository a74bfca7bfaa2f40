"""How a check is laid out in two items: a small one that pings update, and its long texts.

DynamoDB bills an update by the size of the whole item. So that a ping costs one write unit
whatever the user wrote, the texts that a ping does not need move to an item of their own when
the first would not stay under 1 KB with them. The two are written together, but may be read one
before and one after a write: the first names the revision of its texts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.expressions.update import Action

from nightbell.domain.check import Change, Check
from nightbell.store.fields import is_default, stored_fields, values_in
from nightbell.store.tables import CheckItem, check_shard, due_shard
from nightbell.store.transaction import StateChangedError

Values = dict[str, Any]  # what is in an item, by the names of the model's attributes

_TEXT_SUFFIX = "#text"

# What can move, what is most worth moving first.
_LONG_FIELDS = ("desc", "tags", "failure_kw", "success_kw", "start_kw", "channels", "name")
_CONFIGURATION = set(_LONG_FIELDS) | {"slug", "schedule", "badge_key"}

# What is left of 1,024 bytes after the keys (84), the state at its longest (moments 9 each, a run
# id 36, counters, names: 182), and the other settings (68).
_CONFIGURATION_BYTES = 670


def items_of(check: Check) -> tuple[CheckItem, CheckItem | None]:
    """Return the item of the check and that of its long texts, None if all fit into the first."""
    values = stored_fields(check)
    shard = check_shard(values.pop("project_id"), values.pop("check_id"))
    texts = {name: values.pop(name) for name in _moved_fields(check)}
    item = CheckItem(shard, check.check_id, **values)
    # Conditions and counting need these even where they are the defaults.
    item.status, item.n_pings, item.revision = check.status, check.n_pings, check.revision
    if check.due_at:
        item.due_shard = due_shard(check.check_id)
    if not texts:
        return item, None
    item.text_revision = check.revision
    return item, CheckItem(shard, _text_key(check), **texts, revision=check.revision)


def keys_of(check: Check) -> tuple[CheckItem, CheckItem]:
    """Return items with nothing but the keys of the check's two items."""
    shard = check_shard(check.project_id, check.check_id)
    return CheckItem(shard, check.check_id), CheckItem(shard, _text_key(check))


def text_key(check_id: str) -> str:
    """Return the sort key of the check's long texts."""
    return check_id + _TEXT_SUFFIX


def read(item: Values, text: Values | None) -> Check:
    """Return the check in these items; takes `item` over, for the check to hold its fields in.

    Without its texts, a check that has any is good for every decision about a ping, unless it
    classifies bodies by keywords.
    """
    if text is not None:
        item |= _long_values(text)
    item["project_id"] = item.pop("shard").rpartition("#")[0]
    item.pop("due_shard", None)
    item.pop("text_revision", None)
    # Half of what reading a check took was the setting of some thirty fields, one by one, most of
    # them to their defaults, which the class has anyway.
    check = Check.__new__(Check)
    object.__setattr__(check, "__dict__", item)  # the class is frozen
    return check


def read_whole(item: Values, text: Values | None) -> Check:
    """Return the check in these items, as `read` does.

    Raises StateChangedError if an edit came between the reading of the two.
    """
    if item.get("text_revision") != (text["revision"] if text else None):
        raise StateChangedError
    return read(item, text)


def group(raw_items: Iterable[Mapping[str, Any]]) -> list[Check]:
    """Return the checks in the items of a reply; raises StateChangedError as `read_whole` does."""
    items = [values_in(CheckItem, raw) for raw in raw_items]
    texts = {item["check_id"]: item for item in items if item["check_id"].endswith(_TEXT_SUFFIX)}
    if not texts:
        return [read_whole(item, None) for item in items]
    return [
        read_whole(item, texts.get(text_key(item["check_id"])))
        for item in items
        if item["check_id"] not in texts
    ]


def changed_fields(change: Change) -> set[str]:
    """Return the names of the fields that the change gives another value."""
    return {
        name
        for name in Check.__dataclass_fields__
        if getattr(change.before, name) != getattr(change.after, name)
    }


def touches_texts(names: set[str]) -> bool:
    """Tell whether the layout of a check has to be made anew when these fields change."""
    return not names.isdisjoint(_CONFIGURATION)


def update_actions(check: Check, names: set[str]) -> list[Action]:
    """Return what gives the check's first item these fields of it."""
    actions = []
    for name in sorted(names):
        attribute, value = getattr(CheckItem, name), getattr(check, name)
        keep = name in ("status", "n_pings", "revision")
        if is_default(Check, name, value) and not keep:
            actions.append(attribute.remove())
        else:
            actions.append(attribute.set(value))
    if "due_at" in names:
        shard = CheckItem.due_shard
        actions.append(shard.set(due_shard(check.check_id)) if check.due_at else shard.remove())
    return actions


def layout_actions(check: Check, names: set[str]) -> tuple[list[Action], CheckItem | None]:
    """Return what gives the check these fields, whichever of its two items they belong to now.

    That is what changes its first item, and the item of its long texts, None if it has none.
    """
    _, texts = items_of(check)
    moved = set(_long_values(texts.attribute_values)) if texts else set()
    actions = update_actions(check, (names | set(_LONG_FIELDS)) - moved)
    actions += [getattr(CheckItem, name).remove() for name in sorted(moved)]
    revision = CheckItem.text_revision
    actions.append(revision.set(check.revision) if texts else revision.remove())
    return actions, texts


def _text_key(check: Check) -> str:
    return text_key(check.check_id)


def _long_values(text: Values) -> Values:
    return {name: text[name] for name in _LONG_FIELDS if name in text}


def _moved_fields(check: Check) -> list[str]:
    sizes = {
        name: _size(getattr(check, name))
        for name in _CONFIGURATION
        if not is_default(Check, name, getattr(check, name)) or name == "badge_key"
    }
    moved = []
    for name in _LONG_FIELDS:
        if sum(sizes.values()) <= _CONFIGURATION_BYTES:
            break
        if name in sizes:
            del sizes[name]
            moved.append(name)
    return moved


def _size(value: str | frozenset[str]) -> int:
    if isinstance(value, str):
        return 2 + len(value.encode())
    return 5 + sum(1 + len(member) for member in value)
