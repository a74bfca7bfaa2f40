"""The latest runs of several checks, for small drawings."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from nightbell.domain.check import Check, LoggedPing, Signal
from nightbell.store import pings

# A run may be two pings, a start and its end.
_PINGS = 20
_THREADS = 16
_MOST_KNOWN = 2000

# How long a run took, in seconds, None if it was not measured; and whether it failed.
Run = tuple[float | None, bool]

# What this process has read: by check, its number of pings then, and the runs.
_known: dict[str, tuple[int, list[Run]]] = {}


def latest_runs(checks: Sequence[Check], log_limit: int) -> dict[str, list[Run]]:
    """Return the latest runs, oldest first, by the unique_key of the check.

    One query for each check that was pinged since this process read its log, which shows the
    latest `log_limit` pings.
    """

    def read(check: Check) -> list[Run]:
        logged = pings.list_latest(check, min(_PINGS, log_limit))
        runs = [_run(ping) for ping in reversed(logged) if ping.ping.kind in _ENDS]
        return runs[1:] if _begins_within_a_run(logged, runs) else runs

    unread = [check for check in checks if _is_unread(check)]
    if unread:
        if len(_known) + len(unread) > _MOST_KNOWN:
            _known.clear()
        with ThreadPoolExecutor(_THREADS) as pool:
            for check, runs in zip(unread, pool.map(read, unread), strict=True):
                _known[check.check_id] = (check.n_pings, runs)
    return {check.unique_key: _known.get(check.check_id, (0, []))[1] for check in checks}


def forget() -> None:
    """Know nothing of any log, as a new process."""
    _known.clear()


_ENDS = (Signal.SUCCESS, Signal.FAIL)


def _is_unread(check: Check) -> bool:
    return check.n_pings > 0 and _known.get(check.check_id, (0, []))[0] != check.n_pings


def _begins_within_a_run(logged: Sequence[LoggedPing], runs: Sequence[Run]) -> bool:
    """Tell whether the oldest ping seems to be the end of a run whose start is not among them."""
    oldest = logged[-1].ping if logged else None
    is_cut = oldest is not None and oldest.n > 1 and oldest.kind in _ENDS
    return is_cut and runs[0][0] is None and any(seconds is not None for seconds, _ in runs)


def _run(logged: LoggedPing) -> Run:
    seconds = None if logged.duration is None else logged.duration.total_seconds()
    return seconds, logged.ping.kind is Signal.FAIL
