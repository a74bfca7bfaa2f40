"""What each operation costs, in capacity units and requests."""

from functools import partial

import pytest

from bench.cost_units import (
    BY_SLUG,
    CHECK_STORED,
    ENTRY_BROUGHT_FORWARD,
    ENTRY_MOVED,
    ENTRY_READ,
    FLIP_BY_PING,
    FLIP_BY_SCAN,
    FLIP_STORED,
    IDLE_RUN,
    LIST_OF_20,
    LIST_OF_100,
    PING,
    PING_STORED,
    SECOND_OF_WAITING,
)
from bench.units import item_bytes
from nightbell import scan
from nightbell.scan import Report
from nightbell.store import keys
from nightbell.store.tables import project_shards
from tests.engine.api import ping
from tests.engine.billing import billed
from tests.engine.consistency import read_consistent
from tests.engine.engines import DYNAMODB_LOCAL

pytestmark = pytest.mark.engine

LONG = {
    "name": "é" * 100,
    "desc": "d" * 10_000,
    "tags": "ü" * 500,
    "start_kw": "s" * 200,
    "success_kw": "k" * 200,
    "failure_kw": "f" * 200,
}

STORED_WITH_EACH_ITEM = 100  # bytes that DynamoDB adds

run_scan = partial(scan.run, 0, 1)

CONFIGURATIONS = pytest.mark.parametrize("fields", [{}, LONG], ids=["plain", "long"])


@CONFIGURATIONS
def test_a_success_costs_two_write_units_and_half_a_read_unit(engine, project, fields):
    check_id = project.create(**fields)
    assert ping(check_id) == 200

    with billed(engine) as bill:
        assert ping(check_id, body=b"done", ua="curl/8.5.0") == 200

    assert bill.units == PING
    assert bill.requests == ["GetItem", "UpdateItem", "PutItem"]


@CONFIGURATIONS
def test_the_first_success_of_a_process_costs_half_a_read_unit_more(engine, project, fields):
    check_id = project.create(**fields)
    assert ping(check_id) == 200
    keys.forget()

    with billed(engine) as bill:
        assert ping(check_id) == 200

    assert (bill.read, bill.write) == (1, 2)
    assert bill.requests == ["GetItem", "GetItem", "UpdateItem", "PutItem"]


@pytest.mark.parametrize("body", [b"", b"x"])
def test_a_ping_of_a_wordy_agent_is_logged(engine, project, body):
    check_id = project.create()

    assert ping(check_id, body=body, ua="\N{FIRE}" * 200) == 200

    (logged,) = read_consistent(engine, project, check_id).pings
    assert logged.body == body


@CONFIGURATIONS
def test_a_success_by_slug_reads_the_slug_too(engine, project, fields):
    project.create(**fields, slug="s" * 100)
    assert project.ping_slug("s" * 100) == 200

    with billed(engine) as bill:
        assert project.ping_slug("s" * 100) == 200

    assert bill.units == PING + BY_SLUG
    assert len(bill.requests) == 4


def test_a_body_is_read_for_keywords_at_the_price_of_the_texts(engine, project):
    check_id = project.create(**LONG, filter_http_body=True)
    assert ping(check_id, body=b"k" * 200) == 200

    with billed(engine) as bill:
        assert ping(check_id, body=b"k" * 200) == 200

    assert bill.read <= 0.5 + 2
    assert bill.write == 2


@CONFIGURATIONS
@pytest.mark.parametrize(
    "signals",
    [[""], ["/fail"], ["", "/fail"], ["/fail", ""], ["/start", ""], ["", "/start", "/fail"]],
    ids=lambda signals: "-".join(signal.strip("/") or "success" for signal in signals),
)
def test_a_ping_that_flips_costs_seven_write_units(engine, project, signals, fields):
    check_id = project.create(**fields, timeout=3600, grace=3600)
    *before, last = signals
    for signal in before:
        assert ping(check_id + signal) == 200

    with billed(engine) as bill:
        assert ping(check_id + last, body=b"done") == 200

    assert "TransactWriteItems" in bill.requests
    assert bill.read <= 1
    assert bill.write <= 7


def test_a_ping_that_flips_a_known_check_costs_half_a_read_unit(engine, project):
    check_id = project.create()
    assert ping(check_id) == 200

    with billed(engine) as bill:
        assert ping(f"{check_id}/fail") == 200

    assert bill.units == FLIP_BY_PING


def test_a_start_costs_as_much_as_a_success_and_more_where_it_hastens_the_deadline(engine, project):
    check_id = project.create()
    assert ping(check_id) == 200

    with billed(engine) as hastening:
        assert ping(f"{check_id}/start") == 200
    assert ping(check_id) == 200
    with billed(engine) as another:
        assert ping(f"{check_id}/start") == 200

    assert hastening.units == PING + ENTRY_BROUGHT_FORWARD
    assert another.units == PING


