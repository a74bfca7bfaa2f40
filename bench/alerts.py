"""How soon channels hear of checks under `make run`: `python -m bench.alerts`. Takes seven minutes.

First, how long it takes from a deadline, or from a ping, until a webhook receiver on loopback and
the mail catcher have the alert, by their own clocks. Then, whether channels that do not work delay
one that does: many checks fail at once, and each tells all of them.
"""

import json
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.system import Variables, client, percentiles, ping, post, running_system
from nightbell import clock
from nightbell.domain.check import EPOCH

_CHECKS = 40
_PERIOD = 60  # seconds, of each check, and as much of grace
_APART = 1.5  # seconds between two pings
_AT_ONCE = 25  # checks that fail together
_PATIENCE = 90.0  # seconds
_LOOK_EVERY = 0.1  # seconds

_Check = dict[str, Any]
_Heard = dict[tuple[str, str], float]  # seconds since the epoch, by name of check and status


def main() -> int:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_system(Path(folder)) as variables,
        _running_receiver() as receiver,
    ):
        _measure_delays(variables, receiver)
        _measure_isolation(variables, receiver)
    return 0


def _measure_delays(variables: Variables, receiver: "_Receiver") -> None:
    channels = [
        _webhook(variables, receiver, "working"),
        _channel(variables, "email", to="ops@example.org"),
    ]

    def tell(what: str, status: str, moments: Sequence[float]) -> None:
        print(f"\n{_CHECKS} checks, seconds from {what} until it is heard that they are {status}")
        for name, look in (
            ("webhook", lambda: receiver.heard),
            ("mail", lambda: _mails(variables)),
        ):
            heard = _wait_until_heard(look, checks, status)
            _print(name, [at - since for at, since in zip(heard, moments, strict=True)])

    checks = _checks(variables, "Failing", _CHECKS, channels)
    tell("a fail ping", "down", _ping_in_turn(checks, "/fail"))
    tell("the next ping", "up", _ping_in_turn(checks))

    checks = _checks(variables, "Silent", _CHECKS, channels)
    _ping_in_turn(checks)
    _wait_until(lambda: len(_deadlines(variables, checks)) == _CHECKS, 2 * _PERIOD + _PATIENCE)
    tell("the deadline", "down", _deadlines(variables, checks))
    tell("the next ping", "up", _ping_in_turn(checks))


def _measure_isolation(variables: Variables, receiver: "_Receiver") -> None:
    working, second, third, broken, hanging = (
        _webhook(variables, receiver, path)
        for path in ("working", "other", "other", "broken", "hanging")
    )
    _ping_at_once(_checks(variables, "Warm", _AT_ONCE, []), "/fail")  # the functions have started
    print(f"\n{_AT_ONCE} checks fail at once, seconds until a channel that works has heard of them")
    for others, channels in (
        ("alone, its first alerts", [working]),
        ("alone, later ones", [working]),
        ("beside another that works", [working, second]),
        ("beside one that answers 500", [working, broken]),
        ("beside one that hangs", [working, hanging]),
        ("beside two that work", [working, second, third]),
        ("beside two that do not", [working, broken, hanging]),
    ):
        checks = _checks(variables, others, _AT_ONCE, channels)
        moments = _ping_at_once(checks, "/fail")
        heard = _wait_until_heard(lambda: receiver.heard, checks, "down")
        _print(others, [at - since for at, since in zip(heard, moments, strict=True)])


def _print(name: str, delays: Sequence[float]) -> None:
    figures = percentiles(delays).items()
    print(f"{name:<28}" + "".join(f"  {of}  {seconds:5.2f}" for of, seconds in figures), flush=True)


# ---- What is measured on ------------------------------------------------------------------------


def _webhook(variables: Variables, receiver: "_Receiver", path: str) -> str:
    settings = {}
    for status in ("down", "up"):
        settings[f"url_{status}"] = f"{receiver.url}/{path}"
        settings[f"method_{status}"] = "POST"
        settings[f"body_{status}"] = "$STATUS $NAME"
    return _channel(variables, "webhook", **settings)


