"""Guarantees 2 and 3 at the deadline: scans, pings and edits at the same moment."""

import itertools
import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from nightbell import clock, scan
from nightbell.domain.check import Reason, Status
from nightbell.store import scans
from tests.engine.api import ping
from tests.engine.consistency import assert_gone, read_consistent

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("empty_engine")]

CHECKS = 12
SCANS = 3

# Of a check that is overdue, and so little that it is no outage of the scan. The next deadline is
# out of sight of the scans, which so have nothing to wait for.
TIMING = {"timeout": 60, "grace": 180}
OVERDUE = timedelta(seconds=250)


@pytest.fixture
def standing_clock(monkeypatch):
    """A clock that stands still but for a tick each time it is read."""
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ticks = itertools.count()
    passed = [timedelta()]
    monkeypatch.setattr(
        clock, "now", lambda: moment + passed[0] + next(ticks) * timedelta(microseconds=1)
    )
    return passed


@pytest.fixture
def overdue(project, standing_clock):
    """Checks that no scan has looked at since their deadlines."""
    scans.begin(0, 1, clock.now())
    check_ids = [project.create(**TIMING) for _ in range(CHECKS)]
    for check_id in check_ids:
        assert ping(check_id) == 200
    standing_clock[0] += OVERDUE
    return check_ids


def soon(call):
    """Return the call after a moment that is never the same."""

    def wait_and_call():
        time.sleep(random.random() * 0.03)
        return call()

    return wait_and_call


def with_scans(calls):
    """Return the calls and those of scans, in any order."""
    run = partial(scan.run, 0, 1)
    mixed = [*map(soon, calls), *(soon(run) for _ in range(SCANS))]
    random.shuffle(mixed)
    return mixed


def reasons(engine, project, check_id):
    return [flip.reason for flip in read_consistent(engine, project, check_id).flips]


def test_scans_at_once_make_one_flip_of_each_deadline(engine, project, overdue, at_once):
    reports = at_once(with_scans([]))

    assert sum(report.flips for report in reports) == CHECKS
    for check_id in overdue:
        assert reasons(engine, project, check_id) == [Reason.SUCCESS, Reason.TIMEOUT]


def test_a_success_at_the_deadline_leaves_no_check_down(engine, project, overdue, at_once):
    at_once(with_scans([lambda i=i: _expect(200, ping(i)) for i in overdue]))

    for check_id in overdue:
        up, *meanwhile = reasons(engine, project, check_id)
        assert up is Reason.SUCCESS
        assert meanwhile in ([], [Reason.TIMEOUT, Reason.SUCCESS])


def test_a_fail_at_the_deadline_makes_one_flip(engine, project, overdue, at_once):
    at_once(with_scans([lambda i=i: _expect(200, ping(f"{i}/fail")) for i in overdue]))

    for check_id in overdue:
        up, down = reasons(engine, project, check_id)
        assert up is Reason.SUCCESS
        assert down in (Reason.TIMEOUT, Reason.FAIL)


def test_pings_of_all_kinds_at_the_deadline_lose_nothing(engine, project, overdue, at_once):
    signals = ["", "/fail", "/start", "/log", ""]
    calls = [
        lambda path=check_id + signal: _expect(200, ping(path))
        for check_id in overdue[:6]
        for signal in signals
    ]

    at_once(with_scans(calls))

    for check_id in overdue[:6]:
        stored = read_consistent(engine, project, check_id)
        assert [logged.n for logged in stored.pings] == list(range(1, 2 + len(signals)))
    for check_id in overdue[6:]:
        assert reasons(engine, project, check_id) == [Reason.SUCCESS, Reason.TIMEOUT]


def test_an_edit_at_the_deadline_takes_effect_once(engine, project, overdue, at_once):
    edits = [{"timeout": 3600}, {"grace": 60}, {"schedule": "* * * * *"}, {"name": "n"}]
    calls = [
        lambda i=i, edit=edit: _expect(200, project.update(i, **edit).status)
        for i, edit in zip(overdue, itertools.cycle(edits))
    ]

    at_once(with_scans(calls))
    scan.run(0, 1)

    for check_id, edit in zip(overdue, itertools.cycle(edits)):
        up, *down = reasons(engine, project, check_id)
        assert up is Reason.SUCCESS
        assert down == [Reason.TIMEOUT] or (down == [] and edit == edits[0])


def test_pauses_and_deletions_at_the_deadline(engine, project, overdue, at_once):
    pausing, deleting = overdue[::2], overdue[1::2]
    calls = [
        *(lambda i=i: _expect(200, project.pause(i).status) for i in pausing),
        *(lambda i=i: _expect(200, project.delete(i).status) for i in deleting),
    ]

    reports = at_once(with_scans(calls))

    assert not any(getattr(report, "errors", 0) for report in reports)
    for check_id in pausing:
        up, *rest = reasons(engine, project, check_id)
        assert up is Reason.SUCCESS
        assert rest in ([Reason.PAUSE], [Reason.TIMEOUT, Reason.PAUSE])
        assert read_consistent(engine, project, check_id).check.status is Status.PAUSED
    for check_id in deleting:
        assert_gone(engine, project, check_id)


def _expect(status, answered):
    assert answered == status
