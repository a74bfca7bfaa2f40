"""Guarantee 3, over days: the flips of thousands of checks are those of a simple model."""

import heapq
import os
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from nightbell import scan
from nightbell.domain import schedule as schedules
from nightbell.domain import transitions
from nightbell.domain.check import Kind, Ping, Reason, Signal, Status
from nightbell.domain.spec import Spec
from nightbell.domain.status import going_down_after
from nightbell.store import check_creation, check_items, checks, keys, scans
from nightbell.store.tables import CheckItem, FlipItem, KeyItem
from tests.engine.engines import MINISTACK
from tests.engine.reference import Job, Runs

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("empty_engine")]

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

# The clocks of Riga and London change in these days, forward and back.
DAYS = [datetime(2024, 3, 30, 18, tzinfo=UTC), datetime(2024, 10, 26, 18, tzinfo=UTC)]
BURSTS_IN_A_DAY = 5
ZONES = ["UTC", "Europe/Riga", "Europe/London", "Asia/Kolkata", "Pacific/Chatham"]
CRON = ["0 * * * *", "*/30 * * * *", "30 3 * * *", "0 2 * * *", "15 1,2,3 * * *", "0 0 1 * *"]
ONCALENDAR = ["*-*-* 02:30", "hourly", "Sun *-*-* 03:00", "2024-03-31 12:00", "*-*~1 00:00"]
RIDS = [None, None, "4b2f7ec6-6a4d-4d27-ae6d-5f3e3d1d8f5a"]

# An index query takes MiniStack a time that grows with the number of checks.
SIZES = {MINISTACK: (300, 1000)}
FULL_SIZE = tuple(map(int, os.environ.get("SIZE", "5000,5000").split(",")))


