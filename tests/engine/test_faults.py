"""Guarantees 1, 2 and 5 when a process dies, DynamoDB refuses or an answer is lost."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pytest

from nightbell.store import keys
from tests.engine import faults
from tests.engine.api import Project, ping
from tests.engine.consistency import assert_counted, read_consistent
from tests.engine.faults import Killed, Strike, intercepted

pytestmark = pytest.mark.engine

LONG = {"desc": "d" * 10_000, "tags": "t " * 250, "failure_kw": "f" * 200}


@dataclass(frozen=True)
class Operation:
    """Something a client does: how it is prepared, done, and answered when it is repeated."""

    prepare: Callable[[Project], str]
    do: Callable[[Project, str], int]
    answers: set[int]  # of the repetition


def _up(project, **fields):
    check_id = project.create(slug="job", name="job", **fields)
    assert ping(check_id) == 200
    return check_id


def _new(project):
    return project.create(slug="job", name="job")


def _none(project):
    return ""


def _ping(signal="", **request):
    return lambda _, check_id: ping(check_id + signal, **request)


OPERATIONS = {
    "success": Operation(_up, _ping(), {200}),
    "success with a long body": Operation(_up, _ping(body=b"x" * 5_000), {200}),
    "first success": Operation(_new, _ping(), {200}),
    "fail with a long body": Operation(_up, _ping("/fail", body=b"x" * 5_000), {200}),
    "start": Operation(_up, _ping("/start"), {200}),
    "success by slug": Operation(_up, lambda project, _: project.ping_slug("job"), {200}),
    "creating ping": Operation(
        _none, lambda project, _: project.ping_slug("job", query="create=1"), {200, 201}
    ),
    "upsert": Operation(
        _none,
        lambda project, _: project.post(name="job", slug="job", unique=["name"], **LONG).status,
        {200, 201},
    ),
    "short edit": Operation(
        _up, lambda project, check_id: project.update(check_id, timeout=600).status, {200}
    ),
    "long edit": Operation(
        _up, lambda project, check_id: project.update(check_id, slug="a", **LONG).status, {200}
    ),
    "shortening edit": Operation(
        partial(_up, **LONG),
        lambda project, check_id: project.update(check_id, desc="", tags="").status,
        {200},
    ),
    "pause": Operation(_up, lambda project, check_id: project.pause(check_id).status, {200}),
    "delete": Operation(
        partial(_up, **LONG),
        lambda project, check_id: project.delete(check_id).status,
        {200, 404},
    ),
}

each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS.values(), ids=[name.replace(" ", "-") for name in OPERATIONS]
)


def _assert_whole(engine, project, *, every_ping_answered=False):
    for check in assert_counted(engine, project):
        stored = read_consistent(engine, project, check["uuid"])
        if every_ping_answered:
            assert [logged.n for logged in stored.pings] == list(range(1, stored.check.n_pings + 1))


@each_operation
def test_a_process_may_die_after_any_request(engine, operation, make_project):
    for k in range(20):
        project = make_project()
        keys.forget()
        check_id = operation.prepare(project)
        with intercepted(engine, strike := Strike(k, faults.die)), suppress(Killed):
            operation.do(project, check_id)
        if not strike.has_struck:
            break
        _assert_whole(engine, project)

        assert operation.do(project, check_id) in operation.answers

        _assert_whole(engine, project)
    assert k > 1


@each_operation
def test_any_answer_of_dynamodb_may_be_lost(engine, operation, make_project):
    for k in range(20):
        project = make_project()
        keys.forget()
        check_id = operation.prepare(project)
        with intercepted(engine, strike := Strike(k, faults.lose_answer)):
            assert operation.do(project, check_id) in {200, 201}
        if not strike.has_struck:
            break
        _assert_whole(engine, project)
    assert k > 1


@pytest.mark.parametrize("code", faults.REFUSALS)
@pytest.mark.parametrize("name", ["fail with a long body", "long edit"])
def test_each_refusal_may_come_four_times(engine, project, name, code):
    _assert_refusals_do_no_harm(engine, project, OPERATIONS[name], code)


@each_operation
def test_each_request_may_meet_a_transaction_four_times(engine, project, operation):
    _assert_refusals_do_no_harm(
        engine, project, operation, "TransactionConflictException", "TransactionConflict"
    )


def _assert_refusals_do_no_harm(engine, project, operation, *codes):
    check_id = operation.prepare(project)
    refusals = 0

    def refuse(request):
        nonlocal refusals
        code = next((code for code in codes if code in request.refusals()), None)
        if code and refusals % 5 < 4:
            refusals += 1
            return request.refuse(code)
        refusals = 0
        return None

    with intercepted(engine, refuse):
        assert operation.do(project, check_id) in {200, 201}
    _assert_whole(engine, project, every_ping_answered=True)


def test_a_transaction_still_in_progress_is_not_carried_out_twice(engine, project):
    asked = []

    def be_slow(request):
        if request.operation != "TransactWriteItems" or len(asked) == 5:
            return None
        if not asked:
            request.carry_out()
        asked.append(request)
        return request.refuse("TransactionInProgressException")

    with intercepted(engine, be_slow):
        assert project.post(slug="job").status == 201

    assert len(asked) == 5
    assert len(assert_counted(engine, project)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_a_third_of_all_requests_may_be_refused(engine, project, at_once, seed):
    chance = random.Random(seed)

    def refuse(request):
        if chance.random() < 0.3:
            return request.refuse(chance.choice(request.refusals()))
        return None

    check_id = project.create(slug="job")
    calls = [
        partial(ping, check_id),
        partial(ping, f"{check_id}/fail", body=b"x" * 5000),
        partial(project.ping_slug, "job"),
        partial(project.ping_slug, "other", query="create=1"),
        lambda: project.update(check_id, **LONG).status,
        lambda: project.update(check_id, desc="", timeout=600).status,
        lambda: project.post(name="upsert", unique=["name"]).status,
        lambda: project.pause(check_id).status,
    ]
    with intercepted(engine, refuse):
        statuses = at_once(calls * 3)

    assert set(statuses) <= {200, 201}
    assert statuses.count(201) == 2
    _assert_whole(engine, project, every_ping_answered=True)
    assert len(project.list()) == 3


def test_a_lost_answer_never_loses_a_ping(engine, project, at_once):
    chance = random.Random(7)
    own = threading.local()

    def lose(request):
        lost_last = getattr(own, "lost", False)
        own.lost = not lost_last and chance.random() < 0.3
        return faults.lose_answer(request) if own.lost else None

    check_id = project.create()
    calls = [partial(ping, check_id + ("", "/fail")[i % 2], ua=f"job {i}") for i in range(20)]
    with intercepted(engine, lose):
        statuses = at_once(calls)

    assert set(statuses) == {200}
    stored = read_consistent(engine, project, check_id)
    assert {logged.ua for logged in stored.pings} == {f"job {i}" for i in range(20)}
