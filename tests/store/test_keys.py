"""Names by which things are found."""

import pytest

from nightbell.store import keys
from nightbell.store.tables import KeyItem


def test_a_lasting_name_is_remembered(tables):
    KeyItem("ping#k", project_id="p").save()
    assert keys.find_lasting("ping#k").project_id == "p"
    KeyItem("ping#k").delete()

    assert keys.find_lasting("ping#k").project_id == "p"
    keys.forget()
    assert keys.find_lasting("ping#k") is None


def test_an_unknown_name_is_not_remembered(tables):
    assert keys.find_lasting("ping#k") is None

    KeyItem("ping#k", project_id="p").save()

    assert keys.find_lasting("ping#k").project_id == "p"


def test_memory_has_an_end(tables, monkeypatch):
    monkeypatch.setattr(keys, "_REMEMBERED", 2)
    for n in range(3):
        KeyItem(f"ping#{n}", project_id="p").save()
        keys.find_lasting(f"ping#{n}")

    assert len(keys._remembered) <= 2


@pytest.mark.parametrize("length", [2049, 10_000])
def test_a_name_too_long_to_be_a_key_is_unknown(tables, length):
    name = "x" * length

    assert keys.find(name) is None
    assert keys.find_lasting(name) is None
    assert keys.checks_with_slug("p", name, consistent=True) == frozenset()


@pytest.mark.parametrize(
    ("key", "check_id"),
    [("check#u", "u"), ("check#", ""), ("unique#u", None), ("checks#u", None), ("", None)],
)
def test_tells_a_deleted_check_by_its_key(key, check_id):
    assert keys.deleted_check(key) == check_id


def test_locks_of_different_values_differ():
    locks = {
        keys.upsert_lock(project, field, value)
        for project in ("p", "q")
        for field in ("name", "tags")
        for value in ("", "a", "b", 'a"', "日本", "x" * 500)
    }

    assert len(locks) == 24
    assert all(len(lock.encode()) < 2048 for lock in locks)
