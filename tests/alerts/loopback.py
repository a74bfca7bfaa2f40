"""Servers on the loopback interface that behave as told, names for them, and how they fail."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from nightbell.alerts import http
from nightbell.alerts.outcome import Passing

Behaviour = Callable[[socket.socket], None]

PUBLIC = "93.184.215.14"
PUBLIC_IPV6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

_getaddrinfo = socket.getaddrinfo
_connect = socket.socket.connect


def fault(url: str, body: bytes = b"") -> str:
    """Return how a request fails: before long, and as what is to be tried again, but not now."""
    started = time.monotonic()
    with pytest.raises(Passing) as caught:
        http.send("POST", url, headers={}, body=body)
    assert time.monotonic() - started < 3
    assert caught.value.unreachable is True
    assert caught.value.retry_after is None
    return caught.value.error


@contextmanager
def serving() -> Iterator[Callable[..., int]]:
    """Yield a function that serves one connection after the other, and returns the port."""
    with ExitStack() as stack:

        def serve(behave: Behaviour, tls: ssl.SSLContext | None = None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept() -> None:
                while True:
                    try:
                        connection = listener.accept()[0]
                    except OSError:  # shut down
                        return
                    with connection, suppress(OSError):
                        if tls:
                            with tls.wrap_socket(connection, server_side=True) as secured:
                                behave(secured)
                        else:
                            behave(connection)

            thread = threading.Thread(target=accept)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return listener.getsockname()[1]

        yield serve


def answering(answer: bytes, heads: list[bytes] | None = None) -> Behaviour:
    """Read a request's head, and keep it if there is a list for it; answer; close."""

    def behave(connection: socket.socket) -> None:
        head = read_head(connection)
        if heads is not None:
            heads.append(head)
        connection.sendall(answer)

    return behave


def dripping(start: bytes, drop: bytes) -> Behaviour:
    """Begin an answer, and go on slowly for longer than anybody should wait."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(start)
        for _ in range(300):
            time.sleep(0.02)
            connection.sendall(drop)

    return behave


def silent(connection: socket.socket) -> None:
    """Read until the other side gives up."""
    while connection.recv(65_536):
        pass


def read_head(connection: socket.socket) -> bytes:
    """Return what comes up to an empty line."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65_536)
        if not piece:
            raise ConnectionError
        head += piece
    return head


def read_request(connection: socket.socket) -> bytes:
    """Return a whole request: its head, and as much body as that tells."""
    head, blank, body = read_head(connection).partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65_536)
    return head + blank + body


@dataclass
class Internet:
    """What names there are, and which public addresses are really servers on loopback."""

    # Addresses, an error, or a function that returns either.
    names: dict[str, Any] = field(default_factory=dict)
    # Ports on loopback; or an error, that nobody listens if nothing is told.
    servers: dict[str, int | OSError] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    connections: list[tuple[str, int]] = field(default_factory=list)

    def getaddrinfo(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        """As the system's, which reads addresses in all their forms."""
        self.lookups.append(host)
        if host not in self.names:
            return _getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found = self.names[host]
        if callable(found):
            found = found()
        if isinstance(found, Exception):
            raise found
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in found
        ]

    def connect(self, sock: socket.socket, address: tuple[str, int]) -> None:
        """Connect to the server that stands for the address."""
        self.connections.append(address)
        server = self.servers.get(address[0], ConnectionRefusedError())
        if isinstance(server, OSError):
            raise server
        _connect(sock, ("127.0.0.1", server))
