"""Who is signed in to the dashboard, and who tries to be."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from pynamodb.exceptions import UpdateError

from nightbell.domain.errors import NotFound, TooManyAttempts
from nightbell.domain.project import Project
from nightbell.domain.session import Session, ends
from nightbell.store import keys, projects
from nightbell.store.connection import attempts
from nightbell.store.fields import read_fields, stored_fields
from nightbell.store.projects import ProjectKeys
from nightbell.store.tables import ProjectItem, SessionItem
from nightbell.store.transaction import StateChangedError, Transaction, is_refused

_ATTEMPTS = 10  # wrong keys from one network in one window
_WINDOW = timedelta(minutes=15)


def add(session: Session) -> None:
    """Write a session, in place of the one that this browser had for the project."""
    _item(session).save()


def take_over(
    session: Session, old_token: str, project_ids: Sequence[str], now: datetime
) -> set[str]:
    """Write a session; those that the old token opens go on under the new one, all or nothing.

    `project_ids`: where the old token may open something. Returns where it did.
    """
    for _ in attempts():
        moved = [found for found, _ in _find_several(old_token, project_ids, now)]
        if not moved:
            add(session)
            return set()
        transaction = Transaction()
        transaction.put(_item(session))
        for old in moved:
            # One that is ended meanwhile is not brought back.
            transaction.delete(SessionItem(old.project_id, old_token), SessionItem.key.exists())
            if old.project_id != session.project_id:
                transaction.put(_item(replace(old, token=session.token)))
        with suppress(StateChangedError):
            transaction.commit()
            return {old.project_id for old in moved}
    raise AssertionError("attempts() ends by raising")


def note(session: Session, now: datetime) -> None:
    """Write down that the browser was heard of just now; nothing if the session has ended."""
    seen = replace(session, seen=now)
    try:
        SessionItem(session.project_id, session.token).update(
            [SessionItem.seen.set(seen.seen), SessionItem.expires.set(ends(seen))],
            condition=SessionItem.key.exists(),
        )
    except UpdateError as error:
        if not is_refused(error):
            raise


def find(
    project_id: str, token: str, now: datetime, *, consistent: bool = True
) -> tuple[Session, Project, bool] | None:
    """Return the session that this token opens, its project, and whether it only reads.

    None if there is none, or it has ended, or its key is none of the project's any more. Two
    reads; those that are not consistent, at half the price, may not know of the last second.
    """
    try:
        item = SessionItem.get(project_id, token, consistent_read=consistent)
        project = projects.get_item(project_id, consistent=consistent)
    except (SessionItem.DoesNotExist, NotFound):
        return None
    session = read_fields(Session, item)
    if not _is_open(session, project, now):
        return None
    return session, read_fields(Project, project), session.key == project.read_digest


def projects_open_to(token: str, project_ids: Sequence[str], now: datetime) -> list[Project]:
    """Return those of the projects that this token opens, by name. Two requests."""
    found = [project for _, project in _find_several(token, project_ids, now)]
    return sorted(found, key=lambda project: project.name.casefold())


def list_for(project_id: str, now: datetime) -> list[Session]:
    """Return the sessions of a project that have not ended, last heard of first.

    Those whose key is none of the project's any more are left out.
    """
    project = projects.get_item(project_id)
    sessions = (
        read_fields(Session, item) for item in SessionItem.query(project_id, consistent_read=True)
    )
    present = [one for one in sessions if _is_open(one, project, now)]
    return sorted(present, key=lambda session: session.seen, reverse=True)


def rotate_keys(
    project_id: str, token: str, now: datetime, *, ping_key: bool
) -> ProjectKeys | None:
    """Give the project new keys; of its sessions this one goes on, and no other.

    None if the session has ended. Both happens or nothing: who is not told the new keys, because
    the answer was lost, can still make others.
    """
    for _ in attempts():
        found = find(project_id, token, now)
        if found is None:
            return None
        session, _, _ = found
        transaction = Transaction()
        made = projects.renew_keys(transaction, project_id, ping_key=ping_key)
        transaction.update(
            SessionItem(project_id, token),
            [SessionItem.key.set(keys.digest(made.api_key))],
            condition=SessionItem.key == session.key,
        )
        with suppress(StateChangedError):
            transaction.commit()
            return made
    raise AssertionError("attempts() ends by raising")


def end(project_id: str, token: str) -> None:
    """End one session, if it is there."""
    SessionItem(project_id, token).delete()


def end_all(project_id: str) -> None:
    """End all sessions of a project."""
    with SessionItem.batch_write() as batch:
        for item in SessionItem.query(project_id, consistent_read=True):
            batch.delete(item)


def count_attempt(address: str, now: datetime) -> None:
    """Count an attempt to sign in from this address; raises TooManyAttempts.

    What is counted are attempts of one network in a quarter of an hour: an address, or for IPv6
    the 64 bits that one subscriber has.
    """
    item, start = _attempts(address, now)
    try:
        item.update(
            [SessionItem.attempts.add(1), SessionItem.expires.set(start + 2 * _WINDOW)],
            condition=SessionItem.attempts.does_not_exist() | (SessionItem.attempts < _ATTEMPTS),
        )
    except UpdateError as error:
        if is_refused(error):
            raise TooManyAttempts(start + _WINDOW - now) from None
        raise


def forgive_attempt(address: str, now: datetime) -> None:
    """Take back an attempt, which was none of guessing."""
    item, _ = _attempts(address, now)
    item.update([SessionItem.attempts.add(-1)])


def _item(session: Session) -> SessionItem:
    return SessionItem(**stored_fields(session), expires=ends(session))


def _is_open(session: Session, project: ProjectItem, now: datetime) -> bool:
    return session.key in (project.write_digest, project.read_digest) and ends(session) > now


def _find_several(
    token: str, project_ids: Sequence[str], now: datetime
) -> list[tuple[Session, Project]]:
    """Return the sessions that this token opens in these projects."""
    if not project_ids:
        return []
    items = SessionItem.batch_get([(one, token) for one in project_ids], consistent_read=True)
    sessions = {item.project_id: read_fields(Session, item) for item in items}
    return [
        (sessions[project.project_id], read_fields(Project, project))
        for project in projects.get_items(sessions)
        if _is_open(sessions[project.project_id], project, now)
    ]


def _attempts(address: str, now: datetime) -> tuple[SessionItem, datetime]:
    """Return the counter of an address's network, and the moment since which it counts."""
    start = now - (now - datetime.fromtimestamp(0, now.tzinfo)) % _WINDOW
    return SessionItem(f"attempts#{_network(address)}", start.isoformat()), start


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
