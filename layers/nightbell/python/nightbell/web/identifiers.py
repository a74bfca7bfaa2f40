"""The identifiers of checks in paths."""

import re

from nightbell.domain.errors import MethodNotAllowed, NotFound

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNIQUE_KEY = re.compile(r"[0-9a-f]{40}")
_MOST_DIGITS = 15


def is_uuid(text: str) -> bool:
    """Tell whether the text is a UUID as Nightbell writes it: lower case, with hyphens."""
    return _UUID.fullmatch(text) is not None


def is_unique_key(text: str) -> bool:
    """Tell whether the text has the form of a unique_key."""
    return _UNIQUE_KEY.fullmatch(text) is not None


def require_uuid(text: str) -> str:
    """Return the UUID; raises NotFound for anything else."""
    if not is_uuid(text):
        raise NotFound
    return text


def require_uuid_to_write(text: str) -> str:
    """Return the UUID; raises MethodNotAllowed for a unique_key, which only serves to read."""
    if is_unique_key(text):
        raise MethodNotAllowed
    return require_uuid(text)


def require_ping_number(text: str) -> int:
    """Return the number of a ping; raises NotFound for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise NotFound
    return int(text)
