"""What paths name: versions of the API, checks, channels, pings."""

import re

from nightbell.domain.errors import MethodNotAllowed, NotFound
from nightbell.web import digits

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNIQUE_KEY = re.compile(r"[0-9a-f]{40}")
_MOST_DIGITS = 15


def require_v3(version: str) -> None:
    """Let only version 3 of the API pass; raises NotFound for the others."""
    if version != "v3":
        raise NotFound


def require_uuid(text: str) -> str:
    """Return the UUID, lower case with hyphens; raises NotFound for anything else."""
    if not _UUID.fullmatch(text):
        raise NotFound
    return text


def require_identifier(text: str) -> str:
    """Return the UUID or unique_key; raises NotFound for anything else."""
    return text if _UNIQUE_KEY.fullmatch(text) else require_uuid(text)


def require_unique_key(text: str) -> str:
    """Return the unique_key; raises NotFound for anything else."""
    if not _UNIQUE_KEY.fullmatch(text):
        raise NotFound
    return text


def require_uuid_to_write(text: str) -> str:
    """Return the UUID; raises MethodNotAllowed for a unique_key, which only serves to read."""
    if _UNIQUE_KEY.fullmatch(text):
        raise MethodNotAllowed
    return require_uuid(text)


def require_ping_number(text: str) -> int:
    """Return the number of a ping; raises NotFound for what is none."""
    number = digits.number(text, _MOST_DIGITS)
    if number is None:
        raise NotFound
    return number
