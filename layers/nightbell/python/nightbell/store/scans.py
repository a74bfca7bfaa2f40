"""When the scans ran: who is at work, and when nobody was."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from nightbell.domain.check import EPOCH
from nightbell.domain.deadlines import Outage
from nightbell.store import keys
from nightbell.store.connection import attempts
from nightbell.store.tables import KeyItem
from nightbell.store.transaction import is_refused

# Scans start once a minute, somewhere inside it. When none has started for this long, something
# was wrong, and not with the jobs.
LONGEST_PAUSE = timedelta(minutes=5)

# When none has for this long, people should know.
LONGEST_WAIT = timedelta(minutes=3)

_KEPT_OUTAGES = 20
_MICROSECOND = timedelta(microseconds=1)


def begin(part: int, parts: int, now: datetime) -> list[Outage] | None:
    """Record that a scan of this part of the index starts; return the latest outages.

    None if a later one is at work already. A pause of more than five minutes before this one is
    recorded as an outage, once, whoever else starts at the same moment.
    """
    item = KeyItem(keys.scan_key(part, parts))
    for _ in attempts():
        try:
            on_time = KeyItem.started.between(now - LONGEST_PAUSE, now)
            item.update([KeyItem.started.set(now)], condition=on_time)
            return _outages(item)
        except UpdateError as error:
            if not is_refused(error):
                raise
        last = _last(part, parts)
        if last is None:
            unchanged: Condition = KeyItem.started.does_not_exist()
            outages: list[Outage] = []
        elif now < last.started <= now + LONGEST_PAUSE:
            return None
        elif now - LONGEST_PAUSE <= last.started <= now:
            continue  # another scan has started in this moment
        else:
            unchanged = KeyItem.started == last.started
            outages = _outages(last)
            if last.started < now:  # else the clock was wrong then
                outages.append(Outage(last.started, now))
        try:
            texts = _texts(outages[-_KEPT_OUTAGES:])
            item.update([KeyItem.started.set(now), KeyItem.outages.set(texts)], condition=unchanged)
            return outages
        except UpdateError as error:
            if not is_refused(error):
                raise
    raise AssertionError("attempts() ends by raising")


def is_latest(part: int, parts: int, started: datetime) -> bool:
    """Tell whether no later scan of this part has started."""
    last = _last(part, parts, consistent=False)
    return last is None or last.started <= started


def are_late(parts: int, now: datetime) -> bool:
    """Tell whether a part has not been scanned for more than three minutes.

    One that has never been scanned is not late: the first minute of a deployment is like that.
    """
    scanned = (_last(part, parts) for part in range(parts))
    return any(item and now - item.started > LONGEST_WAIT for item in scanned)


def list_outages(parts: int) -> list[Outage]:
    """Return the latest outages of all parts, latest first."""
    found = {
        outage for part in range(parts) if (item := _last(part, parts)) for outage in _outages(item)
    }
    return sorted(found, key=lambda outage: outage.start, reverse=True)


def _last(part: int, parts: int, *, consistent: bool = True) -> KeyItem | None:
    try:
        return KeyItem.get(keys.scan_key(part, parts), consistent_read=consistent)
    except KeyItem.DoesNotExist:
        return None


def _outages(item: KeyItem) -> list[Outage]:
    return sorted(
        (Outage(*map(_moment, text.split("/"))) for text in item.outages or ()),
        key=lambda outage: outage.start,
    )


def _texts(outages: Iterable[Outage]) -> frozenset[str]:
    return frozenset(f"{_number(outage.start)}/{_number(outage.end)}" for outage in outages)


def _moment(text: str) -> datetime:
    return EPOCH + int(text) * _MICROSECOND


def _number(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND
