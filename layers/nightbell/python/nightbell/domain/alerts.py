"""Which flips are announced, under which id, and when a failed attempt is repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from nightbell.domain.check import EPOCH, Check, Flip, Reason, Status

_MICROSECOND = timedelta(microseconds=1)

# Retries after 10, 20, 40 … seconds, then every half hour: some four hours with 16 tries.
_FIRST_DELAY = timedelta(seconds=10)
_LONGEST_DELAY = timedelta(minutes=30)

# A channel that does not answer is left alone for so long after its first failure, and longer
# after each further one.
_FIRST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be told to whom: one flip of a check, to one channel."""

    project_id: str
    check_id: str
    channel_id: str
    flip: Flip
    site: str = ""  # where people find the check: base of the API's own URLs, "" if not known

    @property
    def delivery_id(self) -> str:
        """The name of this delivery, the same each time; the UUID cannot be told from it."""
        moment = (self.flip.created - EPOCH) // _MICROSECOND
        text = f"{self.check_id}/{moment}/{self.channel_id}"
        return sha256(text.encode()).hexdigest()[:32]

    @property
    def group_id(self) -> str:
        """What has to be told in order: all about this check to this channel."""
        return sha256(f"{self.check_id}/{self.channel_id}".encode()).hexdigest()[:32]


def is_announced(flip: Flip) -> bool:
    """Tell whether channels hear of the flip: down, and up from down, and reminders.

    As Flip.select_channels in healthchecks hc/api/models.py.
    """
    if flip.new_status is Status.DOWN:
        return flip.old_status is not Status.DOWN or flip.reason is Reason.NAG
    return flip.new_status is Status.UP and flip.old_status is Status.DOWN


def is_news(flip: Flip, check: Check, now: datetime, max_age: timedelta) -> bool:
    """Tell whether the flip is still worth telling.

    However long it took to get here, the present status of a check is; what is over is until it
    is so old. Of reminders only the latest is, while the check is down and nobody snoozes it.
    """
    is_present = check.status is flip.new_status and _is_latest(flip, check.last_flip)
    if flip.reason is Reason.NAG:
        is_snoozed = check.snoozed_until is not None and now < check.snoozed_until
        return is_present and not is_snoozed and _is_latest(flip, check.last_nag)
    return is_present or now - flip.created <= max_age


def retry_delay(tries: int, luck: float) -> timedelta:
    """Return how long to wait after so many tries; `luck` from 0 to 1 makes it vary by a half."""
    delay: timedelta = min(_FIRST_DELAY * 2 ** min(tries - 1, 20), _LONGEST_DELAY)
    return delay * (0.75 + luck / 2)


def rest(failing_for: timedelta) -> timedelta:
    """Return for how long a channel that has not answered for so long is left alone."""
    return min(max(_FIRST_REST, failing_for), _LONGEST_REST)


def _is_latest(flip: Flip, latest: datetime | None) -> bool:
    return latest is None or latest <= flip.created
