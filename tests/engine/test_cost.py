"""What each operation costs, in capacity units and requests."""

import pytest

from bench.units import item_bytes
from nightbell.store import keys
from nightbell.store.tables import project_shards
from tests.engine.api import ping
from tests.engine.billing import billed
from tests.engine.consistency import read_consistent

pytestmark = pytest.mark.engine

LONG = {
    "name": "é" * 100,
    "desc": "d" * 10_000,
    "tags": "ü" * 500,
    "start_kw": "s" * 200,
    "success_kw": "k" * 200,
    "failure_kw": "f" * 200,
}
CONFIGURATIONS = pytest.mark.parametrize("fields", [{}, LONG], ids=["plain", "long"])


@CONFIGURATIONS
def test_a_success_costs_two_write_units_and_half_a_read_unit(engine, project, fields):
    check_id = project.create(**fields)
    assert ping(check_id) == 200

    with billed(engine) as bill:
        assert ping(check_id, body=b"done", ua="curl/8.5.0") == 200

    assert (bill.read, bill.write) == (0.5, 2)
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

    assert (bill.read, bill.write) == (1, 2)
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


@pytest.mark.parametrize("count", [20, 100])
def test_a_list_costs_as_much_as_what_is_in_it(engine, make_project, count):
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
    assert bill.write == 0
    assert len(bill.requests) == 1 + 4
