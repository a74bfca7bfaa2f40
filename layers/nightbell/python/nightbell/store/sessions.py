"""Who is signed in to the dashboard, and who tries to be."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from pynamodb.exceptions import UpdateError

from nightbell.domain.errors import NotFound, TooManyAttempts
from nightbell.domain.project import Project
from nightbell.domain.session import Session, ends
from nightbell.store import projects
from nightbell.store.tables import SessionItem, read_fields, stored_fields
from nightbell.store.transaction import is_refused

_ATTEMPTS = 10  # wrong keys from one network in one window
_WINDOW = timedelta(minutes=15)


def add(session: Session) -> None:
    """Write a session, in place of the one that this browser had for the project."""
    SessionItem(**stored_fields(session), expires=ends(session)).save()


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


def find(project_id: str, token: str, now: datetime) -> tuple[Session, Project, bool] | None:
    """Return the session that this token opens in the project, and whether it only reads.

    None if there is none, or it has ended, or its key is none of the project's any more. Two
    consistent reads.
    """
    try:
        item = SessionItem.get(project_id, token, consistent_read=True)
        project = projects.get_item(project_id)
    except (SessionItem.DoesNotExist, NotFound):
        return None
    session = read_fields(Session, item)
    if session.key not in (project.write_digest, project.read_digest) or ends(session) <= now:
        return None
    return session, read_fields(Project, project), session.key == project.read_digest


def list_for(project_id: str, now: datetime) -> list[Session]:
    """Return the sessions of a project that have not ended, last heard of first.

    Those whose key is none of the project's any more are left out.
    """
    project = projects.get_item(project_id)
    valid = (project.write_digest, project.read_digest)
    sessions = (
        read_fields(Session, item) for item in SessionItem.query(project_id, consistent_read=True)
    )
    present = [one for one in sessions if one.key in valid and ends(one) > now]
    return sorted(present, key=lambda session: session.seen, reverse=True)


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
