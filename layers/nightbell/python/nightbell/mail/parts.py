"""The parts of a mail: where they are in its bytes, and what their headers say of them.

For mail that is large or hostile: only the bytes of header blocks are looked at one by one, and
there is a bound on all that is counted.
"""

import binascii
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Headers

# A mail with more is not taken apart any further.
MAX_PARTS = 1000
MAX_DEPTH = 20  # of parts within parts
_MAX_BOUNDARIES = 10_000  # lines that begin as a boundary does
_MAX_HEADERS = 262_144  # bytes of a header block
_MAX_ALL_HEADERS = 4_194_304  # bytes of all header blocks
_MAX_ENCLOSED = 67_108_864  # bytes of enclosed mails that are encoded once more
_MAX_PARAMETERS = 1024  # bytes of a field that has parameters
_MAX_SUBJECT = 32_768  # bytes

# Header fields, as long as there are any. Programs leave among them a line of the mailbox format,
# and the mark that Windows begins files with.
_HEADER_BLOCK = re.compile(
    rb"(?![ \t])(?:(?:(?:\xef\xbb\xbf)?[!-9;-~]++[ \t]*:|>?From |[ \t])[^\n]*+(?:\n|\Z))++"
)
_FIELD = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?P<name>subject|content-(?:type|disposition|transfer-encoding))[ \t]*:"
    rb"(?P<value>[^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_END_OF_BOUNDARY = re.compile(rb"(?P<last>--)?[ \t]*+(?:\n|\Z)")
_FOLDING = re.compile(rb"\n[ \t]*")

# Programs add comments and spaces, and forget the semicolon.
_MEDIA_TYPE = re.compile(
    rb"\A(?:\s|\([^()]*\))*+(?P<type>[\w.+-]++)\s*+/\s*+(?P<subtype>[\w.+-]++)"
    rb"(?:\s|\([^()]*\))*+;?"
)
_ENCODING = re.compile(r"(?:[\s\"']|\([^()]*\))*+(?P<name>[\w-]++)")

# With what got into it on its way: mail servers break lines that are too long, by "!" and a space.
_BASE64 = re.compile(
    rb"(?:[A-Za-z0-9+/\s]++|(?<=.)[^A-Za-z0-9+/=\s]{1,3}+(?=\s*+[A-Za-z0-9+/]{20}))++(?:=\s*+){0,2}",
    re.DOTALL,
)
_NO_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + b"0123456789+/"))
_SPACE_BEFORE_LINE_BREAK = re.compile(rb"(?<![ \t])[ \t]++(?=\n)")


class TooManyParts(Exception):
    """A mail has more parts, or deeper ones, than are looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail that has no parts itself."""

    headers: Headers
    _raw: bytes
    _start: int
    _end: int

    @property
    def media_type(self) -> str:
        """The type in lower case; text/plain if none is given that can be one."""
        return self.headers.get_content_type()

    @property
    def is_attachment(self) -> bool:
        """Whether it is to be shown only when asked for."""
        return self.headers.get_content_disposition() == "attachment"

    def content(self) -> bytes:
        """Return the bytes as they were before the transfer, as far as they can be known."""
        return _decoded(self.headers, self._raw[self._start : self._end])


def parameter(headers: Headers, name: str) -> str:
    """Return a parameter of the media type, "" if it is not given."""
    if name not in headers.get("Content-Type", "").lower():
        return ""  # found soon, unlike by taking apart what may be hostile
    try:
        value = headers.get_param(name, "")
    except (TypeError, ValueError):  # the library's, at parameters in pieces that do not fit
        return ""
    return str(value[2] if isinstance(value, tuple) else value).strip()


def headers(raw: bytes) -> Headers:
    """Return the subject of a mail and what tells what it is, each byte a character of Latin-1."""
    return _split(_with_line_feeds(raw[:_MAX_HEADERS]), 0, _MAX_HEADERS)[0]


def leaves(raw: bytes) -> Iterator[Part]:
    """Return the parts that have no parts themselves, those of enclosed mails too, in their order.

    Raises TooManyParts in its place, once a bound is passed.
    """
    raw = _with_line_feeds(raw)
    return _Reader().leaves(raw, 0, len(raw), "text/plain", 0)


