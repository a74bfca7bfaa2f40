"""One run of the scan: takes checks down at their deadlines, to the moment.

Runs start once a minute, somewhere inside it, and may be late, doubled or missing. So each looks
two minutes ahead, and stays until the last deadline it saw has passed or a later run has taken
over. With no deadline that near it ends at once.
"""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from math import ceil
from typing import NamedTuple, TypeVar

import boto3

from nightbell import clock
from nightbell.domain.check import Check, unique_key_of
from nightbell.domain.deadlines import Outage, Verdict, judge
from nightbell.logs import logger
from nightbell.settings import settings
from nightbell.store import due, scans
from nightbell.store.connection import ContentionError
from nightbell.store.due import BrokenCheck, Entry

LOOK_AHEAD = timedelta(minutes=2)

# Only then is a run allowed to act: whoever wakes up later than that (a paused machine) leaves it
# to the next run to see that time is missing.
LONGEST_RUN = timedelta(seconds=150)

# How often the index is asked again for checks that became due meanwhile. Asking a full index
# takes longer, so the pause is also a multiple of that.
_ASK_AGAIN = timedelta(seconds=1)
_ASKING_SHARE = 10
_LONGEST_PAUSE = timedelta(seconds=10)

# A start signal can bring a deadline forward without moving the entry, to a grace period from
# then: a minute at least. So everything is looked at again when this much time has passed. In
# between, only what was put into the index since is asked for, and that is not due before the
# last look at everything, save for the time that a write may take.
_LOOK_AGAIN = timedelta(seconds=50)
_LONGEST_WRITE = timedelta(seconds=15)

# A later run has recorded its start before it has read anything. For so long, and the time that
# its own reading took, the earlier run still keeps the deadlines it knows. That both do the same
# is harmless.
_HANDOVER = timedelta(seconds=3)

_SET_ASIDE_FOR = timedelta(hours=1)

# Writes go side by side. When more checks go down than that, they do so in groups, each in one
# transaction, which is a fifth of the work; few go down each on its own, as quickly as possible.
_THREADS = 16
_LARGEST_GROUP = 25


_T = TypeVar("_T")


@dataclass
class Report:
    """What a run did."""

    flips: int = 0
    longest_lag: timedelta = timedelta()  # of a flip behind its deadline
    errors: int = 0  # checks that could not be evaluated
    backlog: int = 0  # checks that had come up and were left to the next run


def start_parts(function: str, parts: Iterable[int]) -> None:
    """Invoke this function once more for each of these parts, without waiting for them."""
    for part in parts:
        boto3.client("lambda").invoke(
            FunctionName=function,
            InvocationType="Event",
            Payload=json.dumps({"part": part}).encode(),
        )


def run(part: int, parts: int) -> Report:
    """Scan every `parts`-th partition of the due index, from `part` on."""
    started = clock.now()
    outages = scans.begin(part, parts, started)
    if outages is None:
        return Report()
    if outages and outages[-1].end == started:
        logger.warning(
            "No scan ran for a while",
            since=outages[-1].start.isoformat(),
            until=started.isoformat(),
        )
    with ThreadPoolExecutor(_THREADS) as pool:
        scan = _Scan(
            due_shards=range(part, settings.due_shards, parts),
            started=started,
            outages=outages,
            is_latest=lambda: scans.is_latest(part, parts, started),
            pool=pool,
        )
        scan.until_done()
    return scan.report


class _Waiting(NamedTuple):
    check: Check
    deadline: datetime


