"""Guarantees 1 and 2 when reads are old: DynamoDB may answer a cheap read with what was before."""

import json
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from nightbell.domain.check import Signal, Status
from nightbell.store.tables import check_shard
from tests.engine.api import ping
from tests.engine.consistency import assert_gone, read_consistent
from tests.engine.faults import intercepted

pytestmark = pytest.mark.engine

KEYWORDS = {"filter_http_body": True, "name": "n" * 100, "tags": "t" * 500, "desc": "d" * 500}


@pytest.fixture
def old_reads(engine, project) -> Callable:
    """Return a function that answers cheap reads with what there was when it was called."""

    def remember(check_id="none", slug="job"):
        shard = check_shard(project.project_id, check_id)
        items = [
            ("checks", {"shard": {"S": shard}, "id": {"S": check_id}}),
            ("checks", {"shard": {"S": shard}, "id": {"S": f"{check_id}#text"}}),
            ("keys", {"key": {"S": f"check#{check_id}"}}),
            ("keys", {"key": {"S": f"slug#{project.project_id}#{slug}"}}),
        ]
        old = {
            (table, json.dumps(key)): engine.bystander.get_item(TableName=table, Key=key).get(
                "Item"
            )
            for table, key in items
        }

        def answer(request):
            document = request.document
            if request.operation != "GetItem" or document.get("ConsistentRead"):
                return None
            item = old.get((document["TableName"], json.dumps(document["Key"])))
            return request.answer({"Item": item} if item else {})

        @contextmanager
        def reading():
            with intercepted(engine, answer):
                yield

        return reading()

    return remember


def _received(engine, project, check_id):
    stored = read_consistent(engine, project, check_id)
    assert [logged.n for logged in stored.pings] == list(range(1, stored.check.n_pings + 1))
    return stored


def test_a_check_is_pinged_right_after_its_creation(engine, project, old_reads):
    nothing = old_reads()
    check_id = project.create(slug="job")

    with nothing:
        assert ping(check_id) == 200
        assert project.ping_slug("job") == 200

    stored = _received(engine, project, check_id)
    assert stored.check.n_pings == 2
    assert len(stored.flips) == 1


def test_a_ping_creates_no_second_check(engine, project, old_reads):
    nothing = old_reads()
    project.create(slug="job")

    with nothing:
        assert project.ping_slug("job", query="create=1") == 200

    assert len(project.list()) == 1


def test_an_old_status_makes_no_second_flip(engine, project, old_reads):
    check_id = project.create()
    new = old_reads(check_id)
    assert ping(check_id) == 200

    with new:
        assert ping(check_id) == 200
        assert ping(f"{check_id}/fail") == 200

    stored = _received(engine, project, check_id)
    assert [flip.new_status for flip in stored.flips] == [Status.UP, Status.DOWN]


def test_an_old_count_is_not_counted_from(engine, project, old_reads):
    check_id = project.create()
    assert ping(check_id) == 200
    first = old_reads(check_id)
    assert ping(check_id) == 200
    assert ping(check_id) == 200

    with first:
        assert ping(check_id) == 200
        assert ping(f"{check_id}/fail") == 200

    stored = _received(engine, project, check_id)
    assert stored.check.n_pings == 5
    assert stored.check.last_ping == stored.pings[-1].created


def test_a_run_that_has_begun_meanwhile_is_measured_and_ended(engine, project, old_reads):
    check_id = project.create()
    assert ping(check_id) == 200
    idle = old_reads(check_id)
    assert ping(f"{check_id}/start") == 200

    with idle:
        assert ping(check_id) == 200

    check = _received(engine, project, check_id).check
    assert check.last_start is None
    assert check.last_duration is not None


def test_a_check_paused_meanwhile_stays_so(engine, project, old_reads):
    check_id = project.create(manual_resume=True)
    assert ping(check_id) == 200
    running = old_reads(check_id)
    assert project.pause(check_id).status == 200

    with running:
        assert ping(check_id) == 200

    stored = _received(engine, project, check_id)
    assert stored.check.status is Status.PAUSED
    assert stored.pings[-1].kind is Signal.IGNORE


def test_a_check_deleted_meanwhile_takes_no_ping(engine, project, old_reads):
    check_id = project.create(slug="job")
    assert ping(check_id) == 200
    alive = old_reads(check_id)
    assert project.delete(check_id).status == 200

    with alive:
        assert ping(check_id) == 404
        assert project.ping_slug("job") == 404

    assert_gone(engine, project, check_id)


def test_a_slug_given_to_another_check_finds_that_one(engine, project, old_reads):
    first = project.create(slug="job")
    second = project.create(slug="other")
    before = old_reads(first)
    assert project.update(first, slug="gone").status == 200
    assert project.update(second, slug="job").status == 200

    with before:
        assert project.ping_slug("job") == 200

    assert _received(engine, project, first).check.n_pings == 0
    assert _received(engine, project, second).check.n_pings == 1


def test_keywords_are_those_of_the_last_edit(engine, project, old_reads):
    check_id = project.create(**KEYWORDS, failure_kw="bad" + " " * 190)
    before = old_reads(check_id)
    assert project.update(check_id, failure_kw="error", success_kw="k" * 200).status == 200

    with before:
        assert ping(check_id, body=b"bad error") == 200

    assert _received(engine, project, check_id).pings[-1].kind is Signal.FAIL


def test_texts_that_move_while_a_ping_reads_them_lose_no_ping(engine, project):
    moved_in = {"tags": "", "desc": "", "start_kw": "", "failure_kw": "error"}
    moved_out = {**KEYWORDS, "start_kw": "s" * 200, "failure_kw": "error" + "," * 190}
    check_id = project.create(**moved_out)
    edits = [moved_in, moved_out, moved_in]

    def edit(request):
        key = request.document.get("Key", {}).get("id", {}).get("S")
        if request.operation == "GetItem" and key == f"{check_id}#text" and edits:
            assert project.update(check_id, **edits.pop(0)).status == 200

    with intercepted(engine, edit):
        assert ping(check_id, body=b"an error") == 200

    assert len(edits) < 3
    assert _received(engine, project, check_id).pings[-1].kind is Signal.FAIL


def test_an_edit_is_not_made_from_the_texts_of_another_moment(engine, project):
    check_id = project.create(desc="old " * 1000)
    shard = check_shard(project.project_id, check_id)
    key = {"shard": {"S": shard}, "id": {"S": f"{check_id}#text"}}
    old_text = engine.bystander.get_item(TableName="checks", Key=key)["Item"]
    assert project.update(check_id, desc="new " * 1000).status == 200
    torn = []

    def tear(request):
        if request.operation != "Query" or len(torn) == 2:
            return None
        answer = json.loads(request.carry_out().content)
        answer["Items"][1:] = [[], [old_text]][len(torn)]
        answer["Count"] = len(answer["Items"])
        torn.append(answer)
        return request.answer(answer)

    with intercepted(engine, tear):
        assert project.update(check_id, name="job").status == 200

    assert project.get(check_id).document["desc"] == "new " * 1000
