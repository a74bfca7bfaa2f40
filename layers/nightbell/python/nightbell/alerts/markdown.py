"""Text that is taken literally where Markdown is read."""

import re
from collections.abc import Callable

# Addresses that mean nothing but themselves in any Markdown, nor mention anybody, and the space
# around them.
_LINK = re.compile(r"(\s*(?<!\S)https?://[A-Za-z0-9./:?=&%#+,;~_-]+(?!\S)\s*)")

# What begins emphasis, code, a spoiler, a link, a mention or a tag; and at the beginning of a line
# a heading, a quotation or an item of a list.
_SPECIAL = re.compile(
    r"[\\*_~`|<>\[\]@]|^[ \t]*[#+-]|^[ \t]*[0-9]+(?=[.)])",
    re.MULTILINE,
)
_BACKTICKS = re.compile("`+")


def escape(text: str) -> str:
    """Return the text with backslashes before what has a meaning."""
    return _SPECIAL.sub(_with_backslash, text)


def code(text: str) -> str:
    """Return the text, on one line, as code, in which nothing has a meaning.

    For Markdown that knows no way to escape, or looks for mentions in what is escaped too.
    """
    line = " ".join(text.split())
    if not line:
        return ""
    quote = _longer_than_any_in(line, 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{quote}{space}{line}{space}{quote}"


def keep_links(text: str, write: Callable[[str], str]) -> str:
    """Return the text as `write` writes it, but for its links: they stay what they are."""
    parts = _LINK.split(text)
    parts[::2] = map(write, parts[::2])
    return "".join(parts)


def block(text: str) -> str:
    """Return the lines of the text as a block of code, in which nothing has a meaning."""
    fence = _longer_than_any_in(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def _with_backslash(match: re.Match[str]) -> str:
    found = match[0]
    return f"{found}\\" if found[-1].isdigit() else f"{found[:-1]}\\{found[-1]}"


def _longer_than_any_in(text: str, shortest: int) -> str:
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    return "`" * max(shortest, longest + 1)
