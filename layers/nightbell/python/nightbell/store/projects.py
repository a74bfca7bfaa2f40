"""Projects and their keys."""

import hmac
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from nightbell.domain.errors import NotFound
from nightbell.domain.project import Project
from nightbell.store import keys
from nightbell.store.connection import attempts
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.tables import KeyItem, ProjectItem
from nightbell.store.transaction import StateChangedError, Transaction, is_refused

API_KEY_LENGTH = 32


@dataclass(frozen=True)
class Access:
    """What an API key opens."""

    project_id: str
    read_only: bool


@dataclass(frozen=True)
class ProjectKeys:
    """The keys of a project, as they are told once when made. The API keys are kept nowhere."""

    project_id: str
    api_key: str
    api_key_readonly: str
    ping_key: str


def create(name: str, *, check_limit: int, ping_log_limit: int, now: datetime) -> ProjectKeys:
    """Create a project and return its keys."""
    project = Project(
        project_id=str(uuid.uuid4()),
        name=name,
        created=now,
        ping_key=_new_ping_key(),
        badge_key=str(uuid.uuid4()),
        badge_secret=secrets.token_urlsafe(),
        check_limit=check_limit,
        ping_log_limit=ping_log_limit,
    )
    made = _new_keys(project.project_id, project.ping_key)
    item = ProjectItem(**stored_fields(project))
    item.check_count = 0  # the limit is a condition on it
    item.write_digest, item.read_digest = _digests(made)
    transaction = Transaction()
    transaction.put(item, ProjectItem.project_id.does_not_exist())
    for key in [
        *_api_key_items(made),
        _ping_key_item(made),
        KeyItem(keys.badge_key(project.badge_key), project_id=project.project_id),
    ]:
        transaction.put(key, KeyItem.key.does_not_exist())
    transaction.commit()
    return made


def rotate_keys(project_id: str, *, ping_key: bool) -> ProjectKeys:
    """Give the project new API keys, and a new ping key if asked to, and return its keys.

    The old ones end at once; a ping key may live on for five minutes in the memory of a
    function. Raises NotFound.
    """
    for _ in attempts():
        transaction = Transaction()
        made = renew_keys(transaction, project_id, ping_key=ping_key)
        with suppress(StateChangedError):  # somebody else renewed them at the same moment
            transaction.commit()
            return made
    raise AssertionError("attempts() ends by raising")


def renew_keys(transaction: Transaction, project_id: str, *, ping_key: bool) -> ProjectKeys:
    """Let a transaction give the project new keys, and return them. For the store itself."""
    item = get_item(project_id)
    made = _new_keys(project_id, _new_ping_key() if ping_key else item.ping_key)
    write_digest, read_digest = _digests(made)
    transaction.update(
        ProjectItem(project_id),
        [
            ProjectItem.write_digest.set(write_digest),
            ProjectItem.read_digest.set(read_digest),
            ProjectItem.ping_key.set(made.ping_key),
        ],
        condition=ProjectItem.write_digest == item.write_digest,
    )
    for old in (item.write_digest, item.read_digest):
        transaction.delete(KeyItem(keys.api_key(old)))
    for key in _api_key_items(made):
        transaction.put(key)
    if ping_key:
        transaction.delete(KeyItem(keys.ping_key(item.ping_key)))
        transaction.put(_ping_key_item(made))
    return made


def get(project_id: str) -> Project:
    """Return the project; raises NotFound."""
    return read_fields(Project, get_item(project_id))


def get_items(project_ids: Iterable[str]) -> list[ProjectItem]:
    """Return those of the projects that there are, as they are stored. For the store itself."""
    return list(ProjectItem.batch_get(list(project_ids), consistent_read=True))


def change_limits(
    project_id: str, *, check_limit: int | None = None, ping_log_limit: int | None = None
) -> Project:
    """Give the project those limits that are not None, and return it; raises NotFound.

    Checks and pings that are there already stay.
    """
    actions: list[Action] = []
    if check_limit is not None:
        actions.append(ProjectItem.check_limit.set(check_limit))
    if ping_log_limit is not None:
        actions.append(ProjectItem.ping_log_limit.set(ping_log_limit))
    if actions:
        _change(project_id, actions)
    return get(project_id)


def rename(project_id: str, *, name: str, badge_label: str) -> None:
    """Give the project a name, and a label to its badge for all checks; raises NotFound."""
    _change(project_id, [ProjectItem.name.set(name), ProjectItem.badge_label.set(badge_label)])


def get_by_badge_key(badge_key: str) -> Project:
    """Return the project with that badge key; raises NotFound."""
    found = keys.find_lasting(keys.badge_key(badge_key))
    if found is None or found.check_id:
        raise NotFound
    return get(found.project_id)


def list_all() -> list[Project]:
    """Return all projects, oldest first. Reads the whole table: for the command line only."""
    return sorted(
        (read_fields(Project, item) for item in ProjectItem.scan(consistent_read=True)),
        key=lambda project: (project.created, project.project_id),
    )


def authenticate(api_key: str) -> Access | None:
    """Return what the key opens, or None for an unknown key. One consistent read."""
    wanted = keys.api_key(keys.digest(api_key))
    try:
        item = KeyItem.get(wanted, consistent_read=True)
    except KeyItem.DoesNotExist:
        return None
    if not hmac.compare_digest(item.key.encode(), wanted.encode()):
        return None
    return Access(project_id=item.project_id, read_only=bool(item.read_only))


def get_item(project_id: str, *, consistent: bool = True) -> ProjectItem:
    """Return the project as it is stored; raises NotFound. For the store itself."""
    try:
        return ProjectItem.get(project_id, consistent_read=consistent)
    except ProjectItem.DoesNotExist:
        raise NotFound from None


def key_items(item: ProjectItem) -> list[KeyItem]:
    """Return the names by which the project is found: API keys, ping key, badge key."""
    names = [
        keys.api_key(item.write_digest),
        keys.api_key(item.read_digest),
        keys.ping_key(item.ping_key),
        keys.badge_key(item.badge_key),
    ]
    return [KeyItem(name) for name in names]


def _change(project_id: str, actions: list[Action]) -> None:
    try:
        ProjectItem(project_id).update(actions, condition=ProjectItem.created.exists())
    except UpdateError as error:
        if is_refused(error):
            raise NotFound from None
        raise


def _new_keys(project_id: str, ping_key: str) -> ProjectKeys:
    return ProjectKeys(
        project_id=project_id,
        api_key=_new_api_key(),
        api_key_readonly=_new_api_key(),
        ping_key=ping_key,
    )


def _new_api_key() -> str:
    return secrets.token_urlsafe(API_KEY_LENGTH * 3 // 4)


def _new_ping_key() -> str:
    return secrets.token_urlsafe(16)


def _digests(made: ProjectKeys) -> tuple[str, str]:
    return keys.digest(made.api_key), keys.digest(made.api_key_readonly)


def _api_key_items(made: ProjectKeys) -> list[KeyItem]:
    write_digest, read_digest = _digests(made)
    return [
        KeyItem(keys.api_key(write_digest), project_id=made.project_id),
        KeyItem(keys.api_key(read_digest), project_id=made.project_id, read_only=True),
    ]


def _ping_key_item(made: ProjectKeys) -> KeyItem:
    return KeyItem(keys.ping_key(made.ping_key), project_id=made.project_id)