class Simulation:
    """Checks in the store, the same in the model, and what happens to both."""

    def __init__(self, rng, time, project_id, number):
        self.rng = rng
        self.time = time
        self.project_id = project_id
        self.jobs = {}
        self.runs = Runs()
        self.planned_until = time.now()
        self.is_relieved = False
        self.depth = 0
        self.counts = Counter()
        self.deadlines = []  # a heap of the model's, with some that hold no more
        with CheckItem.batch_write() as batch, KeyItem.batch_write() as key_batch:
            for _ in range(number):
                check, job = self._new()
                self.jobs[check.check_id] = job
                batch.save(check_items.items_of(check)[0])
                key_batch.save(KeyItem(keys.check_key(check.check_id), project_id=project_id))
                self._keep_in_mind(check.check_id)

    def _new(self):
        now, rng = self.time.now(), self.rng
        check = replace(
            check_creation.blank(self.project_id, now),
            manual_resume=rng.random() < 0.1,
            **self._timing(),
        )
        if rng.random() < 0.4:
            check = replace(check, status=Status.UP, last_ping=now, n_pings=1)
            deadline = going_down_after(check)
            early = deadline and now + rng.random() * (deadline - now)
            check = replace(check, due_at=early)
        job = Job(check.timeout, check.grace, status=check.status.value, last_ping=check.last_ping)
        job.manual_resume = check.manual_resume
        if check.kind is not Kind.SIMPLE:
            job.schedule, job.tz = check.schedule, check.tz
        return check, job

    def _timing(self):
        rng = self.rng
        timing = {"grace": rng.choice([1, 1, 30, 600]) * MINUTE}
        timing["timeout"] = rng.choice([1, 30, 1440]) * MINUTE
        if rng.random() < 0.5:
            timing["schedule"] = rng.choice(CRON + ONCALENDAR)
            timing["kind"] = schedules.kind_of(timing["schedule"])
            timing["tz"] = rng.choice(ZONES)
        return timing

    # ---- What happens to checks --------------------------------------------------------------

    def something_happens(self, check_id):
        """Let something happen to a check, here and in the model."""
        job, now = self.jobs[check_id], self.time.now()
        if job.is_deleted or not self._catch_up(job, now):
            return
        action = self.rng.choices(
            [self._ping, self._pause, self._resume, self._edit, self._delete], [80, 6, 8, 8, 2]
        )[0]
        action(check_id, job, now)
        self.jobs[check_id].touched = now
        self._keep_in_mind(check_id)

    def _catch_up(self, job, now):
        """Take the check down in the model if a scan has; False if that is not certain."""
        deadline = job.deadline()
        if deadline is None or deadline > now:
            return True
        seen = self.runs.has_seen(deadline, job.touched, now)
        if seen:
            job.turn("down", deadline, "timeout")
        self.counts[f"after the deadline, {seen=}"] += 1
        return seen is not None

    def _ping(self, check_id, job, now):
        signal = self.rng.choice([*["success"] * 5, "start", "start", "fail", "log"])
        rid = self.rng.choice(RIDS)
        ping = Ping(created=now, kind=Signal(signal), rid=rid)
        checks.receive(check_id, lambda check: transitions.receive(check, ping))
        job.ping(signal, rid, now)
        self.counts[signal] += 1

    def _pause(self, check_id, job, now):
        checks.change(check_id, lambda check: transitions.pause(check, now), self.project_id)
        job.pause(now)
        self.counts["pause"] += 1

    def _resume(self, check_id, job, now):
        if job.status != "paused":
            return self._pause(check_id, job, now)
        checks.change(check_id, lambda check: transitions.resume(check, now), self.project_id)
        job.resume(now)
        self.counts["resume"] += 1
        return None

    def _edit(self, check_id, job, now):
        timing = self._timing()
        sent = {"grace": timing["grace"], "timeout": timing["timeout"]}
        edited = replace(job, **sent, schedule="", tz=job.tz)
        if "schedule" in timing:
            sent = {name: timing[name] for name in ("grace", "schedule", "tz")}
            edited = replace(job, **sent)
        deadline = edited.deadline()
        if deadline and now < deadline < now + MINUTE:
            return  # in the model's eyes nobody is so quick
        self.jobs[check_id] = edited
        if deadline and deadline <= now and self._timing_of(job) != self._timing_of(edited):
            edited.turn("down", deadline, "timeout")
        spec = Spec(**sent)
        change = partial(self._apply, spec, now)
        checks.change(check_id, change, self.project_id)
        self.counts["edit"] += 1

    def _apply(self, spec, now, check):
        return transitions.apply_spec(check, spec, None, now, slug_from_name=False)

    def _timing_of(self, job):
        return job.timeout, job.grace, job.schedule, job.tz

    def _delete(self, check_id, job, _):
        checks.delete(check_id, self.project_id)
        job.is_deleted = True
        self.counts["delete"] += 1

    def _keep_in_mind(self, check_id):
        if deadline := self.jobs[check_id].deadline():
            heapq.heappush(self.deadlines, (deadline, check_id))

    # ---- Scans -------------------------------------------------------------------------------

    def scan(self):
        """Let a run start. If one is at work it is relieved, and the new one follows at once."""
        now = self.time.now()
        if self.depth and (self.depth > 1 or self.rng.random() < 0.8):
            scans.begin(0, 1, now)
            self.runs.relieve(now)
            self.is_relieved = True
            return
        self.depth += 1
        self.is_relieved = False
        self.counts[f"runs at depth {self.depth}"] += 1
        self.runs.start(now)
        report = scan.run(0, 1)
        assert report.errors == 0
        self.depth -= 1
        if self.depth == 0:
            self.runs.end(self.time.now())
            if self.is_relieved:
                self.time.plan(self.time.now(), self.scan)  # by one that takes so long to begin

    def plan_scans(self, until):
        """Let runs start in each minute: mostly one, sometimes two, sometimes none."""
        while self.planned_until < until:
            missing = self.rng.choice([0] * 8 + [2, 3])
            self.plan_latecomers(self.planned_until, missing * MINUTE)
            self.planned_until += missing * MINUTE
            for _ in range(self.rng.choice([1] * 12 + [2])):
                self.time.plan(self.planned_until + self.rng.random() * 50 * SECOND, self.scan)
            self.planned_until += MINUTE

    def plan_latecomers(self, since, length):
        """Let something happen to checks whose deadlines pass while no run starts."""
        for deadline, check_id in self.deadlines:
            if since < deadline < since + length:
                moment = deadline + self.rng.random() * MINUTE
                self.time.plan(moment, partial(self.something_happens, check_id))

    def next_deadline(self):
        """Return the first deadline of the model."""
        while self.deadlines:
            deadline, check_id = self.deadlines[0]
            if self.jobs[check_id].deadline() == deadline and not self.is_past(deadline):
                return deadline
            heapq.heappop(self.deadlines)
        return None

    def is_past(self, deadline):
        return bool(self.runs.starts) and deadline <= self.runs.starts[-1]

    def run(self, events):
        """Let all of it happen, minute by minute, without the minutes in which nothing can."""
        for moment, check_id in events:
            self.time.plan(moment, partial(self.something_happens, check_id))
        moments = sorted(moment for moment, _ in events)
        end = moments[-1] + 2 * HOUR
        while (now := self.time.now()) < end:
            while moments and moments[0] < now:
                moments.pop(0)
            ahead = [m for m in (self.next_deadline(), *moments[:1]) if m]
            soon = min(ahead, default=end) - 4 * MINUTE
            if soon > self.planned_until:
                self.time.wait_until(soon)
                # For the runs that had nothing to do.
                KeyItem(keys.scan_key(0, 1)).update([KeyItem.started.set(soon)])
                self.planned_until = soon
            self.plan_scans(now + 4 * MINUTE)
            self.time.wait_until(self.time.now() + MINUTE)
        self.time.wait_until(max(end, self.time.now()))
        KeyItem(keys.scan_key(0, 1)).update([KeyItem.started.set(self.time.now() - MINUTE)])
        self.scan()
        for job in self.jobs.values():
            deadline = job.deadline()
            if deadline and deadline <= self.time.now():
                job.turn("down", deadline, "timeout")


