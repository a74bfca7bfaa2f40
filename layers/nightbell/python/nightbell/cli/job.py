"""A command that is run: its output passed through live, the end of it kept."""

import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import IO

NOT_EXECUTABLE = 126
NOT_FOUND = 127
_SIGNALLED = 128  # and the number of the signal, as shells have it

# Sent to a whole process group by the keys of a terminal.
_BY_KEYS = frozenset({signal.SIGINT})

_CHUNK = 64 * 1024  # bytes
_STDOUT, _STDERR = 1, 2

# So long the rest of the output is read when the command has ended but others still write to it.
_DRAIN = 1.0  # seconds


class CannotStart(Exception):
    """The command could not be started; `status` is what a shell exits with then."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Tail:
    """The last bytes of what was written, in constant memory."""

    def __init__(self, limit: int) -> None:
        """Keep at most so many bytes."""
        self._limit = limit
        self._kept = bytearray()
        self._is_cut = False

    def add(self, data: bytes) -> None:
        """Take more."""
        self._kept += data
        if len(self._kept) > 2 * self._limit + _CHUNK:
            self._cut()

    def value(self) -> bytes:
        """Return what is kept; a character of UTF-8 that was cut through is left out."""
        if len(self._kept) > self._limit:
            self._cut()
        start = 0
        while self._is_cut and start < min(3, len(self._kept)) and self._kept[start] >> 6 == 0b10:
            start += 1
        return bytes(self._kept[start:])

    def _cut(self) -> None:
        del self._kept[: len(self._kept) - self._limit]
        self._is_cut = True


class Job:
    """A running command. Its standard input is ours, and it is in our process group.

    Without a `keep` of more than 0 bytes its output is ours as well, which leaves it a terminal and
    allows it to leave processes behind that write on.
    """

    def __init__(self, command: Sequence[str], *, keep: int) -> None:
        """Start it. Raises CannotStart."""
        _open_standard_streams()
        pipe = subprocess.PIPE if keep else None
        self._tail = Tail(keep)
        try:
            self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe, bufsize=0)  # noqa: S603
        except FileNotFoundError:
            raise CannotStart(f"{command[0]}: not found", NOT_FOUND) from None
        except OSError as error:
            raise CannotStart(f"{command[0]}: {error.strerror}", NOT_EXECUTABLE) from None

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended or a terminal has sent it that already."""
        if number not in _BY_KEYS or not _is_in_foreground():
            self._process.send_signal(number)

    def wait(self) -> int:
        """Pass its output through until it ends; return its status, 128 + n after signal n."""
        if self._process.stdout and self._process.stderr:
            self._pass_through(self._process.stdout, self._process.stderr)
            self._process.stdout.close()
            self._process.stderr.close()
        status = self._process.wait()
        return status if status >= 0 else _SIGNALLED - status

    def output(self) -> bytes:
        """Return the end of what it wrote, both streams as they came."""
        return self._tail.value()

    def _pass_through(self, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        ended, end = os.pipe()
        waiting = Thread(target=self._tell_end, args=(end,), daemon=True)
        waiting.start()
        with selectors.DefaultSelector() as selector:
            selector.register(ended, selectors.EVENT_READ, None)
            for source, target in ((stdout, _STDOUT), (stderr, _STDERR)):
                os.set_blocking(source.fileno(), False)
                selector.register(source, selectors.EVENT_READ, _Passage(source, target))
            self._read(selector, ended)
        waiting.join()
        os.close(ended)

    def _tell_end(self, end: int) -> None:
        self._process.wait()
        os.close(end)

    def _read(self, selector: selectors.BaseSelector, ended: int) -> None:
        """Read until the command has ended and nothing of its output is left.

        A process it left behind may keep the pipes open for ever. What the command itself wrote is
        in them when it ends, so from then on nothing is waited for.
        """
        deadline = None
        while True:
            timeout = None if deadline is None else 0
            ready = [key for key, _ in selector.select(timeout)]
            for key in ready:
                if key.fd == ended:
                    selector.unregister(ended)
                    deadline = time.monotonic() + _DRAIN
                elif not key.data.move(self._tail):
                    selector.unregister(key.fd)
            if deadline is not None and (not ready or time.monotonic() > deadline):
                return


class _Passage:
    """One stream of the command's output on its way to ours."""

    def __init__(self, source: IO[bytes], target: int) -> None:
        self._source = source
        self._target: int | None = target

    def move(self, tail: Tail) -> bool:
        """Pass on what there is; tell whether more may come."""
        try:
            data = os.read(self._source.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        tail.add(data)
        return bool(data) and self._write(data)

    def _write(self, data: bytes) -> bool:
        """Write it all; tell whether the command may write more.

        Where nobody reads ours any more it must meet that itself, as it would without us. Any other
        failure, of a full disk say, must not break it.
        """
        rest = memoryview(data)
        while rest and self._target is not None:
            try:
                rest = rest[os.write(self._target, rest) :]
            except BlockingIOError:
                select.select([], [self._target], [])
            except BrokenPipeError:
                self._source.close()
                return False
            except OSError:
                self._target = None
        return True


def _open_standard_streams() -> None:
    """Let no pipe take the number of a standard stream that we were started without."""
    for number in (0, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            os.set_inheritable(number, True)


def _is_in_foreground() -> bool:
    """Tell whether a terminal sends the signals of its keys to our process group."""
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    return False
