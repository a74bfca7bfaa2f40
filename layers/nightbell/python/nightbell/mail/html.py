"""The text that a reader sees of HTML."""

import re
from collections.abc import Iterator

# What is between these is not read, wherever the end is: also none at all.
_UNREAD = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?P<name>script|style|title|template)\b.*?(?:</(?P=name)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)

# At which words end. Others may stand within a word.
_BREAKS = re.compile(
    r"</?(?=(?:address|article|aside|blockquote|body|br|button|caption|center|dd|details|dir|div|dl"
    r"|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|img|input|legend|li"
    r"|main|menu|nav|ol|option|p|pre|section|select|summary|table|tbody|td|textarea|tfoot|th|thead"
    r"|tr|ul)\b)",
    re.IGNORECASE,
)

# Shown as nothing.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))

# The time that the parser takes grows with the square of the depth, and of a tag's attributes.
_PIECE = 16_384  # characters

_TAG = re.compile(r"<[a-z/!?][^>]*>?", re.IGNORECASE)


def visible_text(source: str) -> str:
    """Return the text on one line, its words apart as a reader sees them."""
    source = _BREAKS.sub(r" \g<0>", without_unread(source))
    text = "".join(map(_text, _pieces(source)))
    return " ".join(text.translate(_INVISIBLE).split())


def without_unread(source: str) -> str:
    """Return the source without comments, scripts, styles and the title."""
    return _UNREAD.sub("", source)


def _text(piece: str) -> str:
    # Few mails need it, and it is in the layer of one function only.
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(f"<body>{piece}").root
    return root.text() if root else ""


def _pieces(source: str) -> Iterator[str]:
    """Return the source in pieces that end before a tag.

    One that is much longer than _PIECE is a text; a tag that may be so long is left out.
    """
    start = 0
    while start < len(source):
        end = source.find("<", start + _PIECE)
        if end < 0:
            end = len(source)
        if end - start <= 2 * _PIECE:
            yield source[start:end]
        else:
            last = max(source.rfind("<", start, end), start)
            tag = _TAG.match(source, last, end)
            yield source[start:last]
            yield source[tag.end() if tag else last : end]
        start = end
