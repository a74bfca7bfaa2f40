"""What a request to the ping API asks for.

Read without the libraries that the other endpoints use: a ping pays for each import.
"""

import base64
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from nightbell.domain.check import MAX_USER_AGENT, Ping, Signal
from nightbell.domain.errors import InvalidPingUrl, InvalidRunId, NotFound, UserError
from nightbell.settings import settings
from nightbell.web.address import client_address

_MAX_SCHEME = 10
_MAX_EXIT_STATUS = 255

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(
    rf"/ping/(?:(?P<check_id>{_UUID})|(?P<ping_key>[\w-]+)/(?P<slug>[\w-]+))"
    r"(?:/(?P<signal>start|fail|log)|/(?P<exitstatus>[0-9]+))?/?",
    re.ASCII,
)
_RUN_ID = re.compile(_UUID, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PingRequest:
    """A ping and what it is for: the check with this UUID, or the one with key and slug."""

    ping: Ping
    check_id: str | None
    ping_key: str
    slug: str
    may_create: bool
    problem: UserError | None  # told once the check is found to be there


def read(event: dict[str, Any], now: datetime) -> PingRequest:
    """Return the request in an HTTP API event (payload 2.0).

    Raises NotFound for a path of another form, InvalidPingUrl for a slug that can be none.
    """
    path = _PATH.fullmatch(event["rawPath"])
    if path is None:
        raise NotFound("not found")
    slug = path["slug"] or ""
    if slug != slug.lower():
        raise InvalidPingUrl
    query = parse_qs(event.get("rawQueryString", ""), keep_blank_values=True)
    ping, problem = _with_exit_status(_ping(event, now, path["signal"]), path["exitstatus"])
    if "rid" in query and problem is None:
        ping, problem = _with_run_id(ping, query["rid"][-1])
    return PingRequest(
        ping=ping,
        check_id=path["check_id"],
        ping_key=path["ping_key"] or "",
        slug=slug,
        may_create=query.get("create", [""])[-1] == "1",
        problem=problem,
    )


def _ping(event: dict[str, Any], now: datetime, signal: str | None) -> Ping:
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return Ping(
        created=now,
        kind=Signal(signal) if signal else Signal.SUCCESS,
        scheme=headers.get("x-forwarded-proto", "")[:_MAX_SCHEME],
        remote_addr=client_address(headers, http["sourceIp"]),
        method=http["method"],
        ua=headers.get("user-agent", "")[:MAX_USER_AGENT],
        body=_body(event)[: settings.ping_body_limit],
    )


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _with_exit_status(ping: Ping, digits: str | None) -> tuple[Ping, UserError | None]:
    if digits is None:
        return ping, None
    # No more digits than needed: Python refuses to read thousands of them.
    exitstatus = int(digits.lstrip("0")[:4] or "0")
    if exitstatus > _MAX_EXIT_STATUS:
        return ping, InvalidPingUrl()
    kind = Signal.FAIL if exitstatus else Signal.SUCCESS
    return replace(ping, exitstatus=exitstatus, kind=kind), None


def _with_run_id(ping: Ping, rid: str) -> tuple[Ping, UserError | None]:
    if not _RUN_ID.fullmatch(rid):
        return ping, InvalidRunId()
    return replace(ping, rid=rid.lower()), None
