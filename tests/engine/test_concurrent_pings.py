"""Guarantees 1 and 2: no ping is lost and no flip comes twice, whatever happens at once."""

import threading
import uuid
from collections import Counter
from functools import partial

import pytest

from nightbell.domain.check import Signal, Status
from nightbell.store.tables import CheckItem, check_shard
from tests.engine.api import ping
from tests.engine.consistency import assert_counted, assert_gone, flips_of_replay, read_consistent

pytestmark = pytest.mark.engine

MANY = 50


def _pings(check_id, signals=("",), bodies=(b"",), rids=("",), times=MANY):
    """Return calls that ping with these in turn; the user agent tells them apart."""
    return [
        partial(
            ping,
            f"{check_id}{signals[i % len(signals)]}",
            query=rids[i % len(rids)] and f"rid={rids[i % len(rids)]}",
            body=bodies[i % len(bodies)],
            ua=f"job {i}",
        )
        for i in range(times)
    ]


def _assert_each_is_logged_once(stored, statuses):
    assert statuses == [200] * len(statuses)
    assert stored.check.n_pings == len(statuses)
    assert [logged.n for logged in stored.pings] == list(range(1, len(statuses) + 1))
    assert Counter(logged.ua for logged in stored.pings) == Counter(
        f"job {i}" for i in range(len(statuses))
    )


def test_fifty_pings_on_a_new_check_turn_it_up_once(engine, project, at_once):
    check_id = project.create()

    statuses = at_once(_pings(check_id))

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, statuses)
    assert [flip.new_status for flip in stored.flips] == [Status.UP]


def test_fifty_pings_on_an_up_check_are_all_counted(engine, project, at_once):
    check_id = project.create()
    assert ping(check_id, ua="job 0") == 200

    statuses = at_once(_pings(check_id)[1:])

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, [200, *statuses])
    assert len(stored.flips) == 1
    assert stored.check.last_ping == max(logged.created for logged in stored.pings)


def test_each_signal_takes_effect_in_the_order_of_the_log(engine, project, at_once, make_check):
    check_id = project.create()
    signals = ("", "/start", "/fail", "/log", "/3", "/0")
    bodies = (b"", b"m" * 500, b"l" * 10_000, b"\xff" * 900, b"1" * 2000)
    rids = ("", str(uuid.uuid4()), str(uuid.uuid4()), "")

    statuses = at_once(_pings(check_id, signals, bodies, rids))

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, statuses)
    flips = [(flip.old_status, flip.new_status) for flip in stored.flips]
    assert flips == flips_of_replay(make_check(), stored.pings)
    for logged in stored.pings:
        i = int(logged.ua.removeprefix("job "))
        assert logged.body == bodies[i % len(bodies)]
        assert logged.rid == (rids[i % len(rids)] or None)


def test_starts_and_successes_at_once_leave_the_run_of_the_last(engine, project, at_once):
    check_id = project.create(timeout=3600, grace=60)

    statuses = at_once(_pings(check_id, ("/start", "")))

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, statuses)
    last = stored.pings[-1]
    assert stored.check.last_start == (last.created if last.kind is Signal.START else None)


def test_pings_whose_log_begins_anew_keep_their_places(engine, project, at_once):
    check_id = project.create()
    CheckItem(check_shard(project.project_id, check_id), check_id).update(
        [CheckItem.n_pings.set(980)]
    )

    statuses = at_once(_pings(check_id, bodies=(b"", b"x" * 2000)))

    assert statuses == [200] * MANY
    stored = read_consistent(engine, project, check_id)
    assert [logged.n for logged in stored.pings] == list(range(981, 981 + MANY))


def test_edits_and_pings_do_not_undo_each_other(engine, project, at_once):
    check_id = project.create()
    edits = {
        "desc": ["d" * 10_000, "short", "é" * 5_000, "", "last"],
        "tags": ["t " * 250, "a b", "ü" * 500, "prod"],
        "name": ["n" * 100, "name", "Ω" * 100],
        "failure_kw": ["f" * 200, "", "err"],
        "timeout": [60, 3600, 7200],
        "schedule": ["* * * * *", "0 * * * *"],
        "grace": [60, 120, 180],
    }

    def edit(field):
        return [project.update(check_id, **{field: value}).status for value in edits[field]]

    pinging = _pings(check_id, times=30)
    results = at_once([*pinging, *(partial(edit, field) for field in edits)])

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, results[: len(pinging)])
    for statuses, values in zip(results[len(pinging) :], edits.values(), strict=True):
        assert statuses == [200] * len(values)
    shown = project.get(check_id).document
    for field in ("desc", "tags", "name", "failure_kw", "grace"):
        assert shown[field] == edits[field][-1]


def test_the_slug_is_where_pings_by_slug_and_edits_leave_it(engine, project, at_once):
    check_id = project.create(slug="a")

    def rename():
        return [project.update(check_id, slug=slug).status for slug in ("b", "a", "b", "c", "a")]

    pinging = [partial(project.ping_slug, "a", ua=f"job {i}") for i in range(20)]
    *statuses, renamed = at_once([*pinging, rename])

    assert renamed == [200] * 5
    assert set(statuses) <= {200, 404}
    stored = read_consistent(engine, project, check_id)
    assert stored.check.n_pings == len(stored.pings) == statuses.count(200)
    assert_counted(engine, project)
    assert project.ping_slug("a") == 200


def test_pauses_and_resumes_make_one_flip_each(engine, project, at_once):
    check_id = project.create()

    def stop_and_go():
        return [call(check_id).status for call in (project.pause, project.resume) * 3]

    pinging = _pings(check_id, ("", "/fail", "/start", ""), times=30)
    results = at_once([*pinging, stop_and_go, stop_and_go])

    stored = read_consistent(engine, project, check_id)
    _assert_each_is_logged_once(stored, results[:30])
    answers = Counter(results[30] + results[31])
    assert set(answers) <= {200, 409}
    resumes = [flip for flip in stored.flips if flip.new_status is Status.NEW]
    assert len(resumes) == answers[200] - 6


def test_no_ping_is_taken_once_a_delete_is_answered(engine, project, at_once):
    check_id = project.create(slug="job", desc="d" * 2000)
    deleted = threading.Event()

    def keep_pinging():
        answers = []
        for _ in range(5):
            too_late = deleted.is_set()
            answers.append((too_late, ping(check_id)))
        return answers

    def delete():
        status = project.delete(check_id).status
        deleted.set()
        return status

    *answers, status = at_once([keep_pinging] * 10 + [delete])

    assert status == 200
    for too_late, answer in (pair for thread in answers for pair in thread):
        assert answer == 404 or (answer == 200 and not too_late)
    assert_gone(engine, project, check_id)
    assert ping(check_id) == 404
    assert project.ping_slug("job") == 404
