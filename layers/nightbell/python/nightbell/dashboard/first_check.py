"""The way into an empty project: its first check, until the first ping and a while after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from nightbell.domain.check import Check
from nightbell.domain.slug import slugify

NAME = "My first job"
PERIODS = (
    ("60", "minute"),
    ("300", "5 minutes"),
    ("900", "15 minutes"),
    ("3600", "hour"),
    ("86400", "day"),
    ("604800", "week"),
    ("2678400", "month"),
)
PERIOD = "86400"

_CELEBRATED_FOR = timedelta(days=1)
_MOST_GRACE = 24 * 3600


def document(name: str, period: str) -> dict[str, Any]:
    """Return the check as a client of the API would send it: told to all channels.

    `period` is one of PERIODS, or else nothing is expected to be valid about it.
    """
    known = dict(PERIODS)
    seconds = int(period) if period in known else 0
    return {
        "channels": "*",
        "grace": max(60, min(seconds // 6, _MOST_GRACE)),
        "name": name,
        "slug": slugify(name),
        "timeout": seconds,
    }


def of(checks: Sequence[Check], now: datetime) -> Check | None:
    """Return the project's only check if it waits for its first ping, or was made of late."""
    if len(checks) != 1:
        return None
    (check,) = checks
    is_fresh = now < check.created + _CELEBRATED_FOR
    return check if is_fresh or not check.n_pings else None


def state(check: Check | None) -> object:
    """Return what a page tells of the first check, beside its row, as plain values."""
    if check is None:
        return None
    timing = (check.kind.value, check.timeout, check.schedule, check.tz)
    return timing, check.methods, bool(check.channels), check.n_pings > 0
