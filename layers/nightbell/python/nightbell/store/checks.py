"""Checks: found, listed, changed and deleted."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import cast

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from nightbell.domain import transitions
from nightbell.domain.check import Change, Check, Ping, Reason
from nightbell.domain.errors import AmbiguousSlug, Forbidden, NotFound
from nightbell.store import check_items, flips, keys, pings
from nightbell.store.connection import attempts
from nightbell.store.tables import CheckItem, ProjectItem, check_shard, project_shards
from nightbell.store.transaction import StateChangedError, Transaction, is_refused

Transition = Callable[[Check], Change]

# Pings that change nothing else may pass each other: the count is added to, not set, and of two
# moments the later stays. All other changes count the revision up, and each write is refused
# when the revision is not the one it was decided from.
_COMMUTING = {"n_pings", "last_ping", "last_duration"}

# Checks that are changed at the same time.
_THREADS = 16


class _CountedBefore(Exception):
    """The mail has been a ping of the check already."""


# ---- Finding -------------------------------------------------------------------------------


def get(check_id: str, owner: str) -> Check:
    """Return the check.

    Raises Forbidden if it is not the owner's (a project id), NotFound if there is none.
    """
    check = _find_own(check_id, owner)
    if check:
        return check
    other = keys.find(keys.check_key(check_id), consistent=True)
    if other and other.project_id != owner:
        raise Forbidden
    raise NotFound


def find(identifier: str, owner: str) -> Check:
    """Return the owner's check of that UUID or unique_key.

    Raises as `get` does; only NotFound for a unique_key.
    """
    if "-" in identifier:
        return get(identifier, owner)
    found = keys.find(keys.unique_key(identifier), consistent=True)
    if found is None or found.project_id != owner or found.check_id is None:
        raise NotFound
    return get(found.check_id, owner)


def get_by_badge_key(badge_key: str) -> Check:
    """Return the check with that badge key; raises NotFound."""
    found = keys.find_lasting(keys.badge_key(badge_key))
    if found is None or found.check_id is None:
        raise NotFound
    return get(found.check_id, found.project_id)


def list_for(project_id: str) -> list[Check]:
    """Return the checks of a project, oldest first."""
    from concurrent.futures import ThreadPoolExecutor  # a ping has no use for threads

    shards = project_shards(project_id)
    with ThreadPoolExecutor(len(shards)) as pool:
        checks = [check for shard in pool.map(_query, shards) for check in shard]
    return sorted(checks, key=attrgetter("created", "check_id"))


def _find_own(check_id: str, owner: str) -> Check | None:
    # The check and its texts: nothing else begins with a UUID.
    found = _query(check_shard(owner, check_id), CheckItem.check_id.startswith(check_id))
    return found[0] if found else None


def _query(shard: str, key: Condition | None = None) -> list[Check]:
    """Return the checks of a shard, read again where an edit came between a check and its texts."""
    for _ in attempts():
        try:
            pages = CheckItem.query(shard, key, consistent_read=True).page_iter
            return check_items.group([item for page in pages for item in page["Items"]])
        except StateChangedError:
            continue
    raise AssertionError("attempts() ends by raising")


# ---- Changing ------------------------------------------------------------------------------


def change(check_id: str, transition: Transition, owner: str) -> Check:
    """Apply a transition to the check and return the check as it is then.

    Raises as `get` does, and what the transition raises.
    """
    for _ in attempts():
        try:
            return write(transition(get(check_id, owner))).after
        except StateChangedError:
            continue
    raise AssertionError("attempts() ends by raising")


def change_several(check_ids: Iterable[str], transition: Transition, owner: str) -> None:
    """Apply a transition to checks of the owner's, each on its own; one that is gone is left out.

    Raises what the transition raises.
    """
    from concurrent.futures import ThreadPoolExecutor  # a ping has no use for threads

    def apply(check_id: str) -> None:
        for _ in attempts():
            check = _find_own(check_id, owner)
            try:
                if check:
                    write(transition(check))
                return
            except StateChangedError:
                continue

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(apply, check_ids):
            pass


def remove_channel(project_id: str, channel_id: str) -> None:
    """Take a channel out of all checks of the project that name it."""
    named = [check.check_id for check in list_for(project_id) if channel_id in check.channels]
    change_several(named, lambda check: transitions.remove_channel(check, channel_id), project_id)


def receive(check_id: str, transition: Transition, *, mail: str | None = None) -> None:
    """Apply a transition that holds a ping, and log the ping.

    `mail` is the id of the message that the ping came by, None if it came by HTTP. One mail is one
    ping, however often it is received. Raises NotFound, and what the transition raises.
    """
    found = keys.find_lasting(keys.check_key(check_id))
    if found is None:
        raise NotFound
    for attempt in attempts():
        # The first read may be stale: then the write is refused.
        consistent = attempt > 0
        try:
            check = read_state(
                found.project_id, check_id, consistent=consistent, by_mail=mail is not None
            )
            _write_with_log(transition(check), mail)
            return
        except NotFound:
            if consistent:
                raise
        except StateChangedError:
            continue


def receive_by_slug(
    project_id: str, slug: str, transition: Transition, *, mail: str | None = None
) -> None:
    """As `receive`, for the project's check with that slug; raises AmbiguousSlug for several."""
    for attempt in attempts():
        consistent = attempt > 0
        try:
            check = _read_by_slug(project_id, slug, consistent=consistent, by_mail=mail is not None)
            _write_with_log(transition(check), mail)
            return
        except (NotFound, AmbiguousSlug):
            if consistent:
                raise
        except StateChangedError:
            continue


