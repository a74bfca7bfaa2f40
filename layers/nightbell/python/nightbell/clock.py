"""The only reader of the system clock, and the only one who waits for it."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, in UTC, with microseconds."""
    return datetime.now(UTC)


def wait_until(moment: datetime) -> None:
    """Return once the moment has come; at once if it has passed."""
    time.sleep(max(0.0, (moment - now()).total_seconds()))
