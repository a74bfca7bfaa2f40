"""The names by which things are found: keys, UUIDs, slugs, locks, mails that have counted."""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from nightbell.domain.check import Check, unique_key_of
from nightbell.store.tables import KeyItem
from nightbell.store.transaction import Transaction

_LOCK_LIFE = timedelta(days=1)

# Longer than a mail can wait to be read: four days in its queue, two weeks among the dead letters,
# and the first of these once more when it is sent on its way again.
_MAIL_LIFE = timedelta(days=30)

# DynamoDB has no longer keys, and fails when asked for one. What clients send can be longer.
_LONGEST_KEY = 2048  # bytes

# What a warm function remembers of names that keep their meaning: so many, and so long.
_REMEMBERED = 10_000
_REMEMBERED_FOR = 300.0  # seconds


def digest(secret: str) -> str:
    """Return what is kept of an API key. The keys are random, so one round of SHA-256 is enough."""
    # A wrong key, in JSON, can hold what no encoding has.
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def api_key(key_digest: str) -> str:
    """`api#<digest>`: project and whether it only reads."""
    return f"api#{key_digest}"


def ping_key(secret: str) -> str:
    """`ping#<ping key>`: project."""
    return f"ping#{secret}"


def check_key(check_id: str) -> str:
    """`check#<UUID>`: project. The stream of the table tells its removal to `purge_check`."""
    return f"check#{check_id}"


def deleted_check(key: str) -> str | None:
    """Return the UUID in a key of the form `check#<UUID>`, None for any other key."""
    prefix, _, check_id = key.partition("#")
    return check_id if prefix == "check" else None


def unique_key(value: str) -> str:
    """`unique#<unique_key>`: project and check."""
    return f"unique#{value}"


def badge_key(value: str) -> str:
    """`badge#<badge key>`: project, and check if it is the badge of one."""
    return f"badge#{value}"


def slug_key(project_id: str, slug: str) -> str:
    """`slug#<project>#<slug>`: the checks with that slug."""
    return f"slug#{project_id}#{slug}"


def upsert_lock(project_id: str, field: str, value: Any) -> str:
    """`lock#<project>#<field>#<digest of the value>`: held by those who upsert by that value."""
    return f"lock#{project_id}#{field}#{digest(json.dumps(str(value)))}"


def mail_key(message_id: str, check_id: str) -> str:
    """`mail#<message id>#<UUID>`: there once this mail has counted as a ping of the check."""
    return f"mail#{message_id}#{check_id}"


def scan_key(part: int, parts: int) -> str:
    """`scan#<part>/<parts>`: when the last scan of this part of the due index started."""
    return f"scan#{part}/{parts}"


def of_check(check: Check) -> list[KeyItem]:
    """Return the names that belong to one check for its whole life."""
    project_id, check_id = check.project_id, check.check_id
    names = (unique_key(unique_key_of(check_id)), badge_key(check.badge_key))
    return [
        KeyItem(check_key(check_id), project_id=project_id),
        *(KeyItem(name, project_id=project_id, check_id=check_id) for name in names),
    ]


@dataclass(frozen=True)
class Found:
    """What a name stands for."""

    project_id: str
    check_id: str | None = None
    read_only: bool = False


_remembered: dict[str, tuple[float, Found]] = {}


def find(key: str, *, consistent: bool = False) -> Found | None:
    """Return what the name stands for, or None; never remembered, so good for any name."""
    item = _get(key, consistent=consistent)
    return Found(item.project_id or "", item.check_id, bool(item.read_only)) if item else None


def find_lasting(key: str) -> Found | None:
    """Return what a name stands for that keeps its meaning, from memory where possible.

    The thing itself may be gone by now.
    """
    now = time.monotonic()
    if key in _remembered:
        since, found = _remembered[key]
        if now - since < _REMEMBERED_FOR:
            return found
    fresh = find(key) or find(key, consistent=True)
    if fresh is None:
        _remembered.pop(key, None)
        return None
    if len(_remembered) >= _REMEMBERED:
        _remembered.clear()
    _remembered[key] = now, fresh
    return fresh


def forget() -> None:
    """Forget all names, as a new process has."""
    _remembered.clear()


def checks_with_slug(project_id: str, slug: str, *, consistent: bool) -> frozenset[str]:
    """Return the UUIDs of the project's checks with that slug."""
    item = _get(slug_key(project_id, slug), consistent=consistent)
    return item.check_ids or frozenset() if item else frozenset()


def lock_revision(lock: str) -> int | None:
    """Return how often the lock was taken, or None if never or long ago."""
    item = _get(lock, consistent=True)
    return item.revision if item else None


def is_at_revision(revision: int | None) -> Condition:
    """The lock has not been taken since it was read."""
    if revision is None:
        return KeyItem.revision.does_not_exist()
    return KeyItem.revision == revision


def lock_item(lock: str, revision: int | None, now: datetime) -> KeyItem:
    """Return the lock as it is once taken again."""
    return KeyItem(lock, revision=(revision or 0) + 1, expires=now + _LOCK_LIFE)


def take_mail(
    transaction: Transaction, message_id: str, check_id: str, now: datetime, otherwise: Exception
) -> None:
    """Note that the mail counts as a ping of the check; `otherwise` is raised if it has before."""
    transaction.put(
        KeyItem(mail_key(message_id, check_id), expires=now + _MAIL_LIFE),
        KeyItem.key.does_not_exist(),
        otherwise,
    )


def take_slug(transaction: Transaction, check: Check, *, must_be_free: bool = False) -> None:
    """Put the check among those that are found by its slug, if it has one."""
    if check.slug:
        transaction.update(
            KeyItem(slug_key(check.project_id, check.slug)),
            [KeyItem.check_ids.add({check.check_id})],
            condition=KeyItem.check_ids.does_not_exist() if must_be_free else None,
        )


def leave_slug(transaction: Transaction, check: Check) -> None:
    """Take the check from those that are found by its slug."""
    if check.slug:
        transaction.update(
            KeyItem(slug_key(check.project_id, check.slug)),
            [KeyItem.check_ids.delete({check.check_id})],
        )


def _get(key: str, *, consistent: bool) -> KeyItem | None:
    if len(key.encode()) > _LONGEST_KEY:
        return None
    try:
        return KeyItem.get(key, consistent_read=consistent)
    except KeyItem.DoesNotExist:
        return None