def _read_by_slug(project_id: str, slug: str, *, consistent: bool, by_mail: bool) -> Check:
    found = keys.checks_with_slug(project_id, slug, consistent=consistent)
    if not found:
        raise NotFound
    if len(found) > 1:
        raise AmbiguousSlug
    try:
        (check_id,) = found
        check = read_state(project_id, check_id, consistent=consistent, by_mail=by_mail)
    except NotFound:
        raise StateChangedError from None
    if check.slug != slug:
        raise StateChangedError
    return check


def read_state(project_id: str, check_id: str, *, consistent: bool, by_mail: bool = False) -> Check:
    """Return the check, without its long texts unless its pings are classified by them.

    `by_mail`: as those are that come by mail, not by HTTP. Raises NotFound, and StateChangedError
    if the texts are not those of the check.
    """
    shard = check_shard(project_id, check_id)
    try:
        item = CheckItem.get(shard, check_id, consistent_read=consistent)
    except CheckItem.DoesNotExist:
        raise NotFound from None
    is_classified = item.filter_subject or item.filter_body if by_mail else item.filter_http_body
    if not (item.text_revision and is_classified):
        return check_items.read(item.attribute_values, None)
    try:
        text = CheckItem.get(shard, check_items.text_key(check_id), consistent_read=consistent)
    except CheckItem.DoesNotExist:
        raise StateChangedError from None
    return check_items.read_whole(item.attribute_values, text.attribute_values)


def _write_with_log(change: Change, mail: str | None) -> None:
    """Write a change that holds a ping, and log the ping; raises StateChangedError."""
    if change.ping and mail is not None:
        _write_once(change, change.ping, mail)
        return
    written = write(change)
    if written.ping and not written.flip:
        pings.add(written.after.check_id, written.ping)


def _write_once(change: Change, ping: Ping, mail: str) -> None:
    """Write a change that holds a ping by mail, with its log entry, unless that has been done.

    All together, so that a mail that is received again after a crash is neither lost nor counted
    twice. Raises StateChangedError.
    """
    transaction = Transaction()
    keys.take_mail(transaction, mail, change.after.check_id, ping.created, _CountedBefore())
    _add_to(transaction, *_with_revision(change))
    with suppress(_CountedBefore):
        transaction.commit()


