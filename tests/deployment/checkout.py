"""A copy of the project with a terminal in it, where commands are typed and questions answered."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# How SAM ends a question: with what it takes for an answer if there is none.
_QUESTION = re.compile(r"\[[^\[\]]*\]: $")
_COLUMNS = 120
_SECONDS = 300


@dataclass(frozen=True)
class Checkout:
    """A folder with the project, and the environment of its terminal."""

    folder: Path
    environment: Mapping[str, str]

    def type(self, command: str, answers: Mapping[str, str] | None = None) -> str:
        """Run a command that must succeed; return all that it and its user wrote, without colours.

        Questions that hold a key of `answers` are answered with its value, and all others by
        pressing Enter alone. An answer that nobody asked for is a failure.
        """
        terminal, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 50, _COLUMNS, 0, 0))
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        left = dict(answers or {})
        try:
            printed = _converse(terminal, left)
            status = process.wait(_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            os.close(terminal)
        assert status == 0, f"{command} ended with {status}:\n{printed}"
        assert not left, f"{command} did not ask for {', '.join(left)}:\n{printed}"
        return printed


def _converse(terminal: int, answers: dict[str, str]) -> str:
    """Answer until the command has closed the terminal; take the answers that were used away."""
    deadline = time.monotonic() + _SECONDS
    printed = ""
    while True:
        ready, _, _ = select.select([terminal], [], [], 1)
        assert time.monotonic() < deadline, f"it does not end:\n{printed}"
        if not ready:
            continue
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux tells that nobody is left at the other end
            return printed
        if not part:
            return printed
        printed += _ANSI.sub("", part.decode(errors="replace")).replace("\r\n", "\n")
        question = printed.rpartition("\n")[2]
        if _QUESTION.search(question):
            asked = next((name for name in answers if name in question), None)
            answer = answers.pop(asked) if asked else ""
            os.write(terminal, answer.encode() + b"\n")