@dataclass
class _Scan:
    due_shards: Sequence[int]
    started: datetime
    outages: list[Outage]
    is_latest: Callable[[], bool]
    pool: ThreadPoolExecutor

    def __post_init__(self) -> None:
        self.report = Report()
        self.ends = self.started + LONGEST_RUN
        self.is_relieved = False
        self.look_for_later_run_at = self.started + _ASK_AGAIN
        self.looked_at_all: datetime | None = None
        self.reading_took = timedelta()
        self.entries: dict[str, Entry] = {}  # as they were read, by check id
        self.waiting: dict[str, _Waiting] = {}  # by check id
        self.deadlines: list[tuple[datetime, str]] = []  # a heap; some may wait no more

    def until_done(self) -> None:
        """Ask and settle until nothing is in sight any more, or another run is at work."""
        while not self.is_over():
            asked_at = clock.now()
            news = self.ask(asked_at)
            took = clock.now() - asked_at
            self.read(news)
            if not self.waiting:
                return
            pause = min(max(_ASK_AGAIN, _ASKING_SHARE * took), _LONGEST_PAUSE)
            self.settle_until(clock.now() + pause)
        now = clock.now()
        self.report.backlog += sum(check.deadline <= now for check in self.waiting.values())

    def is_over(self) -> bool:
        """Tell whether it is time to leave what is left to the next run."""
        now = clock.now()
        if not self.is_relieved and now >= self.look_for_later_run_at:
            self.look_for_later_run_at = now + _ASK_AGAIN
            if not self.is_latest():
                self.is_relieved = True
                self.ends = min(self.ends, now + _HANDOVER + self.reading_took)
        return now > self.ends

    def ask(self, now: datetime) -> list[Entry]:
        """Return the entries in sight that were not seen, or not lately."""
        if self.looked_at_all is None or now - self.looked_at_all > _LOOK_AGAIN:
            self.looked_at_all = now
            self.entries.clear()
            since = None
        else:
            since = self.looked_at_all - _LONGEST_WRITE
        until = now + LOOK_AHEAD
        found = self.pool.map(lambda shard: due.entries(shard, since, until), self.due_shards)
        return [e for e in chain.from_iterable(found) if self.entries.get(e.check_id) != e]

    def read(self, news: list[Entry]) -> None:
        """Read the checks of these entries, and settle them or wait for their deadlines."""
        for some in _portions(news, _THREADS * due.LARGEST_BATCH):
            if self.is_over():
                self.report.backlog += len(some)
                continue
            reading_from = clock.now()
            answers = list(self.pool.map(due.read, _portions(some, due.LARGEST_BATCH)))
            self.reading_took += clock.now() - reading_from
            found = {entry: check for answer in answers for entry, check in answer.items()}
            self.entries |= {entry.check_id: entry for entry in found}
            for entry, check in found.items():
                if isinstance(check, BrokenCheck):
                    self._set_aside(entry, check)
            self.settle([check for check in found.values() if isinstance(check, Check)])

    def settle_until(self, moment: datetime) -> None:
        """Take down each check at its deadline, until the moment has come."""
        while not self.is_over():
            first = self.deadlines[0][0] if self.deadlines else moment
            clock.wait_until(min(first, moment))
            now = clock.now()
            self.settle(list(self._due_by(now)))
            if now >= moment:
                return

    def settle(self, checks: list[Check]) -> None:
        """Do about each check what is to be done at this moment."""
        for some in _portions(checks, _THREADS * _LARGEST_GROUP):
            if self.is_over():
                self.report.backlog += len(some)
                continue
            going_down: list[Verdict] = []
            others: list[Verdict] = []
            for check in some:
                self.waiting.pop(check.check_id, None)
                verdict = self._first_verdict(check)
                if verdict is None:
                    others.append(Verdict(check))
                elif verdict.change is None:
                    self._note(check, verdict)
                else:
                    (going_down if verdict.change.flip else others).append(verdict)
            size = min(ceil(len(going_down) / _THREADS), _LARGEST_GROUP) or 1
            groups = [*_portions(going_down, size), *_portions(others, 1)]
            outcomes = self.pool.map(self._settle_group, groups)
            for group, of_group in zip(groups, outcomes, strict=True):
                for verdict, outcome in zip(group, of_group, strict=True):
                    self._note(verdict.check, outcome)

    def _due_by(self, now: datetime) -> Iterator[Check]:
        while self.deadlines and self.deadlines[0][0] <= now:
            deadline, check_id = heapq.heappop(self.deadlines)
            waiting = self.waiting.get(check_id)
            if waiting and waiting.deadline == deadline:
                del self.waiting[check_id]
                yield waiting.check

    def _judge(self, check: Check) -> Verdict:
        return judge(check, clock.now(), self.outages)

    def _first_verdict(self, check: Check) -> Verdict | None:
        """Return what is to be done about a check as it was read, None if it cannot be judged."""
        try:
            return self._judge(check)
        except Exception:
            return None  # the error is told when the check is to be settled

    def _settle_group(self, verdicts: Sequence[Verdict]) -> Sequence[Verdict | Exception]:
        """Return what was done about each check, or why nothing was."""
        try:
            if len(verdicts) > 1 and due.settle_together(verdicts):
                return verdicts
        except ContentionError as error:
            return [error] * len(verdicts)
        return [self._settle_one(verdict.check) for verdict in verdicts]

    def _settle_one(self, check: Check) -> Verdict | Exception:
        try:
            return due.settle(check, self._judge)
        except Exception as error:
            return error

    def _note(self, check: Check, outcome: Verdict | Exception) -> None:
        """Count what was done about a check, or keep it in mind until its deadline."""
        if isinstance(outcome, BrokenCheck):
            self._set_aside(self.entries[check.check_id], outcome)
        elif isinstance(outcome, Exception):
            self._fail(check.check_id, outcome)
        elif outcome.change and outcome.change.flip:
            lag = clock.now() - outcome.change.flip.created
            self.report.flips += 1
            self.report.longest_lag = max(lag, self.report.longest_lag)
        elif outcome.wait_until and outcome.wait_until <= clock.now() + LOOK_AHEAD:
            self.waiting[check.check_id] = _Waiting(outcome.check, outcome.wait_until)
            heapq.heappush(self.deadlines, (outcome.wait_until, check.check_id))

    def _set_aside(self, entry: Entry, reason: BrokenCheck) -> None:
        """Leave a check that cannot be evaluated alone for an hour, and say so."""
        self.report.errors += 1
        unique_key = unique_key_of(entry.check_id)
        logger.error("A check cannot be evaluated", unique_key=unique_key, reason=str(reason))
        try:
            due.set_aside(entry, clock.now() + _SET_ASIDE_FOR)
        except Exception as error:
            self._fail(entry.check_id, error)

    def _fail(self, check_id: str, error: Exception) -> None:
        """Leave a check that the database would not change to the next look, and say so."""
        self.report.errors += 1
        self.entries.pop(check_id, None)
        unique_key = unique_key_of(check_id)
        logger.error("A check could not be settled", unique_key=unique_key, exc_info=error)


def _portions(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