def write(change: Change) -> Change:
    """Write the change and return it with what the write has counted.

    Raises StateChangedError if it was decided from a state that is not the present one.
    """
    change, names = _with_revision(change)
    if not names:
        return change
    if change.flip or check_items.touches_texts(names):
        write_together([change])
        return change
    return _write_alone(change, names)


def write_together(changes: Iterable[Change]) -> None:
    """Write changes of several checks, all or none, if nothing at all has changed.

    Raises StateChangedError if one was decided from a state that is not the present one.
    """
    transaction = Transaction()
    for change in changes:
        _add_to(transaction, *_with_revision(change))
    transaction.commit()


def _with_revision(change: Change) -> tuple[Change, set[str]]:
    """Return the change with the revision it leads to, and the names of the fields it changes."""
    names = check_items.changed_fields(change)
    if names <= _COMMUTING:
        return change, names
    after = replace(change.after, revision=change.before.revision + 1)
    return replace(change, after=after), names | {"revision"}


def _write_alone(change: Change, names: set[str]) -> Change:
    """Write a change that concerns the check's first item only.

    Safe without the count in the condition: such a change is decided from nothing that a
    commuting ping changes, save `last_ping`, which only grows.
    """
    condition = CheckItem.revision == change.before.revision
    if change.ping:
        names = names - {"n_pings"}
    if "last_ping" in names:
        condition &= _not_after(change.after.last_ping)
    actions = check_items.update_actions(change.after, names)
    if change.ping:
        actions.append(CheckItem.n_pings.add(1))
    item, _ = check_items.keys_of(change.after)
    try:
        item.update(actions, condition=condition)
    except UpdateError as error:
        if is_refused(error):
            raise StateChangedError from error
        raise
    if change.ping is None:
        return change
    return replace(
        change,
        after=replace(change.after, n_pings=item.n_pings),
        ping=replace(change.ping, n=item.n_pings),
    )


def _add_to(transaction: Transaction, change: Change, names: set[str]) -> None:
    """Add to a transaction the change with its flip, its ping and its texts.

    Commuting pings may come between, as in `_write_alone`, unless it is a ping that is written, or
    a missed deadline: that is decided from the last ping.
    """
    before, after = change.before, change.after
    unchanged = CheckItem.revision == before.revision
    if change.ping or (change.flip and change.flip.reason is Reason.TIMEOUT):
        unchanged &= CheckItem.n_pings == before.n_pings
    first, text = check_items.keys_of(after)
    if check_items.touches_texts(names):
        actions, texts = check_items.layout_actions(after, names)
        transaction.update(first, actions, unchanged)
        if texts:
            transaction.put(texts)
        else:
            transaction.delete(text)
        if "slug" in names:
            keys.leave_slug(transaction, before)
            keys.take_slug(transaction, after)
    else:
        transaction.update(first, check_items.update_actions(after, names), unchanged)
    if change.flip:
        transaction.put(flips.item_of(after, change.flip))
    if change.ping:
        for item in pings.items_of(after.check_id, change.ping):
            transaction.put(item, pings.is_older(item))


def _not_after(moment: datetime | None) -> Condition:
    """The last ping known to the check is not later than this one."""
    return cast("Condition", CheckItem.last_ping.does_not_exist() | (CheckItem.last_ping <= moment))


# ---- Deleting ------------------------------------------------------------------------------


def delete(check_id: str, owner: str) -> Check:
    """Delete the check at once and return it as it was.

    Its log and flips are deleted by `purge_check`. Raises as `get` does.
    """
    for _ in attempts():
        check = get(check_id, owner)
        item, text = check_items.keys_of(check)
        transaction = Transaction()
        transaction.delete(item, condition=CheckItem.revision == check.revision)
        transaction.delete(text)
        for key in keys.of_check(check):
            transaction.delete(key)
        keys.leave_slug(transaction, check)
        transaction.update(ProjectItem(owner), [ProjectItem.check_count.add(-1)])
        try:
            transaction.commit()
            return check
        except StateChangedError:
            continue
    raise AssertionError("attempts() ends by raising")
