"""One port for both APIs: passes each request on to the emulated API Gateway it belongs to."""

import asyncio
import http.client
import json
import re
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from local import preflight
from local.emulator import Emulator
from local.stack import Stack

# Requests at work at the same moment; the others wait. MiniStack starts a process for each.
_CONCURRENCY = 8

# What API Gateway gives a function at most, and how long it waits for an answer.
_EVENT_BYTES = 6 * 1024 * 1024
_TIMEOUT_SECONDS = 30

# Set here and nowhere else: MiniStack takes the client's address from X-Forwarded-For.
_OWN_REQUEST_HEADERS = {
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}
_OWN_ANSWER_HEADERS = {"connection", "date", "keep-alive", "server", "transfer-encoding"}

# Parts of a path that are shown; all others may be keys or identifiers of checks, so secrets.
_SHOWN_PART = re.compile(
    r"[a-z0-9]{0,6}|badges|channels|checks|health|outages|projects|settings|sign-in|sign-out"
)

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


async def serve(
    listener: socket.socket, emulator: Emulator, stack: Stack, stop: Callable[[], Awaitable[None]]
) -> None:
    """Answer requests until `stop` returns; closes the listener."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    config.graceful_timeout = 2
    config.keep_alive_timeout = 60
    with ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="front-door") as threads:
        door = _FrontDoor(emulator, stack, threads)
        await hypercorn_serve(cast("Any", door.app), config, shutdown_trigger=stop)


@dataclass(frozen=True)
class _FrontDoor:
    emulator: Emulator
    stack: Stack
    threads: Executor

    async def app(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer one request, as an ASGI application."""
        if scope["type"] != "http":
            return
        started = time.monotonic()
        method, path = scope["method"], scope["raw_path"].decode("ascii")
        body = await _read_body(receive)
        if body is None:
            return

        if _event_bytes(scope, body) > _EVENT_BYTES:
            answer = _message(413, "Request Entity Too Large")
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.threads, self._forward, scope, path, body)
        milliseconds = (time.monotonic() - started) * 1000
        print(f"{method:7} {_masked(path)}  {answer.status}  {milliseconds:.0f} ms", flush=True)

        headers = [
            (name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _forward(self, scope: _Scope, path: str, body: bytes) -> _Answer:
        is_ping = path.startswith("/ping/")
        if is_ping and scope["method"] == "OPTIONS":
            return self._preflight(scope, path, body)
        target = self._ping_target(path) if is_ping else self._rest_target(path)
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("ascii")
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.emulator.port, timeout=_TIMEOUT_SECONDS
        )
        try:
            connection.putrequest(scope["method"], target, skip_accept_encoding=True)
            headers = _request_headers(scope)
            if not is_ping:
                # Of equal ones a function of the REST API reads the last; MiniStack joins them.
                headers = list(dict(headers).items())
            for name, value in headers:
                connection.putheader(name, value)
            if body:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            answer = _Answer(response.status, response.getheaders(), response.read())
        except TimeoutError:
            return (
                _message(503, "Service Unavailable")
                if is_ping
                else _message(504, "Endpoint request timed out")
            )
        except (OSError, http.client.HTTPException) as error:
            print(f"MiniStack did not answer: {error!r}", flush=True)
            return _message(502, "Bad Gateway")
        finally:
            connection.close()
        return _as_api_gateway_answers(answer, is_ping=is_ping)

    def _preflight(self, scope: _Scope, path: str, body: bytes) -> _Answer:
        query = scope["query_string"].decode("ascii")
        headers = _request_headers(scope)
        function = self.stack.ping_function
        return _as_api_gateway_answers(
            _Answer(*preflight.invoke(self.emulator, function, path, query, headers, body)),
            is_ping=True,
        )

    def _ping_target(self, path: str) -> str:
        return f"/_aws/execute-api/{self.stack.ping_api}/$default{path}"

    def _rest_target(self, path: str) -> str:
        # MiniStack decodes the path of a REST API; API Gateway leaves it as the client sent it.
        return f"/_aws/execute-api/{self.stack.rest_api}/live" + path.replace("%", "%25")


async def _read_body(receive: _Receive) -> bytes | None:
    """Return the body, cut where it is too long in any case, or None if the client has gone."""
    parts = []
    size = 0
    more = True
    while more and size <= _EVENT_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


def _event_bytes(scope: _Scope, body: bytes) -> int:
    """Return about how large the event of this request is."""
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    head += len(scope["raw_path"]) + len(scope["query_string"])
    return 2 * head + 4 * len(body) // 3


def _request_headers(scope: _Scope) -> list[tuple[str, str]]:
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name.decode("latin-1") not in _OWN_REQUEST_HEADERS
    ]
    if not any(name == "accept" for name, _ in headers):
        # Without it MiniStack gives out a binary answer as base64; binary type `*/*` means always.
        headers.append(("accept", "*/*"))
    return [
        *headers,
        ("x-forwarded-for", scope["client"][0]),
        ("x-forwarded-port", str(scope["server"][1])),
        ("x-forwarded-proto", "http"),
    ]


def _as_api_gateway_answers(answer: _Answer, *, is_ping: bool) -> _Answer:
    if answer.status == 502:
        # A function failed. MiniStack tells the client its error, API Gateway does not.
        print(answer.body.decode(errors="replace"), flush=True)
        return (
            _message(500, "Internal Server Error")
            if is_ping
            else _message(502, "Internal server error")
        )
    return replace(
        answer,
        headers=[(k, v) for k, v in answer.headers if k.lower() not in _OWN_ANSWER_HEADERS],
    )


def _message(status: int, text: str) -> _Answer:
    """Return an answer of API Gateway's own; the template gives those of the REST API CORS."""
    headers = [("content-type", "application/json"), ("access-control-allow-origin", "*")]
    return _Answer(status, headers, json.dumps({"message": text}).encode())


def _masked(path: str) -> str:
    return "/".join(
        part if _SHOWN_PART.fullmatch(part) else "\N{HORIZONTAL ELLIPSIS}"
        for part in path.split("/")
    )
