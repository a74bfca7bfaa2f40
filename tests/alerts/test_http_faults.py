"""How requests fail: soon, and in words that tell nothing of the address."""

import errno
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from nightbell.alerts import http, wire
from nightbell.alerts.outcome import DeliveryFailed
from tests.alerts.loopback import (
    PUBLIC,
    PUBLIC_IPV6,
    answering,
    dripping,
    fault,
    read_head,
    silent,
)


@pytest.fixture
def hurry(monkeypatch) -> Callable[..., None]:
    """Return a function that makes one limit short and the others too long for `fault`."""

    def change(limit: str) -> None:
        for module, name in (
            (wire, "CONNECT_TIMEOUT"),
            (wire, "READ_TIMEOUT"),
            (http, "TOTAL_TIMEOUT"),
        ):
            monkeypatch.setattr(module, name, 0.3 if name == limit else 20)

    return change


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_FAIL])
def test_there_is_no_such_name(internet, code):
    internet.names["gone.example"] = socket.gaierror(code, "no such host")

    error = fault("http://gone.example/")

    assert error == "Host name not found"


def test_the_name_servers_do_not_answer(internet):
    internet.names["hooks.example"] = socket.gaierror(socket.EAI_AGAIN, "try again")

    error = fault("http://hooks.example/")

    assert error == "Host name lookup failed"


def test_the_name_is_looked_up_for_too_long(internet, hurry):
    hurry("TOTAL_TIMEOUT")
    found = threading.Event()
    internet.names["slow.example"] = lambda: [PUBLIC] if found.wait(10) else []

    error = fault("http://slow.example/")
    found.set()

    assert error == "Connection timed out"
    assert internet.connections == []


def test_nobody_listens(private_networks):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Connection refused"


def test_the_connection_is_not_taken(private_networks, hurry):
    hurry("CONNECT_TIMEOUT")
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address, port = listener.getsockname()
        for _ in range(4):  # more than may wait
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))

        error = fault(f"http://{address}:{port}/")

    assert error == "Connection timed out"


def test_there_is_no_way(internet):
    internet.servers[PUBLIC] = OSError(errno.EHOSTUNREACH, "No route to host")

    error = fault(f"http://{PUBLIC}/")

    assert error == "Connection failed"


def test_the_receiver_is_silent(private_networks, serve, hurry):
    hurry("READ_TIMEOUT")
    port = serve(silent)

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Connection timed out"


def test_the_receiver_does_not_read(private_networks, serve, hurry):
    hurry("READ_TIMEOUT")
    over = threading.Event()
    port = serve(lambda _: over.wait(10))

    error = fault(f"http://127.0.0.1:{port}/", b"x" * 20_000_000)
    over.set()

    assert error == "Connection timed out"


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
)
def test_the_receiver_drips(private_networks, serve, start, drop, hurry):
    hurry("TOTAL_TIMEOUT")
    port = serve(dripping(start, drop))
    started = time.monotonic()

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Connection timed out"
    # Each drop came in time for the limit on reading; the limit on everything ended it.
    assert time.monotonic() - started >= http.TOTAL_TIMEOUT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi",
    ],
)
def test_the_receiver_closes_before_the_end(private_networks, serve, answer):
    port = serve(answering(answer))

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Connection closed"


def test_the_receiver_resets_the_connection(private_networks, serve):
    def reset(connection: socket.socket) -> None:
        read_head(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    port = serve(reset)

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Connection closed"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46\n",
    ],
)
def test_the_answer_is_not_http(private_networks, serve, answer):
    port = serve(answering(answer))

    error = fault(f"http://127.0.0.1:{port}/")

    assert error == "Answer is not HTTP"


def test_no_text_tells_the_url_or_the_address(internet, private_networks, serve):
    internet.names = {
        "token.example": [PUBLIC],
        "token.local": ["169.254.169.254"],
        "token.ipv6": [PUBLIC_IPV6],
        "token.gone": socket.gaierror(socket.EAI_NONAME, "token.gone"),
    }
    internet.servers = {"127.0.0.1": serve(answering(b"token"))}
    urls = [
        "http://token.example/token",
        "http://127.0.0.1/token",
        "http://token.local/token",
        "http://token.ipv6/token",
        "http://token.gone/token",
        "token://token",
        "http://token:token/token",
    ]

    errors = []
    for url in urls:
        with pytest.raises(DeliveryFailed) as caught:
            http.send("GET", url, headers={})
        errors.append(caught.value.error)

    assert sorted(errors) == [
        "Address is not public",
        "Answer is not HTTP",
        "Connection refused",
        "Host has only IPv6 addresses, and there is no way to those from here",
        "Host name not found",
        "URL is not an http or https address",
        "URL is not valid",
    ]