def test_the_largest_check_item_stays_within_the_unit_of_billing(engine, project):
    check_id = project.create(
        **{name: "\N{FIRE}" * len(value) for name, value in LONG.items()},
        slug="s" * 100,
        schedule=",".join(str(minute) for minute in range(33)) + " * * * *",
        tz="America/Argentina/ComodRivadavia",
        grace=31536000,
        manual_resume=True,
        methods="POST",
        filter_subject=True,
        filter_body=True,
        filter_default_fail=True,
    )
    rid = "123e4567-e89b-12d3-a456-426614174000"
    assert ping(check_id) == 200
    assert ping(f"{check_id}/start", query=f"rid={rid}") == 200
    assert ping(check_id, query=f"rid={rid}") == 200
    assert ping(f"{check_id}/start", query=f"rid={rid}") == 200

    with billed(engine) as bill:
        assert ping(check_id) == 200

    assert bill.write <= 3


def test_a_check_is_shown_for_two_read_units(engine, project):
    check_id = project.create(name="job", desc="d" * 400)

    with billed(engine) as bill:
        assert project.get(check_id).status == 200

    assert bill.read <= 2
    assert bill.write == 0


@pytest.mark.parametrize(("count", "most"), [(20, LIST_OF_20), (100, LIST_OF_100)])
def test_a_list_costs_as_much_as_what_is_in_it(engine, make_project, count, most):
    project = make_project(check_limit=count)
    for i in range(count):
        project.create(name=f"job {i}", desc="d" * 540)
    sizes = [
        item_bytes(item)
        for shard in project_shards(project.project_id)
        for item in engine.bystander.query(
            TableName="checks",
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeNames={"#shard": "shard"},
            ExpressionAttributeValues={":shard": {"S": shard}},
        )["Items"]
    ]
    assert len(sizes) == count
    assert 670 <= min(sizes) <= max(sizes) <= 700

    with billed(engine) as bill:
        assert len(project.list()) == count

    key_look_up = 1
    assert bill.read <= key_look_up + count * 0.7 / 4 + 4
    assert bill.read <= most.read
    if engine.name == DYNAMODB_LOCAL:  # the other counts a query as if it had found little
        assert bill.read >= 0.6 * most.read
    assert bill.write == most.write
    assert len(bill.requests) == 1 + 4


# ---- The scan --------------------------------------------------------------------------------


def test_a_run_with_nothing_due_costs_a_look_at_the_index(empty_engine, project, time):
    assert ping(project.create(timeout=3600)) == 200
    run_scan()
    time.advance(minutes=1)

    with billed(empty_engine) as bill:
        run_scan()

    assert bill.units == IDLE_RUN


@pytest.mark.parametrize(
    ("timeout", "more"), [(60, ENTRY_MOVED), (10, ENTRY_READ)], ids=["far off", "near"]
)
def test_an_entry_of_a_check_that_was_pinged_moves_or_is_read(
    empty_engine, project, time, timeout, more
):
    check_id = project.create(timeout=timeout * 60, grace=600)
    assert ping(check_id) == 200
    time.advance(minutes=timeout)
    assert ping(check_id) == 200
    time.advance(minutes=7)
    run_scan()
    time.advance(minutes=2)

    with billed(empty_engine) as bill:
        assert run_scan() == Report()

    assert bill.units == IDLE_RUN + more


def test_a_check_that_goes_down_costs_five_write_units(empty_engine, project, time):
    run_scan()
    assert ping(project.create(timeout=60, grace=60)) == 200
    time.advance(minutes=2)

    with billed(empty_engine) as bill:
        assert run_scan().flips == 1

    assert bill.units == IDLE_RUN + FLIP_BY_SCAN


def test_a_run_that_waits_looks_at_the_index_each_second(empty_engine, project, time):
    run_scan()
    assert ping(project.create(timeout=60, grace=60)) == 200
    time.advance(seconds=100)

    with billed(empty_engine) as bill:
        assert run_scan().flips == 1

    spent = IDLE_RUN + FLIP_BY_SCAN
    assert bill.write == spent.write
    assert bill.read - spent.read == pytest.approx(20 * SECOND_OF_WAITING.read, rel=0.02)


# ---- What is stored --------------------------------------------------------------------------


def test_checks_pings_and_flips_are_no_larger_than_is_counted(empty_engine, project):
    check_id = project.create(name="Nightly backup", slug="backup", tags="prod db", desc="d" * 200)
    for _ in range(2):
        assert ping(check_id, body=b"42 files, 0 errors", ua="curl/8.5.0") == 200

    stored = {
        table: [
            item_bytes(item) + STORED_WITH_EACH_ITEM
            for item in empty_engine.bystander.scan(TableName=table)["Items"]
        ]
        for table in ("checks", "keys", "pings", "flips")
    }

    index_entry = 100 + STORED_WITH_EACH_ITEM
    of_check = sum(stored["checks"]) + sum(stored["keys"]) + index_entry
    assert 0.7 * CHECK_STORED <= of_check <= CHECK_STORED
    assert 0.7 * PING_STORED <= max(stored["pings"]) <= PING_STORED
    assert 0.7 * FLIP_STORED <= max(stored["flips"]) <= FLIP_STORED
