"""What became of telling a channel about a flip."""

from dataclasses import dataclass
from datetime import datetime

from nightbell.domain.check import Delivery, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What became of telling one channel about one flip."""

    check_id: str
    channel_id: str
    flip: datetime  # when the flip was
    status: Status
    reason: Reason
    state: Delivery
    updated: datetime
    attempts: int = 0
    error: str = ""  # why it was not sent, or not at once

    @property
    def is_test(self) -> bool:
        """Whether it was a test of the channel, about no check."""
        return self.check_id == check_id_of_test(self.channel_id)


def check_id_of_test(channel_id: str) -> str:
    """Return what stands for the check in the notification of a test of this channel."""
    return f"test#{channel_id}"
