"""How long each run in a ping log took."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from nightbell.domain.check import Ping, Signal

MAX_RUN = timedelta(hours=72)


def durations(pings: Iterable[Ping]) -> dict[int, timedelta]:
    """Return the duration by ping number, given the pings oldest first.

    Only a success or fail has one, and only if the start signal of its run id came at most 72
    hours before it with no other end of that run id between. As Ping.duration in healthchecks
    hc/api/models.py.
    """
    starts: dict[str | None, datetime] = {}
    measured = {}
    for ping in pings:
        if ping.kind is Signal.START:
            starts[ping.rid] = ping.created
        elif ping.kind in (Signal.SUCCESS, Signal.FAIL):
            start = starts.pop(ping.rid, None)
            if start is not None and elapsed(start, ping.created) <= MAX_RUN:
                measured[ping.n] = elapsed(start, ping.created)
    return measured


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the time from start to end, never less than none.

    The two may have been taken from the clocks of two machines.
    """
    return max(end - start, timedelta())
