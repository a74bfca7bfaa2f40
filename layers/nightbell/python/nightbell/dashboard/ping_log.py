"""One page of the log of a check's pings, all of them or those of one type."""

from dataclasses import dataclass

from nightbell.domain.check import Check, LoggedPing, Signal
from nightbell.store import pings

_PAGE = 50
# For a page of one type so many pings are looked at, each for its share of a read unit.
_LOOKED_AT = 250


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some pings, newest first, and where the log goes on."""

    pings: tuple[LoggedPing, ...]
    newest: int  # of the pings that were looked at; less than `oldest` if there were none
    oldest: int
    oldest_kept: int  # of all pings of the check
    newer: int | None  # the next newer pings are those before this number
    older: int | None


def read(check: Check, kept: int, before: int, kind: Signal | None) -> LogPage:
    """Return the page of the latest pings before that number, of that type or of all if None.

    `kept`: how many pings of a check the log is to show.
    """
    size = _LOOKED_AT if kind else _PAGE
    newest = min(before - 1, check.n_pings)
    oldest_kept = pings.oldest_kept(check, kept)
    oldest = max(oldest_kept, newest - size + 1)
    found = pings.list_before(check, newest + 1, size, kept=kept)
    wanted = [one for one in found if kind in (None, one.ping.kind)]
    if len(wanted) > _PAGE:
        wanted = wanted[:_PAGE]
        oldest = wanted[-1].ping.n
    return LogPage(
        pings=tuple(wanted),
        newest=newest,
        oldest=oldest,
        oldest_kept=oldest_kept,
        newer=min(newest + size, check.n_pings) + 1 if newest < check.n_pings else None,
        older=oldest if oldest > oldest_kept and newest >= oldest else None,
    )
