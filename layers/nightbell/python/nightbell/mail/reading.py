"""A mail as people read it: its headers, its texts, its attachments by name.

Only what the log keeps of a mail is read, a few thousand bytes, which may end anywhere. What is
found may hold any character, those that control a terminal, too.
"""

from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import BytesHeaderParser
from itertools import islice

from nightbell.mail import charset, encoded_words, html_lines, message, parts

_MOST_PARTS = 100
_FOREMOST = ("subject", "from", "to", "cc", "date")

# What the library raises for headers that no program wrote in earnest.
_FAULTS = (AttributeError, LookupError, MessageError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail that is no container of others."""

    content_type: str
    name: str  # of the file that it was, "" if none is told
    size: int  # in bytes
    text: str | None  # None for what is not to be read in the mail itself


@dataclass(frozen=True, slots=True)
class Mail:
    """What a person sees of a mail."""

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]

    @property
    def foremost(self) -> list[tuple[str, str]]:
        """The headers that people look at, in their order: mail servers put theirs above them."""
        return [one for name in _FOREMOST for one in self.headers if one[0].lower() == name]

    @property
    def subject(self) -> str:
        """The subject, "" if there is none."""
        return next((value for name, value in self.headers if name.lower() == "subject"), "")

    @property
    def text(self) -> str:
        """What is plain text, and of a mail without it what is HTML."""
        texts = [
            (one.content_type, one.text) for one in self.parts if one.text and one.text.strip()
        ]
        plain = [text for kind, text in texts if not kind.endswith("html")]
        return "\n".join(plain or [text for kind, text in texts if kind == "text/html"])


def read(raw: bytes) -> Mail | None:
    """Return the mail, None for bytes in which none is found, or too many nested ones."""
    try:
        fields = BytesHeaderParser().parsebytes(raw)
        label = parts.parameter(parts.headers(raw), "charset")
        headers = tuple((name, _line(value, label)) for name, value in fields.raw_items())
        leaves = islice(parts.leaves(raw), _MOST_PARTS)
        return Mail(headers, tuple(map(_part, leaves)))
    except (*_FAULTS, parts.TooManyParts):
        return None


def _part(part: parts.Part) -> Part:
    content = part.content()
    kind = part.media_type
    text = None
    if kind.startswith("text/") and not part.is_attachment:
        text = message.decoded(part, content)
        text = html_lines.shown_text(text) if kind == "text/html" else text
    return Part(kind, _file_name(part), len(content), text)


def _file_name(part: parts.Part) -> str:
    name = part.headers.get_filename("")
    with suppress(UnicodeEncodeError):  # it has said its character set, and so is a text already
        name = charset.decode(name.encode("latin-1"), "")
    return encoded_words.decode(name)


def _line(value: object, label: str) -> str:
    """Return what a header says on one line."""
    raw = str(value).encode(errors="surrogateescape")
    return message.header_text(b" ".join(raw.split()), label)