def _with_line_feeds(raw: bytes) -> bytes:
    """Return the bytes with one kind of line break: some programs write that of old Macs."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


class _Reader:
    """Counts over all parts of one mail."""

    def __init__(self) -> None:
        self._parts = 0
        self._boundaries = 0
        self._headers = 0
        self._enclosed = 0

    def leaves(
        self, raw: bytes, start: int, end: int, default_type: str, depth: int
    ) -> Iterator[Part]:
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            raise TooManyParts
        block_start = start
        fields, start = _split(raw, start, end)
        self._headers += start - block_start
        if self._headers > _MAX_ALL_HEADERS:
            raise TooManyParts
        fields.set_default_type(default_type)
        match fields.get_content_maintype(), fields.get_content_subtype():
            case "multipart", subtype:
                ranges = self._ranges(raw, start, end, fields)
                inner_type = "message/rfc822" if subtype == "digest" else "text/plain"
                for inner_start, inner_end in ranges or ():
                    yield from self.leaves(raw, inner_start, inner_end, inner_type, depth + 1)
                if ranges is not None:
                    return
                fields.replace_header("Content-Type", "text/plain")  # that is all it can be
            case "message", "rfc822" | "global":
                if _encoding(fields) in ("base64", "quoted-printable"):
                    self._enclosed += end - start
                    if self._enclosed > _MAX_ENCLOSED:
                        raise TooManyParts
                    raw = _with_line_feeds(_decoded(fields, raw[start:end]))
                    start, end = 0, len(raw)
                yield from self.leaves(raw, start, end, "text/plain", depth + 1)
                return
        yield Part(fields, raw, start, end)

    def _ranges(
        self, raw: bytes, start: int, end: int, fields: Headers
    ) -> list[tuple[int, int]] | None:
        """Return where the parts between the boundaries are, None if there is no boundary."""
        boundary = parameter(fields, "boundary").encode("latin-1", errors="replace")
        if not boundary:
            return None
        delimiter = b"--" + boundary
        ranges: list[tuple[int, int]] = []
        inner_start = None
        at = start if raw.startswith(delimiter, start, end) else _find(raw, delimiter, start, end)
        while at >= 0:
            self._boundaries += 1
            if self._boundaries > _MAX_BOUNDARIES:
                raise TooManyParts
            line = _END_OF_BOUNDARY.match(raw, at + len(delimiter), end)
            if line:
                if inner_start is not None:
                    # The line break before a boundary belongs to it.
                    ranges.append((inner_start, max(inner_start, at - 1)))
                if line["last"]:
                    return ranges
                inner_start = line.end()
            at = _find(raw, delimiter, at, end)
        if inner_start is None:
            return None
        return [*ranges, (inner_start, end)]  # programs leave the last boundary out


def _find(raw: bytes, delimiter: bytes, start: int, end: int) -> int:
    """Return where the next line begins that begins with the delimiter, -1 if none does."""
    found = raw.find(b"\n" + delimiter, start, end)
    return found + 1 if found >= 0 else -1


def _split(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """Return what the header block says, and where the text after it begins."""
    block = _HEADER_BLOCK.match(raw, start, min(end, start + _MAX_HEADERS))
    block_end = block.end() if block else start
    fields = Headers()
    for field in _FIELD.finditer(raw, start, block_end):
        name = field["name"].decode().title()
        if name not in fields:  # the first, as mail programs show it
            longest = _MAX_SUBJECT if name == "Subject" else _MAX_PARAMETERS
            value = _FOLDING.sub(b" ", field["value"][:longest])
            if name == "Content-Type":
                value = _MEDIA_TYPE.sub(rb"\g<type>/\g<subtype>;", value)
            fields[name] = value.strip().decode("latin-1")
    return fields, block_end + raw.startswith(b"\n", block_end, end)


def _encoding(fields: Headers) -> str:
    found = _ENCODING.match(str(fields.get("Content-Transfer-Encoding", "")))
    return found["name"].lower().replace("_", "-") if found else ""


def _decoded(fields: Headers, encoded: bytes) -> bytes:
    match _encoding(fields):
        case "base64":
            return from_base64(encoded)
        case "quoted-printable":
            return binascii.a2b_qp(_SPACE_BEFORE_LINE_BREAK.sub(b"", encoded))
    return encoded


def from_base64(encoded: bytes) -> bytes:
    """Return the decoded bytes, and as it is what follows: programs append their lines to all."""
    found = _BASE64.match(encoded)
    if found is None:
        return encoded
    digits = found[0].translate(None, _NO_BASE64)
    if len(digits) % 4 == 1:
        digits = digits[:-1]  # it alone is no byte
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)) + encoded[found.end() :]
