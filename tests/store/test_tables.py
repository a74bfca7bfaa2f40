"""Items have the fields of the domain values, and hold nothing that is a default."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from pynamodb.attributes import UnicodeAttribute

from nightbell.domain.channels import Channel
from nightbell.domain.check import Check, Flip, Ping
from nightbell.domain.notification import Notification
from nightbell.domain.project import Project
from nightbell.store.check_items import items_of
from nightbell.store.connection import connection
from nightbell.store.tables import (
    ChannelItem,
    CheckItem,
    FlipItem,
    NotificationItem,
    PingItem,
    ProjectItem,
    _Table,
    body_slot,
    check_shard,
    due_shard,
    log_slot,
    project_shards,
)


@pytest.mark.parametrize(
    ("value_type", "model", "more"),
    [
        # A check's project is in its shard; the index has a key of its own.
        (Check, CheckItem, {"shard", "due_shard", "text_revision"}),
        (Ping, PingItem, {"check_id", "slot", "body_apart"}),
        (Flip, FlipItem, {"check_id", "project_id", "expires"}),
        (Channel, ChannelItem, set()),
        (Notification, NotificationItem, {"delivery", "expires"}),
        (Project, ProjectItem, {"write_digest", "read_digest"}),
    ],
)
def test_an_item_has_the_fields_of_its_value(value_type, model, more):
    names = {field.name for field in fields(value_type)}

    assert set(model.get_attributes()) - more == names - (
        {"project_id"} if model is CheckItem else set()
    )


@pytest.mark.parametrize("model", [CheckItem, PingItem])
def test_what_is_updated_or_written_often_has_short_names(model):
    names = [attribute.attr_name for attribute in model.get_attributes().values()]
    keys = {"shard", "id", "due_shard", "due_at", "check_id", "slot"}

    assert len(names) == len(set(names))
    assert all(len(name) <= 3 for name in names if name not in keys)


def test_defaults_are_not_stored(make_check):
    item, text = items_of(make_check())

    assert text is None
    assert set(item.to_dynamodb_dict()) == {"shard", "id", "cr", "bk", "st", "n", "rv"}


def test_checks_of_a_project_are_spread_over_its_shards():
    used = {check_shard("p", f"{n:036}") for n in range(100)}

    assert used == set(project_shards("p")) == {"p#0", "p#1", "p#2", "p#3"}


def test_deadlines_are_spread_over_the_index():
    assert {due_shard(f"{n:036}") for n in range(200)} == set(range(8))


@pytest.mark.parametrize(
    ("n", "slot"), [(1, "0001"), (999, "0999"), (1000, "0000"), (2005, "0005")]
)
def test_a_ping_has_a_slot_in_the_ring(n, slot):
    assert log_slot(n) == slot
    assert body_slot(n) == f"body#{slot}"


def test_threads_that_use_a_table_for_the_first_time_at_once_share_the_connection(monkeypatch):
    class Meta:
        table_name = "used-for-the-first-time"

    model = type("FirstUse", (_Table,), {"Meta": Meta, "key": UnicodeAttribute(hash_key=True)})
    add = connection.add_meta_table

    def add_slowly(meta_table):
        time.sleep(0.05)
        add(meta_table)

    monkeypatch.setattr(connection, "add_meta_table", add_slowly)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model._get_connection().connection, range(8)))

    assert all(one is connection for one in found)