def _channel(variables: Variables, kind: str, **settings: str) -> str:
    return str(post(variables, "/channels/", {"kind": kind, "settings": settings})["id"])


def _checks(variables: Variables, name: str, number: int, channels: Sequence[str]) -> list[_Check]:
    fields = {"timeout": _PERIOD, "grace": _PERIOD, "channels": ",".join(channels)}
    return [post(variables, "/checks/", {"name": f"{name} {n}", **fields}) for n in range(number)]


def _ping_in_turn(checks: Sequence[_Check], suffix: str = "") -> list[float]:
    """Ping the checks, evenly spread, and return when each was."""
    start = time.monotonic()
    moments = []
    for number, check in enumerate(checks):
        time.sleep(max(0.0, start + number * _APART - time.monotonic()))
        moments.append(_ping(check, suffix))
    return moments


def _ping_at_once(checks: Sequence[_Check], suffix: str) -> list[float]:
    """Ping the checks together, and return when each was."""
    with ThreadPoolExecutor(len(checks)) as pool:
        return list(pool.map(lambda check: _ping(check, suffix), checks))


def _ping(check: _Check, suffix: str) -> float:
    sent_at = _now()
    ping(check["ping_url"] + suffix)
    return sent_at


def _deadlines(variables: Variables, checks: Sequence[_Check]) -> list[float]:
    """Return the deadlines of the checks that have missed them: those are when they went down."""
    dynamodb = client("dynamodb", variables)
    pages = dynamodb.get_paginator("scan").paginate(TableName=variables["FLIPS_TABLE"])
    missed = {
        item["check_id"]["S"]: int(item["created"]["N"]) / 1_000_000
        for page in pages
        for item in page["Items"]
        if item["reason"]["S"] == "timeout"
    }
    return [missed[check["uuid"]] for check in checks if check["uuid"] in missed]


def _mails(variables: Variables) -> _Heard:
    """Return what the mail catcher has got."""
    with urllib.request.urlopen(
        f"{variables['AWS_ENDPOINT_URL']}/_ministack/ses/messages"
    ) as answer:
        accounts = json.load(answer)["messages"]
    heard: _Heard = {}
    for mail in (mail for mails in accounts.values() for mail in mails):
        name, _, status = mail["Subject"].rpartition(" is ")
        heard.setdefault((name, status.lower()), mail["Timestamp"])
    return heard


class _Receiver(ThreadingHTTPServer):
    """A webhook receiver that keeps when it heard what; the path says how it behaves."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.heard: _Heard = {}
        self.stopped = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        """Answer after the path: never, 500, or 200."""
        heard_at = _now()
        status, _, name = (
            self.rfile.read(int(self.headers["Content-Length"])).decode().partition(" ")
        )
        if self.path == "/hanging":
            self.server.stopped.wait(_PATIENCE)
            return
        if self.path == "/working":
            self.server.heard.setdefault((name, status), heard_at)
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def _running_receiver() -> Iterator[_Receiver]:
    with _Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        yield receiver
        receiver.stopped.set()
        receiver.shutdown()
        thread.join()


# ---- Waiting ------------------------------------------------------------------------------------


def _wait_until_heard(
    look: Callable[[], _Heard], checks: Sequence[_Check], status: str
) -> list[float]:
    """Return when each of the checks was heard to have this status."""
    wanted = [(str(check["name"]), status) for check in checks]
    _wait_until(lambda: look().keys() >= set(wanted), _PATIENCE)
    heard = look()
    return [heard[one] for one in wanted]


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    give_up_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up_at:
            sys.exit(f"It did not happen within {seconds:.0f} s.")
        time.sleep(_LOOK_EVERY)


def _now() -> float:
    """Return the seconds since the epoch."""
    return (clock.now() - EPOCH) / timedelta(seconds=1)


if __name__ == "__main__":
    sys.exit(main())