def moments_of_events(rng, number):
    """Return moments in bursts, as jobs come at round times."""
    bursts = [
        day + rng.randrange(1440 // 10) * 10 * MINUTE
        for day in DAYS
        for _ in range(BURSTS_IN_A_DAY)
    ]
    return sorted(rng.choice(bursts) + rng.random() * 4 * MINUTE for _ in range(number))


def stored_flips():
    found = {}
    for item in FlipItem.scan():
        flip = (item.created, item.old_status.value, item.new_status.value, item.reason.value)
        found.setdefault(item.check_id, []).append(flip)
    return {check_id: sorted(flips) for check_id, flips in found.items()}


def test_flips_are_those_of_the_model(engine, project, time, monkeypatch):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    rng = random.Random(seed)
    number, events = SIZES.get(engine.name, FULL_SIZE)
    time.moment = DAYS[0] - HOUR
    # Each look at the index takes as long as in life, while a wait takes none.
    monkeypatch.setattr(scan, "_ASK_AGAIN", 40 * SECOND)
    monkeypatch.setattr(scan, "_LONGEST_PAUSE", 40 * SECOND)
    simulation = Simulation(rng, time, project.project_id, number)

    check_ids = sorted(simulation.jobs)
    simulation.run([(m, rng.choice(check_ids)) for m in moments_of_events(rng, events)])

    expected = {check_id: job.flips for check_id, job in simulation.jobs.items() if job.flips}
    found = stored_flips()
    differences = {
        check_id: (expected.get(check_id), found.get(check_id))
        for check_id in expected.keys() | found.keys()
        if expected.get(check_id) != found.get(check_id)
    }
    timeouts = sum(flip[3] == Reason.TIMEOUT for flips in found.values() for flip in flips)
    print(f"{sum(map(len, found.values()))} flips, {timeouts} at deadlines; {simulation.counts}")
    assert scans.list_outages(1) == []
    assert not differences, next(iter(differences.items()))
