"""The subject and the text of a mail, in which keywords are looked for.

Nothing that a mail can hold is an error, and what it takes is bounded. Of a mail that passes a
bound, the source is looked at instead.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from nightbell.mail import charset, encoded_words, html, parts

# Of a longer text, the first and the last half of it: programs tell the outcome at the end.
_MAX_TEXT = 4_194_304  # bytes of a part
_MAX_TEXTS = 16_777_216  # bytes of all parts
_MAX_HTML = 1_048_576  # bytes of all HTML that are read as such
_LONGEST_LINE = 1000  # bytes, as SMTP has it

_HTML = {"text/html", "text/x-amp-html"}

# https://www.rfc-editor.org/rfc/rfc3676; the line of a signature ends in a space too.
_BREAK_OF_LAYOUT = re.compile(r"(?<!^--) \r?\n ?(?!>)", re.MULTILINE)
_META_CHARSET = re.compile(
    rb"<meta\b[^>]*?charset\s*=\s*[\"']?(?P<charset>[\w.:-]+)", re.IGNORECASE
)


class Message:
    """A mail as it came, read only as far as it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def subject(self) -> str:
        """Return the subject, decoded and on one line; empty if there is none."""
        return self._subject

    def body(self) -> str:
        """Return what a reader sees of the mail: all its texts that are not attachments."""
        return self._body

    @cached_property
    def _subject(self) -> str:
        headers = parts.headers(self._raw)
        subject = headers.get("Subject", "").encode("latin-1")
        return header_text(subject, parts.parameter(headers, "charset"))

    @cached_property
    def _body(self) -> str:
        return "\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        """Return the text of each part, and the source once a bound on the parts is passed."""
        left, html_left = _MAX_TEXTS, _MAX_HTML
        try:
            for part in parts.leaves(self._raw):
                if not part.media_type.startswith("text/") or part.is_attachment:
                    continue
                length = min(_MAX_TEXT, left)
                content = _ends(part.content(), length)
                left -= min(len(content), length)
                if part.media_type in _HTML and len(content) <= html_left:
                    html_left -= len(content)
                    yield html.visible_text(decoded(part, content))
                else:
                    yield decoded(part, content)
        except parts.TooManyParts:
            yield charset.decode(_ends(self._raw, _MAX_TEXT), "")


def _ends(content: bytes, length: int) -> bytes:
    """Return the content, or both ends of it that are within the length."""
    if len(content) <= length:
        return content
    head, tail = content[: length // 2], content[len(content) - length // 2 :]
    # Not within a character, if there is a line break near.
    line_end = head.rfind(b"\n", -_LONGEST_LINE)
    line_start = tail.find(b"\n", 0, _LONGEST_LINE)
    return (head[:line_end] if line_end >= 0 else head) + b"\n" + tail[line_start + 1 :]


def header_text(value: bytes, label: str) -> str:
    """Return what a header says; `label` is what the mail calls the character set of its text."""
    # Headers are in ASCII; what is not is in the character set of the text, by habit.
    is_plain = value.isascii() and b"\x1b" not in value
    return encoded_words.decode(charset.decode(value, "" if is_plain else label))


def decoded(part: parts.Part, content: bytes) -> str:
    """Return the characters of a part of text: of HTML, those of its source."""
    is_html = part.media_type in _HTML
    label = parts.parameter(part.headers, "charset")
    if is_html and not label:
        found = _META_CHARSET.search(content, 0, _LONGEST_LINE)
        label = found["charset"].decode() if found else ""
    text = charset.decode(content, label)
    if is_html or parts.parameter(part.headers, "format").lower() != "flowed":
        return text
    between = "" if parts.parameter(part.headers, "delsp").lower() == "yes" else " "
    return _BREAK_OF_LAYOUT.sub(between, text)
