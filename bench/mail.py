"""What it takes to read hostile mails of up to 40 MB: `python -m bench.mail`. Two minutes.

Each is made by one process and read by another, for its subject and its body, as for a check that
looks for keywords in both.
"""

import base64
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.memory import peak_mb
from nightbell.mail.message import Message

_LARGEST = 40_000_000  # bytes that SES takes
_ROUNDS = 3

_PARTS = b"Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n"
_HTML = b"Subject: a\nContent-Type: text/html\n\n"
_QUOTED = b"Content-Transfer-Encoding: quoted-printable\n\n"
_BASE64 = b"Content-Transfer-Encoding: base64\n\n"
_ENCLOSED = b"Content-Type: message/rfc822\n"


@dataclass(frozen=True)
class MailFigures:
    """What it took to read one mail."""

    name: str
    size: int  # bytes
    cpu_ms: float
    peak_mb: int  # of the whole process, with Python and the mail
    characters: int  # in which keywords are looked for


def measure() -> list[MailFigures]:
    """Read all mails: of several rounds the least time, and the most memory."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "mail")
        for name in _MAILS:
            _in_a_process("make", str(file), name)
            rounds = [json.loads(_in_a_process("read", str(file))) for _ in range(_ROUNDS)]
            least = min(each["cpu_ms"] for each in rounds)
            peak = int(max(each["peak_mb"] for each in rounds))
            figures.append(
                MailFigures(name, file.stat().st_size, least, peak, rounds[0]["characters"])
            )
    return figures


def text(figures: list[MailFigures]) -> str:
    """Return the figures as a table."""
    rows = [f"{'mail':42}{'MB':>6}{'CPU ms':>9}{'peak MB':>9}{'characters':>13}"]
    return "\n".join([*rows, *map(_row, figures)])


def _row(mail: MailFigures) -> str:
    measured = f"{mail.cpu_ms:9,.0f}{mail.peak_mb:9}{mail.characters:13,}"
    return f"{mail.name:42}{mail.size / 1e6:6.1f}{measured}"


def _in_a_process(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "bench.mail", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _read(file: Path) -> str:
    message = Message(file.read_bytes())
    start = time.process_time_ns()
    characters = len(message.subject()) + len(message.body())
    figures = {
        "cpu_ms": (time.process_time_ns() - start) / 1_000_000,
        "peak_mb": peak_mb(),
        "characters": characters,
    }
    return json.dumps(figures)


def _filled(head: bytes, unit: bytes, size: int = _LARGEST) -> bytes:
    return head + unit * ((size - len(head)) // len(unit))


def _nested(depth: int) -> bytes:
    levels = (
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (level, level)
        for level in range(depth)
    )
    return b"".join(levels) + b"\nhi\n"


def _encoded_again_and_again(times: int) -> bytes:
    mail = b"\n" + b"hi\n" * 2_000_000
    for _ in range(times):
        mail = _ENCLOSED + _BASE64 + base64.encodebytes(mail)
    return mail


def _attributes() -> bytes:
    return _HTML + b"<p a='>' " + b" ".join(b"a%d=1" % number for number in range(110_000)) + b">x"


def _zip() -> bytes:
    noise = base64.encodebytes(random.Random(1).randbytes(29_500_000))
    head = _PARTS + b"--b\n\nhi\n--b\nContent-Type: application/zip\n"
    return head + _BASE64 + noise


_MAILS: dict[str, Callable[[], bytes]] = {
    "a usual one": lambda: _HTML + b"<p>The backup has completed <b>successfully</b></p>\n" * 40,
    "an attachment": _zip,
    "plain text": lambda: _filled(b"\n", b"a line of a log, as long as lines are\n"),
    "base64": lambda: _filled(_BASE64, b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n"),
    "quoted-printable, line breaks only": lambda: _filled(_QUOTED, b"\n"),
    "quoted-printable, spaces only": lambda: _filled(_QUOTED, b" "),
    "quoted-printable, nothing": lambda: _filled(_QUOTED, b"=\n"),
    "noise": lambda: random.Random(1).randbytes(_LARGEST),
    "emoji": lambda: _filled(b"\n", "😀".encode()),
    "ISO-2022-JP, a switch at each character": lambda: _filled(
        b"Content-Type: text/plain; charset=iso-2022-jp\n\n", b"\x1b$BF|\x1b(B"
    ),
    "a header without an end": lambda: _filled(b"Subject: ", b"x"),
    "headers only": lambda: _filled(b"", b"a: b\n"),
    "a header of many lines": lambda: _filled(b"Subject: a\n", b" x\n"),
    "a million encoded words in the subject": lambda: _filled(b"Subject: ", b"=?utf-8?q?a?= "),
    "encoded words without an end": lambda: _filled(b"Subject: ", b"=?utf-8?q?"),
    "10,000 parts": lambda: _filled(_PARTS, b"--b\n\n" + b"x" * 3990 + b"\n"),
    "9 million empty parts": lambda: _filled(_PARTS, b"\n--b"),
    "1,000 parts, each all headers": lambda: _filled(
        _PARTS, b"--b\n" + b"a:\n" * 13_000 + b"\n\nx\n"
    ),
    "1,000 parts, parameters only": lambda: _filled(
        _PARTS, b"--b\nContent-Type: a/b; charset=format" + b";" * 900 + b"\n\nx\n", 1_000_000
    ),
    "1,000 parts of HTML": lambda: _filled(
        _PARTS, b"--b\nContent-Type: text/html\n\n" + b"<div>" * 190 + b"\n", 1_000_000
    ),
    "lines that are nearly boundaries": lambda: _filled(_PARTS, b"\n--bx"),
    "parts in parts, 100,000 deep": lambda: _nested(100_000),
    "mails in mails, a million deep": lambda: _filled(b"", _ENCLOSED + b"\n"),
    "mails in mails, encoded again": lambda: _encoded_again_and_again(6),
    "mails in mails, quoted-printable": lambda: _filled((_ENCLOSED + _QUOTED) * 25, b"x"),
    "20 deep, then text": lambda: _filled(_nested(19), b"\n--x"),
    "HTML, 40 MB": lambda: _filled(_HTML, b"<p>word"),
    "HTML, <p>": lambda: _filled(_HTML, b"<p>", 1_048_000),
    "HTML, <div>": lambda: _filled(_HTML, b"<div>", 1_048_000),
    "HTML, <": lambda: _filled(_HTML, b"<", 1_048_000),
    "HTML, tables in tables": lambda: _filled(_HTML, b"<table><tr><td>", 1_048_000),
    "HTML, elements that must be mended": lambda: _filled(_HTML, b"<a><b><i><u><s><p>", 1_048_000),
    "HTML, scripts without an end": lambda: _filled(_HTML, b"<script>", 1_048_000),
    "HTML, comments without an end": lambda: _filled(_HTML, b"<!--", 1_048_000),
    "HTML, 110,000 attributes": _attributes,
}


def main() -> int:
    """Make or read the mail in a file, or measure all; return the exit status."""
    match sys.argv[1:]:
        case ["make", file, name]:
            Path(file).write_bytes(_MAILS[name]())
        case ["read", file]:
            print(_read(Path(file)))
        case _:
            print(f"Python {platform.python_version()}, {platform.machine()}\n")
            print(text(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
