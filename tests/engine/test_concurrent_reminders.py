"""Reminders at the moment they are due: scans, pings, pauses and edits at the same time."""

import itertools
import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from nightbell import clock, scan
from nightbell.domain.check import Reason, Status
from nightbell.store import checks, scans
from nightbell.store.tables import FlipItem
from tests.engine.api import ping

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("empty_engine")]

CHECKS = 12
SCANS = 3


@pytest.fixture
def due_reminders(project, monkeypatch):
    """Checks that are down and whose first reminder is due, under a clock that ticks when read."""
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ticks = itertools.count()
    passed = [timedelta()]
    monkeypatch.setattr(
        clock, "now", lambda: start + passed[0] + next(ticks) * timedelta(microseconds=1)
    )
    check_ids = [project.create(timeout=86_400, nag_interval=3600) for _ in range(CHECKS)]
    for check_id in check_ids:
        assert ping(f"{check_id}/fail") == 200
    passed[0] += timedelta(minutes=59)
    scans.begin(0, 1, clock.now())
    passed[0] += timedelta(minutes=2)
    return check_ids


def beside_scans(calls):
    """Return the calls and those of scans, in any order, each after a moment of its own."""
    run = partial(scan.run, 0, 1)

    def soon(call):
        time.sleep(random.random() * 0.03)
        return call()

    mixed = [partial(soon, call) for call in [*calls, *[run] * SCANS]]
    random.shuffle(mixed)
    return mixed


def stored(check_id):
    """The items among the flips of a check, oldest first."""
    return list(FlipItem.query(check_id, consistent_read=True))


def test_scans_at_once_make_one_reminder(due_reminders, at_once):
    at_once(beside_scans([]))

    for check_id in due_reminders:
        assert [one.reason for one in stored(check_id)] == [Reason.FAIL, Reason.NAG]


def test_a_success_at_that_moment_ends_reminders(project, due_reminders, at_once):
    at_once(beside_scans([partial(ping, check_id) for check_id in due_reminders]))
    scan.run(0, 1)

    for check_id in due_reminders:
        found = stored(check_id)
        reasons = [one.reason for one in found]
        assert reasons in (
            [Reason.FAIL, Reason.SUCCESS],
            [Reason.FAIL, Reason.NAG, Reason.SUCCESS],
        )
        check = checks.get(check_id, project.project_id)
        assert (check.status, check.last_nag) == (Status.UP, None)
        assert check.last_flip == found[-1].created


def test_a_pause_at_that_moment_ends_reminders(project, due_reminders, at_once):
    at_once(beside_scans([partial(project.pause, check_id) for check_id in due_reminders]))
    scan.run(0, 1)

    for check_id in due_reminders:
        *before, last = [one.reason for one in stored(check_id)]
        assert last is Reason.PAUSE
        assert before in ([Reason.FAIL], [Reason.FAIL, Reason.NAG])
        assert checks.get(check_id, project.project_id).due_at is None


def test_turning_reminders_off_at_that_moment_ends_them(project, due_reminders, at_once):
    edits = [partial(project.update, check_id, nag_interval=0) for check_id in due_reminders]

    at_once(beside_scans(edits))
    scan.run(0, 1)

    for check_id in due_reminders:
        reasons = [one.reason for one in stored(check_id)]
        assert reasons in ([Reason.FAIL], [Reason.FAIL, Reason.NAG])
        assert checks.get(check_id, project.project_id).due_at is None
