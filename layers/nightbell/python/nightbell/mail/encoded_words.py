"""Words of header fields that are written in another character set."""

import binascii
import re

from nightbell.mail import charset, parts

# As in https://www.rfc-editor.org/rfc/rfc2047, but as long and with such characters as are sent.
_ENCODED_WORD = re.compile(
    r"=\?(?P<charset>[^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?(?P<encoding>[bq])\?"
    r"(?P<text>(?:[^?]|\?(?!=)){0,2000}+)\?=",
    re.IGNORECASE,
)


def decode(text: str) -> str:
    """Return the text with its encoded words decoded, as far as they can be."""
    pieces: list[str] = []
    words: list[re.Match[str]] = []  # that stand side by side, of the same character set
    position = 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[position : word.start()]
        joined = bool(words) and not between.strip()
        if not joined or words[-1]["charset"].lower() != word["charset"].lower():
            pieces.append(_decoded(words))
            words = []
        if not joined:
            pieces.append(between)
        words.append(word)
        position = word.end()
    return "".join([*pieces, _decoded(words), text[position:]])


def _decoded(words: list[re.Match[str]]) -> str:
    """Return the text of encoded words; a character may begin in one and end in the next."""
    content = b"".join(
        parts.from_base64(word["text"].encode("latin-1", errors="replace"))
        if word["encoding"] in "bB"
        else binascii.a2b_qp(word["text"].encode(), header=True)
        for word in words
    )
    return charset.decode(content, words[0]["charset"]) if words else ""
