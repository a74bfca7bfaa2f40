"""What must be true of a check at any moment, whatever happened to it."""

from dataclasses import dataclass, replace
from typing import Any

from bench.units import item_bytes
from nightbell.domain import transitions
from nightbell.domain.check import Check, Flip, Ping, Status
from nightbell.domain.status import going_down_after
from nightbell.store import checks, pings
from nightbell.store.fields import read_fields
from nightbell.store.tables import FlipItem, PingItem, body_slot, check_shard, due_shard, log_slot
from tests.engine.api import Project
from tests.engine.engines import Engine

LARGEST_CHECK_ITEM = 1024

# Those that tests give, and take away again.
SLUGS = ("job", "a", "b", "c")


@dataclass(frozen=True)
class Stored:
    """A check with all that belongs to it, as it is stored."""

    check: Check
    pings: list[Ping]  # oldest first, with their bodies
    flips: list[Flip]


def read_consistent(engine: Engine, project: Project, check_id: str) -> Stored:
    """Return what is stored of a check, after asserting that it fits together."""
    check = checks.get(check_id, project.project_id)
    stored = Stored(check, _pings(check_id), _flips(check_id))
    _assert_items_fit(engine, check)
    _assert_log_is_a_count(stored)
    _assert_flips_lead_to_the_status(stored)
    _assert_due_entry_is_early_enough(engine, check)
    return stored


def assert_gone(engine: Engine, project: Project, check_id: str) -> None:
    """Assert that nothing by which the check could be found is left."""
    shard = check_shard(project.project_id, check_id)
    for key in (check_id, f"{check_id}#text"):
        assert _get(engine, "checks", shard=shard, id=key) is None
    assert _get(engine, "keys", key=f"check#{check_id}") is None
    for slug in SLUGS:
        assert check_id not in _checks_with_slug(engine, project, slug)


def assert_counted(engine: Engine, project: Project) -> list[dict[str, Any]]:
    """Return the checks of the project, after asserting that its count and names are theirs."""
    listed = project.list()
    item = _get(engine, "projects", project_id=project.project_id)
    assert item is not None
    assert int(item["check_count"]["N"]) == len(listed)
    for check in listed:
        assert _get(engine, "keys", key=f"check#{check['uuid']}")
        assert project.get(check["uuid"]).status == 200
    for slug in {*SLUGS, *(check["slug"] for check in listed)} - {""}:
        owners = {check["uuid"] for check in listed if check["slug"] == slug}
        assert _checks_with_slug(engine, project, slug) == owners
    return listed


def flips_of_replay(check: Check, log: list[Ping]) -> list[tuple[Status, Status]]:
    """Return the changes of status that these pings mean for the check, one after the other."""
    changes = []
    for ping in log:
        change = transitions.receive(check, ping)
        if change.flip:
            changes.append((change.flip.old_status, change.flip.new_status))
        check = replace(change.after, n_pings=ping.n)
    return changes


def _assert_items_fit(engine: Engine, check: Check) -> None:
    shard = check_shard(check.project_id, check.check_id)
    item = _get(engine, "checks", shard=shard, id=check.check_id)
    text = _get(engine, "checks", shard=shard, id=f"{check.check_id}#text")
    assert item is not None
    assert item_bytes(item) <= LARGEST_CHECK_ITEM
    assert (text is not None) == ("tx" in item)


def _assert_log_is_a_count(stored: Stored) -> None:
    numbers = [ping.n for ping in stored.pings]
    assert numbers == sorted(set(numbers))
    assert not numbers or numbers[-1] <= stored.check.n_pings
    shown = [logged.ping.n for logged in pings.list_latest(stored.check, limit=1000)]
    assert shown == [n for n in reversed(numbers) if n > stored.check.n_pings - 1000]


def _assert_flips_lead_to_the_status(stored: Stored) -> None:
    status, moment = Status.NEW, None
    for flip in stored.flips:
        assert flip.old_status is status
        assert flip.new_status is not status
        status, moment = flip.new_status, flip.created
    assert stored.check.status is status
    assert stored.check.last_flip == moment


def _assert_due_entry_is_early_enough(engine: Engine, check: Check) -> None:
    deadline = going_down_after(check)
    if deadline is None:
        assert check.due_at is None
    else:
        assert check.due_at is not None
        assert check.due_at <= deadline
    answer = engine.bystander.query(
        TableName="checks",
        IndexName="due",
        KeyConditionExpression="due_shard = :shard",
        FilterExpression="id = :id",
        ExpressionAttributeValues={
            ":shard": {"N": str(due_shard(check.check_id))},
            ":id": {"S": check.check_id},
        },
    )
    assert len(answer["Items"]) == (check.due_at is not None)


def _pings(check_id: str) -> list[Ping]:
    items = list(PingItem.query(check_id, consistent_read=True))
    bodies = {(item.slot, item.n): item.body for item in items if item.slot.startswith("body#")}
    found = []
    for item in items:
        if item.slot.startswith("body#"):
            continue
        assert item.slot == log_slot(item.n)
        logged = read_fields(Ping, item)
        if item.body_apart:
            logged = replace(logged, body=bodies[body_slot(item.n), item.n])
        found.append(logged)
    return sorted(found, key=lambda ping: ping.n)


def _flips(check_id: str) -> list[Flip]:
    return [read_fields(Flip, item) for item in FlipItem.query(check_id, consistent_read=True)]


def _checks_with_slug(engine: Engine, project: Project, slug: str) -> set[str]:
    item = _get(engine, "keys", key=f"slug#{project.project_id}#{slug}") or {}
    return set(item["check_ids"]["SS"]) if "check_ids" in item else set()


def _get(engine: Engine, table: str, **key: str) -> dict[str, Any] | None:
    key_values = {name: {"S": value} for name, value in key.items()}
    answer = engine.bystander.get_item(TableName=table, Key=key_values, ConsistentRead=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item
