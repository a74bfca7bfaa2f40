"""The channels of a project."""

from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.errors import InvalidChannel
from nightbell.store import channels

START = datetime(2024, 1, 1, tzinfo=UTC)


def add(name, project="p", after=0):
    now = START + timedelta(seconds=after)
    return channels.add(project, kind="email", value="a@x", name=name, now=now)


def test_lists_what_was_added_oldest_first(tables):
    second, first, _ = add("b", after=2), add("", after=1), add("c", project="q")

    assert channels.list_for("p") == [first, second]


def test_resolves_names_and_ids_of_the_project_only(tables):
    ours, theirs = add("ops"), add("ops", project="q")

    assert channels.resolve("ops", "p") == {ours.channel_id}
    assert channels.resolve("*", "q") == {theirs.channel_id}
    with pytest.raises(InvalidChannel):
        channels.resolve(theirs.channel_id, "p")


def test_reads_nothing_where_nothing_is_meant(tables):
    tables.delete_table(TableName="channels")

    assert channels.resolve(None, "p") is None
    assert channels.resolve("", "p") == frozenset()
