"""The only reader of the system clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, in UTC, with microseconds."""
    return datetime.now(UTC)
