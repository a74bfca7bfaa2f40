"""The wire to a host that a user named: to public ones only, and each wait ends by a deadline.

Nightbell's functions have no IPv6 on their way out: a host needs an IPv4 address.
"""

import io
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from math import inf
from threading import Thread
from typing import Any

from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain import networks
from nightbell.settings import settings

CONNECT_TIMEOUT = 3.0  # seconds, for each address that is tried
READ_TIMEOUT = 8.0  # seconds without a byte

# Of a host with many addresses these are tried: one that is away should not lose the alert, and
# nobody should make us knock at a whole network.
_ADDRESSES_TRIED = 2

# Lambda's runtime API, by which a function gets its events.
_RUNTIME_API_PORT = 9001


class Wire(io.RawIOBase):
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


@contextmanager
def opened(host: str, port: int, deadline: float, *, tls: bool) -> Iterator[Wire]:
    """Connect to the host meanwhile; `deadline` by the clock of `time.monotonic`.

    Raises Permanent for a host that may not be asked, Passing for one that cannot be, and OSError
    for what goes wrong on the way.
    """
    addresses = _allowed(_look_up(host, port, deadline), port)
    with ExitStack() as sockets:
        sock = sockets.enter_context(_connect(addresses, port, deadline))
        if tls:
            sock.settimeout(_left(deadline, READ_TIMEOUT))
            name = host.removesuffix(".")
            sock = sockets.enter_context(_tls().wrap_socket(sock, server_hostname=name))
        yield Wire(sock, deadline)


def is_allowed(address: str, port: int) -> bool:
    """Tell whether alerts may go there: to the public, and to private networks if so set."""
    if networks.is_public(address):
        return True
    if not (settings.allow_private_networks and networks.is_private(address)):
        return False
    return port != _RUNTIME_API_PORT or not ip_address(address).is_loopback


def _look_up(host: str, port: int, deadline: float) -> list[str]:
    """Return all addresses of the host.

    In a thread, because nothing ends getaddrinfo early; the resolver's own limits end the thread.
    """
    found: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    infos = found.result(_left(deadline))
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


def _left(deadline: float, limit: float = inf) -> float:
    left = min(deadline - time.monotonic(), limit)
    if left <= 0:
        raise TimeoutError
    return left
