"""Guarantees 1, 2 and 5 when one call comes between any two requests of another."""

from itertools import count

import pytest

from nightbell.domain.check import Signal, Status
from tests.engine.api import ping
from tests.engine.consistency import assert_gone, read_consistent
from tests.engine.faults import Strike, intercepted

pytestmark = pytest.mark.engine

PINGS = {"success": "", "fail": "/fail", "start": "/start", "log": "/log"}
LONG = {"desc": "d" * 2000}
RENAMED = {"name": "renamed", "timeout": 600}
CALLS = {
    **{
        name: lambda _, check_id, signal=signal: ping(check_id + signal)
        for name, signal in PINGS.items()
    },
    "long edit": lambda project, check_id: project.update(check_id, **LONG).status,
    "edit": lambda project, check_id: project.update(check_id, **RENAMED).status,
    "pause": lambda project, check_id: project.pause(check_id).status,
    "delete": lambda project, check_id: project.delete(check_id).status,
}


@pytest.mark.parametrize("second", ["success", "fail", "start", "long edit", "pause", "delete"])
@pytest.mark.parametrize("first", CALLS)
def test_a_call_may_come_between_the_requests_of_another(engine, project, first, second):
    for k in count():
        check_id = project.create()
        assert ping(check_id) == 200
        answers = {}

        def come_between(request, check_id=check_id, answers=answers):
            answers["second"] = CALLS[second](project, check_id)

        with intercepted(engine, strike := Strike(k, come_between)):
            answers["first"] = CALLS[first](project, check_id)
        if not strike.has_struck:
            break
        _assert_both_took_effect(engine, project, check_id, (first, second), answers)


@pytest.mark.parametrize("name", ["long edit", "edit", "pause"])
def test_no_number_of_pings_makes_a_change_wait(engine, project, name):
    check_id = project.create()
    assert ping(check_id) == 200
    writes = 0

    def ping_before(request):
        nonlocal writes
        if request.operation == "TransactWriteItems":
            writes += 1
            assert ping(check_id) == 200

    with intercepted(engine, ping_before):
        assert CALLS[name](project, check_id) == 200

    assert writes == 1
    assert read_consistent(engine, project, check_id).check.n_pings == 2


def _assert_both_took_effect(engine, project, check_id, names, answers):
    if "delete" in names:
        assert 200 in answers.values()
        assert set(answers.values()) <= {200, 404}
        assert_gone(engine, project, check_id)
        return
    assert set(answers.values()) == {200}
    stored = read_consistent(engine, project, check_id)
    check, log = stored.check, stored.pings
    pinged = [name for name in names if name in PINGS]
    assert [logged.n for logged in log] == list(range(1, 2 + len(pinged)))
    heard = [p.created for p in log if p.kind in (Signal.SUCCESS, Signal.FAIL)]
    assert check.last_ping == max(heard)
    assert sorted(p.kind for p in log[1:]) == sorted(pinged)
    if "long edit" in names:
        assert check.desc == LONG["desc"]
    if "edit" in names:
        assert check.name == RENAMED["name"]
    if set(names) == {"pause"}:
        assert [flip.new_status for flip in stored.flips] == [Status.UP, Status.PAUSED]
