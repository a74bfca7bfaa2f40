"""Requests to addresses that users gave: bounded in time and size.

Made with the standard library's http.client on a connection of our own. What matters is which
address is connected to and when all is over, and neither urllib3 nor anything else above
http.client lets a caller decide that with less code: their limits are per read, so a receiver that
sends a byte a second is never too slow. There are no proxies, cookies, redirects or connections to
use again that would have to be turned off.
"""

import json
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

from nightbell import clock
from nightbell.alerts import wire
from nightbell.alerts.outcome import Passing, Permanent

TOTAL_TIMEOUT = 10.0  # seconds for everything
LARGEST_ANSWER = 16_384  # bytes that are read

_USER_AGENT = "nightbell/alerts"

_LONGEST_PAUSE = timedelta(hours=1)
_LONGEST_EXPLANATION = 200  # characters

# Headers that say how the message is framed and when the connection ends.
_FRAMING = {"connection", "content-length", "te", "trailer", "transfer-encoding", "upgrade"}

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, token
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f]")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")

# X509_V_ERR_… in OpenSSL's x509_vfy.h
_CERTIFICATE_FAULTS = {
    9: "TLS certificate is not valid yet",
    10: "TLS certificate has expired",
    62: "TLS certificate is for another host",
    64: "TLS certificate is for another host",
}


@dataclass(frozen=True)
class Answer:
    """What a receiver answered: the first bytes of its body, and how long it wants to be left."""

    status: int
    body: bytes
    retry_after: timedelta | None = None

    def json(self) -> Any:
        """Return the JSON in the body, None if there is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def member(self, *names: str) -> Any:
        """Return what the JSON has at these names, one inside the other; None if nothing."""
        found = self.json()
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def text(self, *names: str) -> str:
        """As `member`, "" for what is not a string."""
        found = self.member(*names)
        return found if isinstance(found, str) else ""

    def with_pause(self, seconds: Any) -> "Answer":
        """Return the answer with this pause, which its JSON told, unless a header told one."""
        if isinstance(seconds, int | float) and seconds >= 0 and self.retry_after is None:
            pause = timedelta(seconds=min(seconds, _LONGEST_PAUSE.total_seconds()))
            return replace(self, retry_after=pause)
        return self


def send(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Send a request and return the answer, whatever its status.

    Raises Passing where there is none, or not all of it (unreachable, too slow, TLS), Permanent for
    an address that may not be asked. Redirects are answers. A name and password in the URL become
    basic authorization. Headers are sent in Latin-1, what it lacks as XML character references,
    as request() in healthchecks hc/lib/curl.py and its webhooks do; those that frame the message
    are not taken from the caller.
    """
    deadline = time.monotonic() + TOTAL_TIMEOUT
    target = _read_url(url)
    fields = _fields(target, headers)
    try:
        with wire.opened(target.host, target.port, deadline, tls=target.tls) as opened:
            client = HTTPConnection(target.host)
            client.sock = opened
            client.request(method, target.path, body=body or None, headers=fields)
            response = client.getresponse()
            if opened.ended:  # within the head, which is all the same to http.client
                raise ConnectionResetError
            return _read(response)
    except (OSError, HTTPException) as error:
        raise Passing(_explain(error), unreachable=True) from None


def post_json(url: str, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """As `send`, POST with a JSON body."""
    fields = {"Content-Type": "application/json", **(headers or {})}
    return send("POST", url, headers=fields, body=json.dumps(document).encode())


def with_query(url: str, **parameters: str) -> str:
    """Return the address with these parameters behind those that it has."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return parts._replace(query=query, fragment="").geturl()


def require_success(
    answer: Answer,
    *,
    success: Container[int] = range(200, 300),
    permanent: Container[int] = (),
    explanation: str = "",
) -> None:
    """Return after a success, any 2xx unless told; raises Permanent for these, Passing for others.

    A redirect is Passing as well: it is not followed, and it may be the doing of a bad deployment.
    The explanation is the service's own, on one line and cut short in the error.
    """
    if answer.status in success:
        return
    error = f"Received status code {answer.status}"
    words = "".join(char for char in " ".join(explanation.split()) if char.isprintable())
    if words:
        error += f' with a message: "{words[:_LONGEST_EXPLANATION]}"'
    if answer.status in permanent:
        raise Permanent(error)
    raise Passing(error, retry_after=answer.retry_after)


def is_url(text: str) -> bool:
    """Tell whether `send` would take this for an address."""
    try:
        _read_url(text)
    except Permanent:
        return False
    return True


@dataclass(frozen=True)
class _Target:
    tls: bool
    host: str  # in ASCII
    port: int
    path: str  # with the query
    authorization: str | None


def _read_url(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
        # A backslash is a slash to some, and what is before it the host.
        if _NOT_IN_URL.search(url) or "\\" in parts.netloc or not host or port == 0:
            raise ValueError
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        path = quote(path, safe="!$%&'()*+,/:;=?@[]~")
        authorization = None
        if parts.username or parts.password:
            pair = f"{parts.username or ''}:{parts.password or ''}"
            authorization = f"Basic {b64encode(unquote_to_bytes(pair)).decode()}"
    except ValueError:
        raise Permanent("URL is not valid") from None
    if parts.scheme not in ("http", "https"):
        raise Permanent("URL is not an http or https address")
    tls = parts.scheme == "https"
    return _Target(tls, host, port or (443 if tls else 80), path, authorization)


def _fields(target: _Target, given: Mapping[str, str]) -> dict[str, bytes]:
    default_port = 443 if target.tls else 80
    host = target.host if target.port == default_port else f"{target.host}:{target.port}"
    fields = {"host": ("Host", host), "user-agent": ("User-Agent", _USER_AGENT)}
    if target.authorization:
        fields["authorization"] = ("Authorization", target.authorization)
    for name, value in given.items():
        if not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise Permanent("A header has an unexpected name or value")
        if name.lower() not in _FRAMING:
            fields[name.lower()] = (name, value)
    fields["connection"] = ("Connection", "close")
    return {name: value.encode("latin-1", "xmlcharrefreplace") for name, value in fields.values()}


def _read(response: HTTPResponse) -> Answer:
    body = response.read(LARGEST_ANSWER)
    if len(body) < LARGEST_ANSWER and response.length:
        raise IncompleteRead(body, response.length)
    return Answer(response.status, body, _pause(response.getheader("Retry-After")))


def _pause(retry_after: str | None) -> timedelta | None:
    """Return the length that a Retry-After header tells in seconds or by a date, None if none."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=min(float(text), _LONGEST_PAUSE.total_seconds()))
    try:
        moment = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return min(max(moment - clock.now(), timedelta()), _LONGEST_PAUSE)


def _explain(error: OSError | HTTPException) -> str:
    match error:
        case TimeoutError():
            return "Connection timed out"
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return "Host name lookup failed"
        case socket.gaierror():
            return "Host name not found"
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE_FAULTS.get(error.verify_code, "TLS certificate is not trusted")
        case ConnectionRefusedError():
            return "Connection refused"
        case ConnectionError() | ssl.SSLEOFError() | IncompleteRead():
            return "Connection closed"
        case ssl.SSLError():
            return "TLS handshake failed"
        case OSError():
            return "Connection failed"
    return "Answer is not HTTP"
