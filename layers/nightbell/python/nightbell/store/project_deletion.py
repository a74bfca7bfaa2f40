"""The deletion of a project with all that is its own."""

from collections.abc import Iterator
from contextlib import suppress

from pynamodb.exceptions import DeleteError

from nightbell.domain.check import Check
from nightbell.domain.errors import NotFound
from nightbell.store import channels, checks, keys, projects, sessions
from nightbell.store.connection import attempts
from nightbell.store.tables import KeyItem, ProjectItem
from nightbell.store.transaction import StateChangedError, Transaction, is_refused


def delete(project_id: str) -> Iterator[Check]:
    """Delete the project; yields each of its checks when it is gone. Raises NotFound.

    The keys end first, so that nobody adds to it any more, and the project itself goes last: where
    this is cut short it can be repeated. Pings, flips and notifications of the checks are deleted
    by `purge_check`.
    """
    for _ in attempts():
        _lock_out(project_id)
        yield from _delete_checks(project_id)
        _delete_channels(project_id)
        try:
            _delete_alone(project_id)
            break
        except StateChangedError:
            continue  # somebody had begun to create a check, or to renew the keys
    _delete_channels(project_id)
    sessions.end_all(project_id)


def _lock_out(project_id: str) -> None:
    """End the keys of the project, and leave no room for checks."""
    item = projects.get_item(project_id)
    transaction = Transaction()
    for key in projects.key_items(item):
        transaction.delete(key)
    transaction.update(
        ProjectItem(project_id),
        [ProjectItem.check_limit.set(0)],
        condition=ProjectItem.write_digest == item.write_digest,
    )
    with suppress(StateChangedError):  # the keys were renewed: those that are there end later
        transaction.commit()


def _delete_checks(project_id: str) -> Iterator[Check]:
    for check in checks.list_for(project_id):
        with suppress(NotFound):  # deleted meanwhile
            checks.delete(check.check_id, owner=project_id)
        if check.slug:
            _forget_slug(check)
        yield check


def _forget_slug(check: Check) -> None:
    """Delete what is left of a slug that no check has any more."""
    try:
        name = KeyItem(keys.slug_key(check.project_id, check.slug))
        name.delete(condition=KeyItem.check_ids.does_not_exist())
    except DeleteError as error:
        if not is_refused(error):
            raise


def _delete_channels(project_id: str) -> None:
    for channel in channels.list_for(project_id):
        channels.delete(project_id, channel.channel_id)


def _delete_alone(project_id: str) -> None:
    """Delete a project that has no checks, with its keys; raises StateChangedError if it has."""
    item = projects.get_item(project_id)
    transaction = Transaction()
    transaction.delete(
        ProjectItem(project_id),
        condition=(ProjectItem.check_count == 0) & (ProjectItem.write_digest == item.write_digest),
    )
    for key in projects.key_items(item):
        transaction.delete(key)
    transaction.commit()
