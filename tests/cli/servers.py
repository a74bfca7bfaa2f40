"""Servers on loopback: one that answers as it is told to, and the API itself."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.functions.gateway import ask


@dataclass(frozen=True)
class Request:
    """What a server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The value in the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What a server answers: a body that is no bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: tuple[tuple[str, str], ...] = ()


class Server(ThreadingHTTPServer):
    """Keeps what it is asked, and answers what `answer` returns."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[Request] = []
        self.answer = answer


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, sent, self.rfile.read(length))
        self.server.requests.append(request)
        reply = self.server.answer(request)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def running(answer: Callable[[Request], Reply]) -> Iterator[Server]:
    """Run a server that answers what the function returns."""
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def of_the_api(request: Request) -> Reply:
    """Return what the API itself answers, on the tables of the test."""
    given = {name: value for name, value in request.headers.items() if name == "content-type"}
    key = request.headers.get("x-api-key")
    answer = ask(request.method, request.path, request.body, key, given, "203.0.113.7")
    return Reply(answer.status, answer.body, (("Content-Type", answer.headers["content-type"]),))
