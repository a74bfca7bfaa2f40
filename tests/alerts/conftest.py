"""An alert to send, and a receiver on the loopback interface that answers as it is told."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from nightbell import settings as settings_module
from nightbell.alerts import wire
from nightbell.alerts.alert import Alert, LastPing
from nightbell.domain.check import Reason, Signal, Status
from tests.alerts.loopback import PUBLIC, Internet, serving
from tests.alerts.services import HOSTS, Service

DOWN_AT = datetime(2024, 1, 15, 3, 10, tzinfo=UTC)

DOWN = Alert(
    delivery_id="0f5c",
    status=Status.DOWN,
    reason=Reason.TIMEOUT,
    since=DOWN_AT,
    sent=DOWN_AT + timedelta(seconds=1),
    project_id="5d0f3c1e-5b0a-4a6f-9c39-0d1f7e2a8b11",
    channel_id="a1b2c3d4-0000-4000-8000-000000000001",
    project="Web shop",
    code="7918b17b-a745-4db1-8575-9d2e07c97f79",
    unique_key="b6d7a1c5e9f04c2f8a3b7d1e6f5a4c3b2d1e0f9a",
    name="Backup",
    slug="backup",
    tags=("nightly", "db"),
    desc="Runs on db1",
    schedule="every 1 hour",
    expected=DOWN_AT - timedelta(minutes=10),
    last_ping=LastPing(
        created=DOWN_AT - timedelta(minutes=70), kind=Signal.SUCCESS, body=b"42 files, 0 errors"
    ),
    url="https://nightbell.example.org/projects/p1/checks/b6d7",
    document='{"name": "Backup"}',
)
UP = replace(
    DOWN,
    status=Status.UP,
    reason=Reason.SUCCESS,
    expected=None,
    down_for=timedelta(hours=2, minutes=5),
)


@pytest.fixture
def make_alert() -> Callable[..., Alert]:
    """Return a function that makes an alert: a missed ping unless told otherwise."""

    def make(alert: Alert = DOWN, /, **changes: Any) -> Alert:
        return replace(alert, **changes)

    return make


@dataclass(frozen=True)
class Received:
    """A request as it reached the receiver; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The JSON in the body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """A server on loopback that keeps what it gets and answers as told: 200 unless changed."""

    url: str
    requests: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0  # seconds before it answers
    # Instead of the fields above: decides the status, headers and body for a request.
    behave: Callable[[Received], tuple[int, dict[str, str], bytes]] | None = None

    @property
    def request(self) -> Received:
        """The only request there was."""
        (request,) = self.requests
        return request


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Run a receiver, and allow requests to it."""
    monkeypatch.setattr(
        settings_module,
        "settings",
        replace(settings_module.settings, allow_private_networks=True),
    )
    monkeypatch.setattr(wire, "settings", settings_module.settings)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            request = Received(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            receiver.requests.append(request)
            time.sleep(receiver.delay)
            if receiver.behave:
                status, headers, body = receiver.behave(request)
            else:
                status, headers, body = receiver.status, receiver.headers, receiver.body
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with suppress(ConnectionError):  # of senders that have given up
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def private_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow requests to private networks, loopback among them."""
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=True))


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Return a function that serves on loopback with a given behaviour and returns the port."""
    with serving() as serve:
        yield serve


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """Make up an internet: no lookup and no connection leaves this machine."""
    internet = Internet()

    def connect(sock: socket.socket, address: tuple[str, int]) -> None:
        internet.connect(sock, address)

    monkeypatch.setattr(socket, "getaddrinfo", internet.getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return internet


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Found an authority that signs certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    """Return one for all services."""
    return authority.issue_cert(*HOSTS)


@pytest.fixture
def service(
    internet: Internet,
    serve: Callable[..., int],
    authority: trustme.CA,
    certificate: trustme.LeafCert,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Service]:
    """Let every name lead to one server."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    service = Service()
    internet.names = {host: [PUBLIC] for host in HOSTS}
    internet.servers[PUBLIC] = serve(service.behave, context)
    wire._tls.cache_clear()
    yield service
    wire._tls.cache_clear()
