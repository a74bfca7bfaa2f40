"""For how long reminders are to be put off, as a client says it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nightbell.domain.errors import InvalidSpec
from nightbell.domain.spec import MAX_SECONDS


def parse(document: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return until when there are to be no reminders, None to have them as usual.

    Raises InvalidSpec.
    """
    if "seconds" not in document:
        raise InvalidSpec("seconds", "is missing")
    seconds = document["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise InvalidSpec("seconds", "is not a number")
    if seconds < 0:
        raise InvalidSpec("seconds", "is too small")
    if seconds > MAX_SECONDS:
        raise InvalidSpec("seconds", "is too large")
    return now + timedelta(seconds=seconds) if seconds else None
