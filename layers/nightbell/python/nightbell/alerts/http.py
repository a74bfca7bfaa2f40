"""Requests to addresses that users gave: to public hosts only, bounded in time and size.

Made with the standard library's http.client on a socket that is connected here. What matters is
which address is connected to and when all is over, and neither urllib3 nor anything else above
http.client lets a caller decide that with less code: their limits are per read, so a receiver that
sends a byte a second is never too slow. There are no proxies, cookies, redirects or connections to
use again that would have to be turned off.

Nightbell's functions have no IPv6 on their way out: a host needs an IPv4 address.
"""

import io
import json
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Container, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from ipaddress import ip_address
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

from nightbell import clock
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain import networks
from nightbell.settings import settings

CONNECT_TIMEOUT = 3.0  # seconds, for each address that is tried
READ_TIMEOUT = 8.0  # seconds without a byte
TOTAL_TIMEOUT = 10.0  # seconds for everything
LARGEST_ANSWER = 16_384  # bytes that are read

_USER_AGENT = "nightbell/alerts"

# Of a host with many addresses these are tried: one that is away should not lose the alert, and
# nobody should make us knock at a whole network.
_ADDRESSES_TRIED = 2

# Lambda's runtime API, by which a function gets its events.
_RUNTIME_API_PORT = 9001

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
        addresses = _allowed(_look_up(target, deadline), target.port)
        with ExitStack() as sockets:
            sock = sockets.enter_context(_connect(addresses, target.port, deadline))
            if target.tls:
                sock.settimeout(_left(deadline, READ_TIMEOUT))
                name = target.host.removesuffix(".")
                sock = sockets.enter_context(_tls().wrap_socket(sock, server_hostname=name))
            connection = HTTPConnection(target.host)
            connection.sock = wire = _Wire(sock, deadline)
            connection.request(method, target.path, body=body or None, headers=fields)
            response = connection.getresponse()
            if wire.ended:  # within the head, which is all the same to http.client
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


def is_allowed(address: str, port: int) -> bool:
    """Tell whether alerts may go there: to the public, and to private networks if so set."""
    if networks.is_public(address):
        return True
    if not (settings.allow_private_networks and networks.is_private(address)):
        return False
    return port != _RUNTIME_API_PORT or not ip_address(address).is_loopback


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


def _look_up(target: _Target, deadline: float) -> list[str]:
    """Return all addresses of the host.

    In a thread, because nothing ends getaddrinfo early; the resolver's own limits end the thread.
    """
    found: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    infos = found.result(_left(deadline, TOTAL_TIMEOUT))
    return [info[4][0] for info in infos]


def _allowed(addresses: list[str], port: int) -> list[str]:
    """Return those of the addresses to connect to.

    Raises Permanent if one may not be asked, Passing if there is none that can be.

    Where private networks are allowed, only IPv4 addresses are looked at: the others, which there
    may be made up by NAT64 or by the local link, are not connected to.
    """
    ipv4 = [address for address in addresses if ip_address(address).version == 4]
    looked_at = ipv4 if settings.allow_private_networks else addresses
    if not all(is_allowed(address, port) for address in looked_at):
        raise Permanent("Address is not public")
    if not ipv4:
        # Perhaps not for ever: a resolver whose question for IPv4 addresses got lost says the same.
        raise Passing("Host has only IPv6 addresses, and there is no way to those from here")
    return ipv4


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    *others, last = addresses[:_ADDRESSES_TRIED]
    for address in others:
        with suppress(OSError):
            return _connect_to(address, port, deadline)
    return _connect_to(last, port, deadline)


def _connect_to(address: str, port: int, deadline: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(_left(deadline, CONNECT_TIMEOUT))
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Wire(io.RawIOBase):
    """A socket as http.client uses it, on which each wait ends by the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self.ended = False  # nothing more is to be read

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(_left(self._deadline, READ_TIMEOUT))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline, READ_TIMEOUT))
        count = self._sock.recv_into(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        """Do nothing: http.client closes before it reads, and who connected closes the socket."""


def _left(deadline: float, limit: float) -> float:
    left = min(deadline - time.monotonic(), limit)
    if left <= 0:
        raise TimeoutError
    return left


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
