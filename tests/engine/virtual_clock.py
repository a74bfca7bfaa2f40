"""A clock on which waiting takes no time, and on which things happen meanwhile."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any


class VirtualClock:
    """Stands in for `nightbell.clock`."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._agenda: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return self.moment

    def wait_until(self, moment: datetime) -> None:
        """Let time pass, and happen what was planned for it."""
        while self._agenda and self._agenda[0][0] <= moment:
            at, _, action = heapq.heappop(self._agenda)
            self.moment = max(self.moment, at)
            action()
        self.moment = max(self.moment, moment)

    def advance(self, **length: float) -> None:
        """Let that much time pass, in the words of timedelta."""
        self.wait_until(self.moment + timedelta(**length))

    def plan(self, moment: datetime, action: Callable[[], Any]) -> None:
        """Let something happen at that moment, while somebody waits for it to pass."""
        heapq.heappush(self._agenda, (moment, next(self._numbers), action))
