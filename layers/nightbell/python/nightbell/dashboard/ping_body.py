"""The body of a ping as people read it: as text, and byte for byte."""

import codecs
import re
from dataclasses import dataclass

from nightbell.mail import charset

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252, perhaps",
}
_MOST_CONTROLS = 0.05  # of the bytes of a text
_BYTES_A_LINE = 16

# Colours and movements of a terminal.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Other control characters are shown by their pictures.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | {
    0x7F: 0x2421
}


@dataclass(frozen=True, slots=True)
class Text:
    """A body as text."""

    text: str
    encoding: str  # as people call it; "" for what is hardly text


def as_text(body: bytes) -> Text:
    """Return the body as text, whatever it is; a character that was cut off at the end is left out.

    What is neither UTF-8 nor UTF-16 is taken for the commonest encoding of one byte a character.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return _read(body.removeprefix(bom), encoding)
    # The letters of most of the world's logs are zero and a byte of ASCII there.
    first, second = body[::2].count(0), body[1::2].count(0)
    if max(first, second) > len(body) / 4 and min(first, second) < len(body) / 40:
        return _read(body, "utf-16-be" if first > second else "utf-16-le")
    return _read(body, "cp1252" if charset.as_utf8(body) is None else "utf-8")


def readable(text: str) -> str:
    """Return the text so that all of it can be seen: no control characters, one kind of line end.

    What moves and colours the text on a terminal is left out.
    """
    lines = _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return lines.translate(_PICTURES).encode(errors="replace").decode()


def as_hex(body: bytes) -> str:
    """Return the bytes in hexadecimal, sixteen a line, with their place and what is ASCII."""
    lines = []
    for start in range(0, len(body), _BYTES_A_LINE):
        part = body[start : start + _BYTES_A_LINE]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{start:05x}  {part.hex(' '):<{3 * _BYTES_A_LINE - 1}}  {shown}")
    return "\n".join(lines)


def _read(body: bytes, encoding: str) -> Text:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(body)
    controls = sum(code in _PICTURES for code in map(ord, _TERMINAL.sub("", text)) if code != 0x0D)
    is_text = controls <= _MOST_CONTROLS * len(text)
    return Text(readable(text), _NAMES[encoding] if is_text else "")
