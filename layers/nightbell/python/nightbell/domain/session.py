"""A browser's permission to see one project: how it is shown, and how long it lasts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_IDLE = timedelta(days=7)
_LIFE = timedelta(days=30)
# A screen on a wall has nobody who could sign in again, and can change nothing.
_WALL_LIFE = timedelta(days=365)

# How late `seen` may be: each note of a visit is a write.
_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one browser may see of one project, since it was shown one of its keys."""

    project_id: str
    token: str  # the digest of what the browser holds
    key: str  # the digest of the API key that was shown: the session ends with it
    created: datetime
    seen: datetime
    remote_addr: str = ""
    ua: str = ""
    wall: bool = False


def ends(session: Session) -> datetime:
    """Return when the session ends unless the browser is heard of before."""
    life = _WALL_LIFE if session.wall else _LIFE
    return min(session.seen + _IDLE, session.created + life)


def lifetime(*, wall: bool) -> timedelta:
    """Return how long a session lasts at most."""
    return _WALL_LIFE if wall else _LIFE


def is_to_be_noted(session: Session, now: datetime) -> bool:
    """Tell whether it is time to write down that the browser was heard of."""
    return now >= session.seen + _NOTED_EVERY
