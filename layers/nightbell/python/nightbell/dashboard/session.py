"""Who looks at a page: the projects that this browser has signed in to."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
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
    now: datetime  # when the page was asked for

    @property
    def csrf(self) -> str:
        """What this viewer's forms carry; it follows from the cookie, which no other site reads."""
        return hashlib.sha256(f"csrf:{self.ticket.token}".encode()).hexdigest()

    @cached_property
    def others(self) -> list[Project]:
        """The other projects that the browser is signed in to, by name."""
        return open_projects(self.ticket.without_project(self.project.project_id), self.now)


def require(event: APIGatewayProxyEvent, project_id: str, now: datetime) -> Viewer:
    """Return who asks for a page of this project; raises NotSignedIn, NotFound for no id."""
    require_uuid(project_id)
    ticket = read_ticket(event)
    consistent = not is_refresh(event)
    found = sessions.find(project_id, ticket.digest, now, consistent=consistent) if ticket else None
    if ticket is None or found is None:
        raise NotSignedIn
    session, project, read_only = found
    if is_to_be_noted(session, now):
        sessions.note(session, now)
    return Viewer(ticket, project, read_only, now)


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
    project_id = access.project_id
    # A new token each time, for the old one may have been planted by somebody who knows it.
    ticket = Ticket(secrets.token_urlsafe(32))
    session = Session(
        project_id=project_id,
        token=ticket.digest,
        key=keys.digest(api_key),
        created=now,
        seen=now,
        remote_addr=address,
        ua=event.headers.get("user-agent", "")[:_MAX_USER_AGENT],
        wall=wall and access.read_only,
    )
    old = read_ticket(event)
    if old is None:
        sessions.add(session)
    else:
        moved = sessions.take_over(session, old.digest, old.projects, now)
        ticket = replace(ticket, projects=tuple(one for one in old.projects if one in moved))
    return ticket.with_project(project_id), project_id


def open_projects(ticket: Ticket, now: datetime) -> list[Project]:
    """Return the projects that the browser is signed in to, by name."""
    return sessions.projects_open_to(ticket.digest, ticket.projects, now)


def sign_out(ticket: Ticket) -> None:
    """End all sessions of this browser."""
    for project_id in ticket.projects:
        sessions.end(project_id, ticket.digest)


def read_ticket(event: APIGatewayProxyEvent) -> Ticket | None:
    """Return what the browser holds, None if nothing of use."""
    token, *ids = _sent_cookie(event, COOKIE).split(":")
    try:
        projects = tuple(require_uuid(one) for one in ids[:_MOST_PROJECTS])
    except NotFound:
        return None
    return Ticket(token, projects) if token else None


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
    return unquote(_sent_cookie(event, "tz"))


def is_refresh(event: APIGatewayProxyEvent) -> bool:
    """Tell whether a page asks by itself if it has changed; no person who goes to it does."""
    headers = event.headers
    navigates = headers.get("sec-fetch-mode") == "navigate"
    return event.http_method == "GET" and "if-none-match" in headers and not navigates


def reader_address(event: APIGatewayProxyEvent) -> str:
    """Return the address that the browser's request came from."""
    headers = {name.lower(): value for name, value in event.headers.items()}
    return client_address(headers, event.request_context.identity.source_ip or "")


def _sent_cookie(event: APIGatewayProxyEvent, name: str) -> str:
    """Return a cookie's value, "" if none was sent; of several that of the nearest path.

    A domain of one's own may have cookies of others that follow no rules.
    """
    for part in event.headers.get("cookie", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return value
    return ""
