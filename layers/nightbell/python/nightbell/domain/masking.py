"""Secrets of checks, masked in what people and jobs wrote."""

import re
from collections.abc import Callable
from dataclasses import replace

from nightbell.domain.check import Check

_MASK = "…"
# What may be between the characters of a secret: hyphens, or what is left out when a text is
# shown, such as colours and the zero bytes of UTF-16.
_BETWEEN = r"(?:\x1b\[[0-?]*[ -/]*[@-~]|[^0-9A-Za-z]){0,8}"

# What may be the UUID of a check: who has it can ping the check.
_ANY_UUID = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])",
    re.IGNORECASE,
)


def with_texts(check: Check, told: Callable[[str], str]) -> Check:
    """Return the check with what people wrote about it as this function tells it."""
    return replace(
        check,
        name=told(check.name),
        slug=told(check.slug),
        tags=told(check.tags),
        desc=told(check.desc),
    )


def without_uuids(text: str) -> str:
    """Return the text without UUIDs, of whatever they are."""
    return _ANY_UUID.sub(_MASK, text)


class Mask:
    """Puts an ellipsis where a text tells the check's UUID or the project's ping key."""

    def __init__(self, check_id: str, ping_key: str) -> None:
        secrets = (check_id.replace("-", ""), ping_key)
        pattern = "|".join(map(_spread, secrets))
        self._in_text = re.compile(pattern, re.IGNORECASE)
        # A beginning may end in the middle of a secret.
        at_end = "|".join(map(_begun, secrets))
        in_bytes = f"{pattern}|(?:{at_end})[-\\x00]*\\Z"
        self._in_bytes = re.compile(in_bytes.encode(), re.IGNORECASE)

    def text(self, text: str) -> str:
        """Return the text without the secrets."""
        return self._in_text.sub(_MASK, text)

    def beginning(self, body: bytes) -> bytes:
        """Return the beginning of a body without the secrets, whole or cut."""
        return self._in_bytes.sub(_MASK.encode(), body)

    def check(self, check: Check) -> Check:
        """Return the check with what people wrote about it masked."""
        return with_texts(check, self.text)


def _spread(secret: str) -> str:
    """Return a pattern for the secret, whatever it is interspersed with."""
    return _BETWEEN.join(map(_char, secret))


def _begun(secret: str) -> str:
    """Return a pattern for the beginning of the secret, from eight characters on."""
    more = ""
    for char in reversed(secret[8:]):
        more = f"(?:{_BETWEEN}{_char(char)}{more})?"
    return _spread(secret[:8]) + more


def _char(char: str) -> str:
    """Return a pattern for a character of a secret, which people leave out if it is a hyphen."""
    return char if char.isalnum() else f"{re.escape(char)}?"
