"""Who looks at a page: the projects that this browser has signed in to."""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.errors import NotFound, UserError
from nightbell.domain.project import Project
from nightbell.domain.session import Session, is_to_be_noted, lifetime
from nightbell.store import keys, projects, sessions
from nightbell.web.address import client_address
from nightbell.web.identifiers import require_uuid

COOKIE = "nightbell"
_MOST_PROJECTS = 20
_MAX_USER_AGENT = 200


class NotSignedIn(UserError):
    """The browser has no session for this project."""


class ReadOnly(UserError):
    """A viewer who signed in with a read-only key changes nothing."""


@dataclass(frozen=True)
class Ticket:
    """What a browser holds: a random token, and the projects it has signed in to, last first."""

    token: str
    projects: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What is stored of the token."""
        return keys.digest(self.token)

    def with_project(self, project_id: str) -> "Ticket":
        """Return the ticket that names this project first."""
        others = tuple(one for one in self.projects if one != project_id)
        return Ticket(self.token, (project_id, *others)[:_MOST_PROJECTS])

    def without_project(self, project_id: str) -> "Ticket":
        """Return the ticket without this project."""
        return Ticket(self.token, tuple(one for one in self.projects if one != project_id))


@dataclass(frozen=True)
class Viewer:
    """A browser that is signed in to the project whose page it asks for."""

    ticket: Ticket
    project: Project
    read_only: bool
    session: Session = field(repr=False)

    @property
    def csrf(self) -> str:
        """What this viewer's forms carry; it follows from the cookie, which no other site reads."""
        return hashlib.sha256(f"csrf:{self.ticket.token}".encode()).hexdigest()

    @cached_property
    def others(self) -> list[Project]:
        """The other projects that the browser has signed in to, by name."""
        others = [one for one in self.ticket.projects if one != self.project.project_id]
        return sorted(projects.get_several(others), key=lambda project: project.name.casefold())


def require(event: APIGatewayProxyEvent, project_id: str, now: datetime) -> Viewer:
    """Return who asks for a page of this project; raises NotSignedIn, NotFound for no id."""
    require_uuid(project_id)
    ticket = read_ticket(event)
    found = sessions.find(project_id, ticket.digest, now) if ticket else None
    if ticket is None or found is None:
        raise NotSignedIn
    session, project, read_only = found
    if is_to_be_noted(session, now):
        sessions.note(session, now)
    return Viewer(ticket, project, read_only, session)


def require_writer(event: APIGatewayProxyEvent, project_id: str, now: datetime) -> Viewer:
    """As `require`, for pages that are one form; raises ReadOnly for who may change nothing."""
    viewer = require(event, project_id, now)
    if viewer.read_only:
        raise ReadOnly
    return viewer


def sign_in(
    event: APIGatewayProxyEvent, api_key: str, now: datetime, *, wall: bool = False
) -> tuple[Ticket, str] | None:
    """Open a session with the key; return the browser's new ticket and the project's id.

    None for a wrong key, whatever is wrong with it. Raises TooManyAttempts. A session for a wall
    needs a read-only key.
    """
    address = reader_address(event)
    sessions.count_attempt(address, now)
    access = projects.authenticate(api_key) if len(api_key) == projects.API_KEY_LENGTH else None
    if access is None:
        return None
    sessions.forgive_attempt(address, now)
    # A new token each time, for the old one may have been planted by somebody who knows it.
    ticket = _moved(read_ticket(event), Ticket(secrets.token_urlsafe(32)), now)
    sessions.add(
        Session(
            project_id=access.project_id,
            token=ticket.digest,
            key=keys.digest(api_key),
            created=now,
            seen=now,
            remote_addr=address,
            ua=event.headers.get("user-agent", "")[:_MAX_USER_AGENT],
            wall=wall and access.read_only,
        )
    )
    return ticket.with_project(access.project_id), access.project_id


def _moved(old: Ticket | None, new: Ticket, now: datetime) -> Ticket:
    """Return the new ticket with the projects of the old one whose sessions had not ended."""
    for project_id in reversed(old.projects if old else ()):
        found = sessions.find(project_id, old.digest, now) if old else None
        if found and old:
            sessions.add(replace(found[0], token=new.digest))
            sessions.end(project_id, old.digest)
            new = new.with_project(project_id)
    return new


def sign_out(ticket: Ticket) -> None:
    """End all sessions of this browser."""
    for project_id in ticket.projects:
        sessions.end(project_id, ticket.digest)


def read_ticket(event: APIGatewayProxyEvent) -> Ticket | None:
    """Return what the browser holds, None if nothing of use."""
    header = event.headers.get("cookie", "")
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    token, *ids = (morsel.value if morsel else "").split(":")
    try:
        return Ticket(token, tuple(require_uuid(one) for one in ids)) if token else None
    except NotFound:
        return None


def cookie(ticket: Ticket | None, base: str, *, wall: bool = False) -> str:
    """Return the header that gives the browser its ticket, or takes it away if None."""
    value = ":".join((ticket.token, *ticket.projects)) if ticket else ""
    seconds = int(lifetime(wall=wall).total_seconds()) if ticket else 0
    return (
        f"{COOKIE}={value}; Path={base or ''}/; Max-Age={seconds}; "
        "Secure; HttpOnly; SameSite=Strict"
    )


def reader_zone(event: APIGatewayProxyEvent) -> str:
    """Return the name of the time zone that the browser says it is in; unchecked, "" if none."""
    try:
        morsel = SimpleCookie(event.headers.get("cookie", "")).get("tz")
    except CookieError:
        return ""
    return unquote(morsel.value) if morsel else ""


def reader_address(event: APIGatewayProxyEvent) -> str:
    """Return the address that the browser's request came from."""
    headers = {name.lower(): value for name, value in event.headers.items()}
    return client_address(headers, event.request_context.identity.source_ip or "")
