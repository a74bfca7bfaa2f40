"""A mail as people read it: its headers, its texts, its attachments by name.

Only what the log keeps of a mail is read, a few thousand bytes, which may end anywhere.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from html.parser import HTMLParser
from itertools import islice

from nightbell.dashboard.ping_body import readable
from nightbell.mail import charset, encoded_words
from nightbell.mail.parts import parameter

_MOST_PARTS = 100

# What the library raises for mails that no program wrote in earnest.
_FAULTS = (AttributeError, LookupError, MessageError, RecursionError, TypeError, ValueError)

_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_PARAGRAPHS = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1"}
    | {"h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section"}
    | {"table", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})


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


def read(raw: bytes) -> Mail | None:
    """Return the mail, None for bytes in which the library finds none, or too many nested ones."""
    try:
        message = message_from_bytes(raw)
        headers = tuple((readable(name), _header(value)) for name, value in message.raw_items())
        leaves = (part for part in message.walk() if not part.is_multipart())
        return Mail(headers, tuple(_part(leaf) for leaf in islice(leaves, _MOST_PARTS)))
    except _FAULTS:
        return None


def html_as_text(html: str) -> str:
    """Return what a reader sees of a document, without its look."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # what the library raises for some broken declarations
        return html
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _part(part: Message) -> Part:
    content = part.get_payload(decode=True)
    body = content if isinstance(content, bytes) else b""
    kind = part.get_content_type()
    text = None
    if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
        text = charset.decode(body, parameter(part, "charset"))
        text = readable(html_as_text(text) if kind == "text/html" else text)
    return Part(readable(kind), _header(part.get_filename("")), len(body), text)


def _header(value: object) -> str:
    """Return a header on one line, with encoded words decoded."""
    raw = str(value).encode(errors="surrogateescape")
    return readable(encoded_words.decode(" ".join(charset.decode(raw, "").split())))


class _Reader(HTMLParser):
    """Collects the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN and not self._unseen:
            self._unseen = tag
        self._part(tag)
        if tag == "img":
            self.pieces.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(" ".join(data.split("\n")))

    def _part(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append(" ")
