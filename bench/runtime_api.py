"""Lambda's runtime API on loopback, for one process that answers one event.

As AWS describes it for custom runtimes: the runtime asks for the next event and posts the answer,
or what went wrong. AWS's own client for Python, awslambdaric, is on the other side.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from bench import memory

_INVOCATION = "/2018-06-01/runtime/invocation/"
_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:nightbell"
_PATIENCE = 60.0  # seconds


class NotAnswered(Exception):
    """The process ended, or went silent, before it had answered; the text is what it printed."""


@dataclass(frozen=True)
class Answer:
    """What a new process made of its first event."""

    content: Any
    failed: bool  # the content is then an error, as Lambda takes it
    ms: float  # from the start of the process
    cpu_ms: float  # user and system
    peak_mb: float  # of resident memory


def first_answer(
    command: list[str], environment: Mapping[str, str], folder: Path, event: Any
) -> Answer:
    """Start the command in a folder, with these variables alone, and return what it answers."""
    with _serving(event) as (address, answers):
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout
        printed: list[bytes] = []
        reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()))
        reader.start()
        try:
            failed, content, moment = _wait(process, answers)
            peak_mb = memory.peak_mb(process.pid)
        except Empty:
            failed, content, moment, peak_mb = True, None, 0.0, 0.0
        os.kill(process.pid, signal.SIGKILL)  # it waits for the next event, or has ended
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
        process.stdout.close()
    if content is None:
        raise NotAnswered(
            f"exit status {process.returncode}: " + b"".join(printed).decode(errors="replace")
        )
    return Answer(
        content=json.loads(content),
        failed=failed,
        ms=(moment - started) * 1000,
        cpu_ms=(usage.ru_utime + usage.ru_stime) * 1000,
        peak_mb=peak_mb,
    )


_Posted = tuple[bool, bytes, float]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: object) -> None:
        """Print nothing: the process is killed, and so are its connections."""


def _wait(process: "subprocess.Popen[bytes]", answers: "Queue[_Posted]") -> _Posted:
    """Return what is posted; raise Empty if nothing is while the process lasts."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        # Not by `poll`, which would take what the process has used before it can be asked for.
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        try:
            return answers.get(timeout=0.01 if ended else 0.2)
        except Empty:
            if ended:
                raise
    raise Empty


@contextmanager
def _serving(event: Any) -> Iterator[tuple[str, "Queue[_Posted]"]]:
    """Serve one event; yield the address and the queue in which what is posted arrives."""
    answers: Queue[_Posted] = Queue()
    waiting = [json.dumps(event).encode()]
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body leave together and at once; else each answer waits for 40 ms.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            if not waiting:
                over.wait()
                self.close_connection = True
                return
            deadline = int((time.time() + _PATIENCE) * 1000)
            headers = {
                "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-65a51f40-3a1d3bd02b6cb4da2b5f4ad1;Sampled=0",
                "Content-Type": "application/json",
            }
            self._answer(200, waiting.pop(), headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            failed = not (self.path.startswith(_INVOCATION) and self.path.endswith("/response"))
            answers.put((failed, body, time.monotonic()))
            self._answer(202, b"{}", {})

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Print nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", answers
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
