"""Pings about a job, sent beside it: a monitor that cannot be reached does not hold it up."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from queue import SimpleQueue
from threading import Event, Thread
from urllib.parse import urlencode, urlsplit, urlunsplit

_CONNECT, _READ = 5, 10  # seconds for one try
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds between tries; each next one is twice as long
_MOST_WORDS = 40  # bytes of an answer that are looked at
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class _Ping:
    what: str
    url: str
    body: bytes
    is_last: bool


class Monitor:
    """Pings the address of a check, one after the other, in a thread of its own.

    What goes wrong is told to `warn` in a sentence, without the address: who knows it may ping.
    """

    def __init__(self, url: str, run_id: str, warn: Callable[[str], None]) -> None:
        self._url = url
        self._run_id = run_id
        self._warn = warn
        self._pings: SimpleQueue[_Ping] = SimpleQueue()
        self._job_ended = Event()
        self._done = Event()
        self._problem = ""  # of the last try
        # A daemon: no look-up of a host and no server that trickles keeps the process alive.
        Thread(target=self._work, daemon=True).start()

    def started(self) -> None:
        """Tell that the job runs."""
        self._pings.put(_Ping("the start", self._address("start"), b"", is_last=False))

    def ended(self, status: int, output: bytes, *, within: float) -> None:
        """Tell with which status the job ended, and wait for that so many seconds at most."""
        self._job_ended.set()
        self._pings.put(_Ping("the end", self._address(str(status)), output, is_last=True))
        if not self._done.wait(within):
            self._done.set()
            self._warn(_not_told("the end", self._problem or "it does not answer in time"))

    def _address(self, signal: str) -> str:
        parts = urlsplit(self._url)
        path = f"{parts.path.rstrip('/')}/{signal}"
        query = "&".join(filter(None, (parts.query, urlencode({"rid": self._run_id}))))
        return urlunsplit((parts.scheme, parts.netloc, path, query, ""))

    def _work(self) -> None:
        while not self._done.is_set():
            ping = self._pings.get()
            problem = self._tell(ping)
            if problem and not self._done.is_set():
                self._warn(_not_told(ping.what, problem))
            if ping.is_last:
                self._done.set()

    def _tell(self, ping: _Ping) -> str | None:
        """Send a ping until it is taken; return what went wrong, None if nothing did.

        The start is not sent again when the job has ended, for then its end is news. The end is
        tried until nobody waits for it.
        """
        pause = _FIRST_PAUSE
        while True:
            problem, may_help = _post(ping)
            if problem is None or not may_help:
                return problem
            self._problem = problem
            given_up = self._done if ping.is_last else self._job_ended
            if given_up.wait(pause * random.uniform(0.75, 1.25)):
                return problem
            pause = min(2 * pause, _LONGEST_PAUSE)


def _not_told(what: str, problem: str) -> str:
    return f"The monitor was not told of {what}: {problem}."


def _post(ping: _Ping) -> tuple[str | None, bool]:
    """Send a ping once; return what went wrong, and whether to try again may help."""
    # Loaded here, beside the job, which need not wait for it.
    import urllib3

    from nightbell.cli.connections import USER_AGENT, pool_for, reason_of

    try:
        with pool_for(ping.url) as pool:
            answer = pool.request(
                "POST",
                ping.url,
                body=ping.body,
                headers={"User-Agent": USER_AGENT, "Content-Type": "application/octet-stream"},
                timeout=urllib3.Timeout(connect=_CONNECT, read=_READ),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            said = answer.read(_MOST_WORDS)
            answer.close()
    except urllib3.exceptions.LocationValueError:
        return "its address cannot be used", False
    except urllib3.exceptions.HTTPError as error:
        return reason_of(error), True
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        return f"it answered {answer.status}", answer.status in _BUSY
    # Healthchecks may say in the body of a 200 that it knows no such check.
    if said.startswith(b"OK ("):
        return f"it answered {said.decode('ascii', 'replace')}", False
    return None, False
