"""Tables that a backup was restored to, copied into a stack."""

import json
from dataclasses import replace
from importlib import import_module

import pytest

from local import tables as templates
from nightbell import settings as settings_module
from nightbell.domain import transitions
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Ping, Signal
from nightbell.store import (
    channels,
    check_creation,
    checks,
    flips,
    notifications,
    projects,
    scans,
)

restore_module = import_module("nightbell.cli.restore")

PATTERN = "night-{table}-*-restored"

# Who was signed in signs in again.
COPIED = {name: it for name, it in templates.definitions().items() if name != "sessions"}


@pytest.fixture
def backup(tables, now, dump, make_channel, monkeypatch):
    """Fill tables of other names with something of each sort, and return what is in them."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    project = projects.create("Shop", check_limit=9, ping_log_limit=9, now=now.moment).project_id
    channel = make_channel(project_id=project, sealed={"token": "AAEC"})
    channels.add(channel)
    check = replace(check_creation.blank(project, now.moment), desc="x" * 5000)
    check_creation.create(check, limit=9, now=now.moment)
    for signal in (Signal.SUCCESS, Signal.FAIL):
        now.advance(seconds=1)
        ping = Ping(created=now.moment, kind=signal, body=b"\x00" * 3000)
        checks.change(check.check_id, lambda it, ping=ping: transitions.receive(it, ping), project)
    for flip in flips.list_between(check.check_id, None, None, now.moment):
        order = Order(
            project_id=project,
            check_id=check.check_id,
            channel_id=channel.channel_id,
            flip=flip,
        )
        notifications.record(replace(notifications.queued(order, now.moment), state=Delivery.SENT))
    scans.begin(0, 1, now.moment)
    stored = {name: items for name, items in dump().items() if name in COPIED}
    assert all(stored.values())
    _move(tables, stored)
    yield stored
    for name in stored:
        tables.delete_table(TableName=_copy_of(name))


def _copy_of(name):
    return f"night-{name.title()}Table-1A2B-restored"


def _move(tables, stored):
    for name, definition in COPIED.items():
        tables.create_table(TableName=_copy_of(name), **definition)
        key = [each["AttributeName"] for each in definition["KeySchema"]]
        for item in stored[name]:
            tables.put_item(TableName=_copy_of(name), Item=item)
            tables.delete_item(TableName=name, Key={part: item[part] for part in key})


@pytest.fixture
def while_copying(monkeypatch):
    """Return a function that lets something happen before a table's first item is copied."""
    read = restore_module._items

    def arrange(name, happen):
        def items(table):
            if table.name == _copy_of(name):
                happen()
            yield from read(table)

        monkeypatch.setattr(restore_module, "_items", items)

    return arrange


def exit_at_once():
    """End as a process that is killed does: with nothing done that was not done before."""
    raise SystemExit(9)


def by_table(items):
    return {name: sorted(map(repr, items[name])) for name in COPIED}


def test_all_items_are_copied_as_they_are(run, backup, dump):
    code, output = run("restore", "--from", PATTERN)

    assert code == 0, output
    assert by_table(dump()) == by_table(backup)


def test_it_says_how_much_was_copied(run, backup):
    code, output = run("restore", "--from", PATTERN, "--json")

    assert code == 0, output
    assert json.loads(output) == {name: len(items) for name, items in backup.items()}


def test_many_pages_are_copied(run, backup, tables):
    check_id = {"S": "a check"}
    for n in range(300):
        item = {"check_id": check_id, "slot": {"S": f"{n:04}"}, "body": {"B": b"x" * 9000}}
        tables.put_item(TableName=_copy_of("pings"), Item=item)

    run("restore", "--from", PATTERN)

    pages = tables.get_paginator("query").paginate(
        TableName="pings",
        KeyConditionExpression="check_id = :check_id",
        ExpressionAttributeValues={":check_id": check_id},
        Select="COUNT",
    )
    assert [page["Count"] for page in pages] == [110, 110, 80]


def test_deadlines_that_passed_before_the_end_are_known_to_be_no_fault_of_jobs(
    run, backup, now, while_copying
):
    last_scan = now.moment
    now.advance(hours=2)
    while_copying("flips", lambda: scans.begin(0, 1, now.moment))  # of the new stack

    run("restore", "--from", PATTERN)

    now.advance(minutes=1)
    (outage,) = scans.begin(0, 1, now.moment)
    assert (outage.start, outage.end) == (last_scan, now.moment)


def test_a_stack_in_use_is_not_written_over_by_mistake(run, backup, now, dump):
    projects.create("Other", check_limit=9, ping_log_limit=9, now=now.moment)
    before = dump()

    code, output = run("restore", "--from", PATTERN)

    assert (code, dump()) == (1, before)
    assert "--overwrite" in output


def test_the_stacks_own_tables_are_refused(run, backup, monkeypatch, dump):
    own = replace(settings_module.settings, keys_table=_copy_of("keys"))
    monkeypatch.setattr(settings_module, "settings", own)

    code, output = run("restore", "--from", PATTERN, "--overwrite")

    assert (code, output) == (1, f"Error: {_copy_of('keys')} is the stack's own table.\n")
    assert not any(dump().values())


@pytest.mark.parametrize("pattern", ["", "night-{table}", "{table}-*-restored"])
def test_a_pattern_that_fits_nothing_is_refused(run, backup, pattern):
    code, output = run("restore", "--from", pattern)

    assert code == 1
    assert output.startswith("Error: No table is named")


def test_a_pattern_that_fits_two_tables_is_refused(run, backup, tables, dump):
    definition = templates.definitions()["keys"]
    tables.create_table(TableName="night-KeysTable-3C4D-restored", **definition)

    code, output = run("restore", "--from", PATTERN)
    tables.delete_table(TableName="night-KeysTable-3C4D-restored")

    assert code == 1
    assert "2 tables are named night-KeysTable-*-restored; one must be." in output
    assert not any(dump().values())


@pytest.mark.parametrize("table", COPIED)
def test_an_interrupted_copy_may_be_repeated(run, backup, dump, while_copying, table):
    while_copying(table, exit_at_once)
    code, _ = run("restore", "--from", PATTERN)
    assert code == 9
    assert by_table(dump()) != by_table(backup)

    while_copying(table, lambda: None)
    code, output = run("restore", "--from", PATTERN, "--overwrite")

    assert code == 0, output
    assert by_table(dump()) == by_table(backup)
