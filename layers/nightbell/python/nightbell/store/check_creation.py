"""Creation of checks: within the limit, and once where several ask for the same."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from nightbell.domain.check import Check
from nightbell.domain.copying import copy_of
from nightbell.domain.errors import CheckLimitReached, InvalidPingUrl, NotFound
from nightbell.domain.slug import MAX_LENGTH as MAX_SLUG
from nightbell.store import channels, check_items, checks, keys, projects
from nightbell.store.checks import Transition
from nightbell.store.connection import attempts
from nightbell.store.tables import CheckItem, KeyItem, ProjectItem
from nightbell.store.transaction import StateChangedError, Transaction


@dataclass(frozen=True)
class _Claim:
    """What must still be so at the moment of creation: nobody else has made the same check."""

    locks: dict[str, int | None] = field(default_factory=dict)  # revision by lock
    slug_is_free: bool = False


def blank(project_id: str, now: datetime) -> Check:
    """Return a check with default settings and identifiers of its own; it is not stored."""
    return Check(
        check_id=str(uuid.uuid4()),
        project_id=project_id,
        created=now,
        badge_key=str(uuid.uuid4()),
    )


def create(check: Check, *, limit: int, now: datetime) -> None:
    """Create the check; raises CheckLimitReached if its project has `limit` checks already."""
    _create(check, limit, now, _Claim())


def copy(check: Check, *, limit: int, now: datetime) -> Check:
    """Create a check with the configuration of another, and return it; raises as `create` does.

    Its slug is empty if another check has that already: pings by slug could not be told apart.
    """
    made = copy_of(check, blank(check.project_id, now))
    if made.slug and not _is_free(check.project_id, made.slug):
        made = replace(made, slug="")
    create(made, limit=limit, now=now)
    return made


def create_for_ping(project_id: str, slug: str, now: datetime) -> bool:
    """Create a check of that name and slug for all channels, unless there is one.

    Returns whether it was created here. Raises InvalidPingUrl for a slug that is too long, and
    NotFound if the project has twice as many checks as its limit: that much room is left to
    checks that nobody made by hand.
    """
    if len(slug) > MAX_SLUG:
        raise InvalidPingUrl
    limit = 2 * projects.get(project_id).check_limit
    everyone = frozenset(channel.channel_id for channel in channels.list_for(project_id))
    for _ in attempts():
        if not _is_free(project_id, slug):
            return False
        check = replace(blank(project_id, now), name=slug, slug=slug, channels=everyone)
        try:
            _create(check, limit, now, _Claim(slug_is_free=True))
            return True
        except StateChangedError:
            continue
        except CheckLimitReached:
            raise NotFound from None
    raise AssertionError("attempts() ends by raising")


def upsert(
    project_id: str,
    match: dict[str, Any],
    *,
    update: Transition,
    create: Callable[[], tuple[Check, int]],
    now: datetime,
) -> tuple[Check, bool]:
    """Change the oldest check whose fields have the values in `match`, or create one.

    `create` returns the new check and the check limit. Returns the check, and whether it was
    created. Of identical upserts at the same moment one creates: each takes a lock per field, and
    a lock that was taken since it was read makes the others look again.
    """
    locks = [keys.upsert_lock(project_id, name, value) for name, value in match.items()]
    for _ in attempts():
        claim = _Claim(
            locks={lock: keys.lock_revision(lock) for lock in locks},
            slug_is_free=bool(match.get("slug")) and _is_free(project_id, match["slug"]),
        )
        existing = next((c for c in checks.list_for(project_id) if _matches(c, match)), None)
        try:
            if existing:
                return checks.change(existing.check_id, update, owner=project_id), False
            check, limit = create()
            _create(check, limit, now, claim)
            return check, True
        except (StateChangedError, NotFound):
            continue  # another upsert was quicker, or a deletion
    raise AssertionError("attempts() ends by raising")


def _matches(check: Check, match: dict[str, Any]) -> bool:
    return all(getattr(check, name) == value for name, value in match.items())


def _is_free(project_id: str, slug: str) -> bool:
    return not keys.checks_with_slug(project_id, slug, consistent=True)


def _create(check: Check, limit: int, now: datetime, claim: _Claim) -> None:
    transaction = Transaction()
    for item in filter(None, check_items.items_of(check)):
        transaction.put(item, CheckItem.check_id.does_not_exist())
    for key in keys.of_check(check):
        transaction.put(key, KeyItem.key.does_not_exist())
    for lock, revision in claim.locks.items():
        taken = keys.lock_item(lock, revision, now)
        transaction.put(taken, keys.is_at_revision(revision))
    keys.take_slug(transaction, check, must_be_free=claim.slug_is_free)
    transaction.update(
        ProjectItem(check.project_id),
        [ProjectItem.check_count.add(1)],
        condition=ProjectItem.check_count < limit,
        otherwise=CheckLimitReached(),
    )
    transaction.commit()
