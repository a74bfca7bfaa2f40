"""The lines in which a reader sees HTML, for mails that people look at.

Keywords are looked for on one line, which `html.py` makes with a library that pages are without.
"""

import re
from collections.abc import Iterator
from html import unescape

from nightbell.mail.html import without_unread

# Attributes may hold ">" in quotes; what has no end goes to the end of the text.
_TAG = re.compile(
    r"<(?:/?(?P<name>[a-z][^\s/>]*+)|[/!?])"
    r"(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?)*+)>?",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"(?<!\S)alt\s*+=\s*+(?:\"(?P<double>[^\"]*+)|'(?P<single>[^']*+)|(?P<bare>\S++))",
    re.IGNORECASE,
)
_PARAGRAPHS = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1"}
    | {"h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section"}
    | {"table", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})


def shown_text(html: str) -> str:
    """Return what a reader sees of a document, without its look."""
    return "\n".join(_lines(without_unread(html)))


def _lines(source: str) -> Iterator[str]:
    """Yield the lines in which HTML is shown; those of preformatted text as they are."""
    line: list[str] = []
    is_preformatted = False
    end = 0
    for tag in _TAG.finditer(source):
        line.append(_unescaped(source[end : tag.start()]))
        end = tag.end()
        name = (tag["name"] or "").lower()
        if name in _PARAGRAPHS:
            yield from _shown("".join(line), is_preformatted)
            line = []
            if name == "pre":
                is_preformatted = not tag[0].startswith("</")
        elif name in _CELLS:
            line.append(" ")
        elif name == "img" and (found := _ALTERNATIVE.search(tag["rest"])):
            line.append(_unescaped(found["double"] or found["single"] or found["bare"] or ""))
    line.append(_unescaped(source[end:]))
    yield from _shown("".join(line), is_preformatted)


def _shown(text: str, is_preformatted: bool) -> list[str]:
    if is_preformatted:
        return [line.rstrip() for line in text.strip("\r\n").split("\n")]
    words = " ".join(text.split())
    return [words] if words else []


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a number of a character that has thousands of digits
        return text
