"""Guarantee 3: a missed deadline becomes a flip, whatever happens to the scans."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from nightbell import scan
from nightbell.domain.check import Kind, Reason, Status
from nightbell.domain.deadlines import Outage
from nightbell.scan import Report
from nightbell.settings import settings
from nightbell.store import check_creation, check_items, checks, due, flips, keys, scans
from nightbell.store.connection import ContentionError
from nightbell.store.tables import CheckItem, KeyItem, check_shard, due_shard
from tests.engine import faults
from tests.engine.api import ping
from tests.engine.billing import billed
from tests.engine.consistency import read_consistent
from tests.engine.faults import intercepted

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("empty_engine")]

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

run = partial(scan.run, 0, 1)


@pytest.fixture
def make_up(project):
    """Return a function that creates a check that is up; it goes down after two minutes."""

    def make(**fields):
        check_id = project.create(**({"timeout": 60, "grace": 60} | fields))
        assert ping(check_id) == 200
        return check_id

    return make


@pytest.fixture
def last_flip(time):
    """Return a function that returns the latest flip of a check."""
    return lambda check_id: flips.list_between(check_id, None, None, time.now())[0]


@pytest.fixture
def is_down(project):
    """Return a function that tells whether a check is stored as down."""
    return lambda check_id: checks.get(check_id, project.project_id).status is Status.DOWN


def write(checks):
    """Store checks as they are."""
    with CheckItem.batch_write() as batch:
        for check in checks:
            batch.save(check_items.items_of(check)[0])


def many(project, time, number, **changes):
    """Return checks that are up; they go down after two minutes."""
    blanks = (check_creation.blank(project.project_id, time.now()) for _ in range(number))
    state = {"status": Status.UP, "n_pings": 1, "last_ping": time.now()}
    timing = {"timeout": MINUTE, "grace": MINUTE, "due_at": time.now() + 2 * MINUTE}
    return [replace(blank, **(state | timing | changes)) for blank in blanks]


# ---- One run ---------------------------------------------------------------------------------


def test_with_nothing_due_it_returns_at_once_and_costs_next_to_nothing(engine, make_up, time):
    make_up(timeout=3600)
    run()
    time.advance(minutes=1)
    start = time.now()

    with billed(engine) as bill:
        report = run()

    assert report == Report()
    assert time.now() == start
    assert bill.read <= 0.5 * settings.due_shards
    assert bill.write == 1


def test_a_check_goes_down_at_its_deadline(engine, project, make_up, last_flip, time):
    deadline = time.now() + 2 * MINUTE
    check_id = make_up()
    time.advance(seconds=30)

    with billed(engine) as bill:
        report = run()

    assert report == Report(flips=1)
    flip = last_flip(check_id)
    assert (flip.created, flip.reason) == (deadline, Reason.TIMEOUT)
    assert (flip.old_status, flip.new_status) == (Status.UP, Status.DOWN)
    assert bill.requests.count("TransactWriteItems") == 1
    read_consistent(engine, project, check_id)


def test_what_a_check_that_goes_down_costs(engine, project, time):
    run()
    write(many(project, time, 40, name="Nightly backup", tags="prod db"))
    time.advance(minutes=2)

    with billed(engine) as bill:
        assert run().flips == 40

    asking = 0.5 * settings.due_shards
    assert bill.read - asking <= 1.5 * 40
    assert bill.write - 1 <= 6 * 40


@pytest.mark.parametrize("prepare", ["new", "paused", "up"])
def test_a_run_in_progress_goes_down_after_its_grace(
    engine, project, time, last_flip, prepare, make_up
):
    check_id = make_up(timeout=3600) if prepare == "up" else project.create(timeout=3600, grace=60)
    if prepare == "paused":
        project.pause(check_id)
    ping(f"{check_id}/start")
    deadline = time.now() + MINUTE

    run()

    assert last_flip(check_id).created == deadline
    assert last_flip(check_id).old_status == prepare
    assert last_flip(check_id).reason is Reason.TIMEOUT
    read_consistent(engine, project, check_id)


def test_a_check_that_is_pinged_before_its_deadline_stays_up(time, make_up, is_down):
    pinged, silent = make_up(), make_up()
    time.plan(time.now() + 2 * MINUTE - timedelta(microseconds=1), partial(ping, pinged))

    report = run()

    assert report.flips == 1
    assert is_down(silent)
    assert not is_down(pinged)


def test_a_ping_between_reading_and_writing_wins(engine, time, make_up, is_down):
    check_ids = [make_up() for _ in range(19)]
    pinged = make_up(timeout=61)
    time.advance(seconds=121)
    pings = [partial(ping, pinged)]

    def ping_before_it_goes_down(request):
        if request.operation == "TransactWriteItems" and pinged in str(request.document) and pings:
            assert pings.pop()() == 200

    with intercepted(engine, ping_before_it_goes_down):
        report = run()

    assert report == Report(flips=19, longest_lag=SECOND)
    assert not is_down(pinged)
    assert all(is_down(check_id) for check_id in check_ids)


def test_an_entry_that_is_far_too_early_moves_once(engine, project, time):
    run()
    (check,) = many(project, time, 1, timeout=24 * HOUR)
    write([check])
    time.advance(minutes=1)

    with billed(engine) as first:
        assert run() == Report()
    with billed(engine) as second:
        run()

    asking = 0.5 * settings.due_shards
    assert (first.read - asking, first.write - 1) == (0.5, 3)
    assert (second.read - asking, second.write - 1) == (0, 0)
    moved = checks.get(check.check_id, project.project_id)
    assert moved.due_at == check.last_ping + 24 * HOUR + MINUTE


def test_an_entry_that_is_a_little_early_stays_and_is_read_each_time(engine, project, time):
    run()
    write(many(project, time, 1, timeout=20 * MINUTE))
    time.advance(minutes=1)

    for _ in range(2):
        with billed(engine) as bill:
            assert run() == Report()
        assert bill.read - 0.5 * settings.due_shards == 0.5
        assert bill.write == 1


# ---- What becomes due while a run waits ------------------------------------------------------


def test_what_becomes_due_meanwhile_is_not_late(project, time, make_up, last_flip):
    make_up()
    edited, started, failed = make_up(timeout=3600), make_up(timeout=3600), make_up(timeout=3600)
    created = []
    now = time.now()
    time.plan(now + 20 * SECOND, lambda: created.append(make_up()))
    time.plan(now + 30 * SECOND, lambda: project.update(edited, timeout=60))
    time.plan(now + 40 * SECOND, lambda: ping(f"{started}/start"))
    time.plan(now + 41 * SECOND, lambda: ping(f"{failed}/fail"))

    report = run()

    assert report == Report(flips=4)
    assert last_flip(started).created == now + 100 * SECOND
    assert last_flip(edited).created == now + 120 * SECOND
    assert last_flip(created[0]).created == now + 140 * SECOND
    assert last_flip(failed).reason is Reason.FAIL


def test_a_start_that_brings_a_deadline_forward_unseen_by_the_index_is_seen(
    project, time, make_up, last_flip
):
    make_up()  # keeps the run waiting
    (check,) = many(project, time, 1, timeout=20 * MINUTE)
    write([check])  # indexed long before its deadline
    with KeyItem.batch_write() as batch:
        for item in keys.of_check(check):
            batch.save(item)
    started = time.now() + 5 * SECOND
    time.plan(started, lambda: ping(f"{check.check_id}/start"))

    report = run()

    assert report == Report(flips=2)
    assert last_flip(check.check_id).created == started + MINUTE


# ---- Several runs ----------------------------------------------------------------------------


def test_runs_that_overlap_make_one_flip(engine, project, time, make_up):
    check_ids = [make_up() for _ in range(5)]
    time.plan(time.now() + 110 * SECOND, run)
    time.plan(time.now() + 119 * SECOND, run)

    run()

    for check_id in check_ids:
        stored = read_consistent(engine, project, check_id)
        assert [flip.new_status for flip in stored.flips] == [Status.UP, Status.DOWN]


def test_a_run_hands_over_to_a_later_one(project, time, is_down):
    start = time.now()
    soon, later = project.create(grace=60), project.create(grace=70)
    for check_id in (soon, later):
        ping(f"{check_id}/start")
    time.plan(start + 58 * SECOND, lambda: scans.begin(0, 1, time.now()))

    report = run()

    assert report == Report(flips=1)
    assert is_down(soon)
    assert not is_down(later)
    assert time.now() <= start + 64 * SECOND


def test_a_run_that_comes_after_a_later_one_does_nothing(engine, time, make_up):
    make_up()
    scans.begin(0, 1, time.now() + 10 * SECOND)

    with billed(engine) as bill:
        assert run() == Report()

    assert bill.requests == ["UpdateItem", "GetItem"]


def test_the_next_run_makes_up_for_missing_ones(time, make_up, last_flip):
    run()
    check_id = make_up()
    time.advance(minutes=4, seconds=59)

    report = run()

    assert report == Report(flips=1, longest_lag=2 * MINUTE + 59 * SECOND)
    assert last_flip(check_id).created == time.now() - report.longest_lag


def test_a_run_that_wakes_up_late_does_nothing_more(time, make_up, is_down):
    check_id = make_up()
    sleeps = time.now() + 119 * SECOND
    time.plan(sleeps, lambda: time.advance(seconds=32))

    report = run()

    assert not is_down(check_id)
    assert report == Report(backlog=1)


def test_the_clock_may_jump(time, make_up, is_down):
    first = make_up()
    run()
    assert is_down(first)
    time.moment -= HOUR
    second = make_up()
    assert run().flips == 1
    assert is_down(second)
    time.moment += 2 * HOUR
    third = make_up()
    assert run().flips == 1
    assert is_down(third)


def test_a_small_step_back_stops_the_scans_for_no_longer_than_the_step(time, make_up):
    check_id = make_up()
    run()
    ping(check_id)
    time.moment -= 30 * SECOND

    assert run() == Report()
    time.advance(seconds=31)
    assert run().flips == 1


# ---- Faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [faults.die, faults.lose_answer])
def test_a_run_may_die_and_answers_may_be_lost(engine, project, time, make_up, how):
    check_ids = [make_up() for _ in range(3)]
    time.advance(minutes=2)
    for k in range(40):
        strike = faults.Strike(k, how)
        try:
            with intercepted(engine, strike):
                run()
        except faults.Killed:
            time.advance(microseconds=1)
        if not strike.has_struck:
            break
    else:
        pytest.fail("the run never came to its end")

    run()

    for check_id in check_ids:
        stored = read_consistent(engine, project, check_id)
        assert [flip.new_status for flip in stored.flips] == [Status.UP, Status.DOWN]


def test_throttling_delays_and_loses_nothing(engine, project, time):
    write(many(project, time, 60))
    time.advance(minutes=2)
    answered = []

    def refuse_every_second(request):
        answered.append(request)
        if len(answered) % 2:
            codes = request.refusals()
            return request.refuse(codes[len(answered) // 2 % len(codes)])
        return None

    with intercepted(engine, refuse_every_second):
        report = run()

    assert report == Report(flips=60)


def test_a_database_that_refuses_all_writes_is_reported(engine, time, make_up, monkeypatch):
    make_up()
    time.advance(minutes=2)

    def write(change):
        raise ContentionError

    with monkeypatch.context() as patch:
        patch.setattr(checks, "write", write)
        report = run()
    assert report == Report(errors=1)

    time.advance(seconds=1)
    assert run().flips == 1


def test_keys_that_a_batch_leaves_out_are_asked_for_again(engine, project, time):
    write(many(project, time, 30))
    time.advance(minutes=2)
    left_out = []

    def leave_some_out(request):
        if request.operation != "BatchGetItem":
            return None
        answer = request.carry_out()
        document = json.loads(answer.content)
        items = document["Responses"]["checks"]
        if len(items) < 2:
            return answer
        kept, left = items[: len(items) // 2], items[len(items) // 2 :]
        left_out.extend(left)
        keys = [{"shard": item["shard"], "id": item["id"]} for item in left]
        document["Responses"]["checks"] = kept
        document["UnprocessedKeys"] = {"checks": {"Keys": keys}}
        return request.answer(document)

    with intercepted(engine, leave_some_out):
        report = run()

    assert left_out
    assert report == Report(flips=30)


def break_it(engine, project, check_id, **values):
    """Store something that cannot be evaluated."""
    engine.bystander.update_item(
        TableName="checks",
        Key={"shard": {"S": check_shard(project.project_id, check_id)}, "id": {"S": check_id}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


@pytest.mark.parametrize(
    "values",
    [
        {"sc": {"S": "never and never"}, "kd": {"S": "cron"}},
        {"sc": {"S": "0 * * * *"}, "kd": {"S": "cron"}, "tz": {"S": "Mars/Olympus"}},
        {"sc": {"S": "nonsense"}, "kd": {"S": "oncalendar"}},
        {"kd": {"S": "lunar"}},
        {"st": {"S": "asleep"}},
        {"to": {"S": "long"}},
    ],
    ids=["cron", "zone", "oncalendar", "kind", "status", "type"],
)
def test_a_check_that_cannot_be_evaluated_is_set_aside_for_an_hour(
    engine, project, time, make_up, is_down, values, monkeypatch
):
    broken, fine = make_up(), make_up()
    break_it(engine, project, broken, **values)
    logged = []
    monkeypatch.setattr(scan.logger, "error", lambda *text, **more: logged.append((text, more)))
    time.advance(minutes=2)

    report = run()

    assert report == Report(flips=1, errors=1)
    assert is_down(fine)
    ((_, details),) = logged
    assert details["unique_key"] == scan.unique_key_of(broken)
    assert broken not in str(logged)
    assert run() == Report()  # nothing is told twice


def test_set_aside_it_comes_back_after_an_hour(engine, project, time, make_up, is_down):
    check_id = make_up()
    break_it(engine, project, check_id, kd={"S": "lunar"})
    time.advance(minutes=2)
    assert run().errors == 1
    break_it(engine, project, check_id, kd={"S": Kind.SIMPLE.value})
    for _ in range(13):
        time.advance(minutes=4.5)
        run()
        if is_down(check_id):
            break

    assert is_down(check_id)


def test_many_that_cannot_be_evaluated_stop_nobody(engine, project, time, is_down):
    fine = many(project, time, 30)
    broken = many(project, time, 30, kind=Kind.CRON, schedule="x x x x x")
    write(fine + broken)
    time.advance(minutes=2)

    report = run()

    assert report == Report(flips=30, errors=30)
    assert all(is_down(check.check_id) for check in fine)


def test_a_deleted_check_that_is_still_in_the_index_is_no_error(
    project, time, make_up, monkeypatch
):
    check_id = make_up()
    shard = due_shard(check_id)
    time.advance(minutes=2)
    stale = due.entries(shard, None, time.now())
    assert project.delete(check_id).status == 200
    monkeypatch.setattr(due, "entries", lambda asked, *_: stale if asked == shard else [])

    assert run() == Report()


def test_a_check_that_is_deleted_while_it_is_waited_for_is_no_error(project, time, make_up):
    check_id = make_up()
    time.plan(time.now() + MINUTE, lambda: project.delete(check_id))

    assert run() == Report()


def test_an_old_read_of_a_check_makes_no_second_flip(engine, project, time, make_up, monkeypatch):
    check_id = make_up()
    time.advance(minutes=2)
    old_entries = due.entries(due_shard(check_id), None, time.now())
    old_read = due.read(old_entries)
    assert run().flips == 1
    monkeypatch.setattr(due, "read", lambda _: old_read)
    monkeypatch.setattr(due, "entries", lambda *_: old_entries)

    assert run() == Report()
    assert len(read_consistent(engine, project, check_id).flips) == 2


# ---- Outages of the scan ---------------------------------------------------------------------


def test_after_an_outage_checks_have_a_grace_period_to_report(time, make_up, is_down, last_flip):
    run()
    since = time.now()
    silent, returning = make_up(), make_up(timeout=120)
    time.advance(minutes=5, microseconds=1)
    until = time.now()
    time.plan(until + 30 * SECOND, partial(ping, returning))

    report = run()

    assert scans.list_outages(1) == [Outage(since, until)]
    assert report == Report(flips=1)
    assert last_flip(silent).created == until + MINUTE
    assert not is_down(returning)


def test_the_respite_ends_after_an_hour(time, make_up, is_down, last_flip):
    run()
    check_id = make_up(timeout=60, grace=30 * 86400)
    time.advance(days=31)
    until = time.now()

    while not is_down(check_id):
        run()
        time.advance(minutes=1)

    assert last_flip(check_id).created == until + HOUR


def test_five_minutes_without_a_scan_are_no_outage(time, make_up):
    run()
    make_up()
    time.advance(minutes=5)

    assert run().flips == 1
    assert scans.list_outages(1) == []


def test_the_first_scan_of_all_records_no_outage(time, make_up):
    make_up()
    time.advance(hours=5)

    assert run().flips == 1
    assert scans.list_outages(1) == []


def test_a_scan_that_was_overtaken_while_it_started_records_no_outage(engine, time):
    scans.begin(0, 1, time.now())
    time.advance(hours=1)
    now = time.now()
    overtaking = [partial(scans.begin, 0, 1, now)]

    def overtake(request):
        if request.operation == "GetItem" and overtaking:
            overtaking.pop()()

    with intercepted(engine, overtake):
        outages = scans.begin(0, 1, now + SECOND)

    assert outages == scans.list_outages(1) == [Outage(now - HOUR, now)]


def test_of_scans_at_once_one_records_the_outage_and_all_see_it(time, at_once):
    scans.begin(0, 1, time.now())
    since = time.now()
    time.advance(hours=1)
    starts = [time.now() + n * timedelta(microseconds=1) for n in range(12)]

    seen = at_once([partial(scans.begin, 0, 1, start) for start in starts])

    (recorded,) = scans.list_outages(1)
    assert recorded.start == since
    assert recorded.end in starts
    assert all(outages == [recorded] for outages in seen if outages is not None)
    assert any(seen)


def test_the_latest_outages_are_kept(time):
    ends = []
    for _ in range(25):
        scans.begin(0, 1, time.now())
        ends.append(time.now())
        time.advance(hours=1)

    assert [outage.end for outage in scans.list_outages(1)] == ends[:4:-1]


# ---- Parts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [2, 3, 8])
def test_parts_share_the_index(project, time, parts):
    start = time.now()
    write(many(project, time, 64))
    time.advance(minutes=2)

    reports = [scan.run(part, parts) for part in range(parts)]

    assert sum(report.flips for report in reports) == 64
    assert all(report.flips for report in reports)
    assert time.now() == start + 2 * MINUTE


def test_a_part_is_relieved_by_its_own_kind_only(time, project):
    write(many(project, time, 64))
    time.plan(time.now() + MINUTE, lambda: scans.begin(1, 2, time.now()))

    assert scan.run(0, 2).flips > 0
    assert scan.run(1, 2).flips > 0


def test_ids_are_spread_over_all_partitions():
    shards = {due_shard(str(uuid.uuid4())) for _ in range(1000)}

    assert shards == set(range(settings.due_shards))
