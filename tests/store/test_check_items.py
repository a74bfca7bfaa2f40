"""The layout of a check: a small item that pings update, and another for its long texts."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.units import item_bytes
from nightbell.domain.check import Change, Kind, Ping, Signal, Status
from nightbell.domain.transitions import receive
from nightbell.store import check_items, checks
from nightbell.store.fields import values_in
from nightbell.store.tables import CheckItem, KeyItem

MOMENT = datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
ALPHABETS = ["a", "aä", "日本🔔", 'a \n"\\']


def random_check(make_check, seed):
    """A check with some fields at any length they may have, and its state at its longest."""
    chance = random.Random(seed)

    def text(longest):
        letters = chance.choice(ALPHABETS)
        length = chance.choice([0, 1, longest // 3, longest])
        return "".join(chance.choices(letters, k=length))

    return make_check(
        project_id=UUID,
        check_id=UUID,
        badge_key=UUID,
        name=text(100),
        slug="s" * chance.choice([0, 10, 100]),
        tags=text(500),
        desc=text(10_000),
        kind=chance.choice(list(Kind)),
        schedule="*" * chance.choice([0, 9, 100]),
        tz="America/Argentina/ComodRivadavia",
        timeout=timedelta(seconds=31_535_999),
        grace=timedelta(seconds=31_535_999),
        manual_resume=True,
        methods="POST",
        start_kw=text(200),
        success_kw=text(200),
        failure_kw=text(200),
        filter_subject=True,
        filter_body=True,
        filter_http_body=True,
        filter_default_fail=True,
        channels=frozenset(f"{n:036}" for n in range(chance.choice([0, 1, 5, 100]))),
        status=Status.PAUSED,
        n_pings=999_999_999,
        last_ping=MOMENT,
        last_start=MOMENT,
        last_start_rid=UUID,
        last_duration=timedelta(days=999, microseconds=1),
        last_flip=MOMENT,
        due_at=MOMENT,
        revision=999_999_999,
    )


@pytest.mark.parametrize("seed", range(200))
def test_the_item_that_pings_update_stays_below_one_kilobyte(make_check, seed):
    item, _ = check_items.items_of(random_check(make_check, seed))

    assert item_bytes(item.to_dynamodb_dict()) <= 1024


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_reading_back_gives_the_same_check(tables, make_check, seed):
    check = random_check(make_check, seed)

    for item in filter(None, check_items.items_of(check)):
        item.save()

    assert checks.get(check.check_id, check.project_id) == check
    assert checks.list_for(check.project_id) == [check]


def test_a_text_item_comes_and_goes_with_long_texts(tables, make_check):
    check = make_check()
    for item in [*check_items.items_of(check), KeyItem(f"check#{UUID}", project_id="project")]:
        if item:
            item.save()

    for desc, count in (("short", 1), ("d" * 10_000, 2), ("e" * 10_000, 2), ("", 1)):
        checks.change(
            check.check_id,
            lambda found, desc=desc: Change(before=found, after=replace(found, desc=desc)),
            owner="project",
        )
        assert len(tables.scan(TableName="checks")["Items"]) == count
        assert checks.get(check.check_id, "project").desc == desc


def test_a_ping_leaves_long_texts_alone(tables, make_check):
    check = make_check(desc="d" * 10_000, tags="t" * 500)
    for item in [*check_items.items_of(check), KeyItem(f"check#{UUID}", project_id="project")]:
        item.save()
    (text,) = [i for i in tables.scan(TableName="checks")["Items"] if "#text" in i["id"]["S"]]

    ping = Ping(created=MOMENT, kind=Signal.SUCCESS)
    checks.receive(UUID, lambda found: receive(found, ping))

    found = checks.get(UUID, "project")
    assert (found.desc, found.tags, found.n_pings) == (check.desc, check.tags, 1)
    assert text in tables.scan(TableName="checks")["Items"]


def test_short_texts_need_no_second_item(make_check):
    _, text = check_items.items_of(make_check(name="n" * 100, desc="d" * 200, tags="t" * 100))

    assert text is None


def test_a_check_that_was_read_is_as_one_that_was_made(make_check):
    made = make_check(name="Backup", last_ping=MOMENT)

    item, _ = check_items.items_of(made)
    read = check_items.read(item.attribute_values, None)

    assert (read, hash(read), repr(read)) == (made, hash(made), repr(made))
    assert replace(read, tags="a") == replace(made, tags="a")
    assert read.desc == ""


def test_items_are_read_as_pynamodb_reads_them(make_check):
    check = random_check(make_check, 7)
    stored = [item.serialize() for item in check_items.items_of(check) if item]

    found = [values_in(CheckItem, raw | {"unknown": {"S": "x"}}) for raw in stored]

    for raw, values in zip(stored, found, strict=True):
        pynamodbs = CheckItem()
        pynamodbs.deserialize(raw)
        assert values == pynamodbs.attribute_values


def test_a_value_of_another_type_than_the_items_is_an_error():
    with pytest.raises(KeyError):
        values_in(CheckItem, {"n": {"S": "1"}})


def test_a_choice_that_there_is_not_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="'odd' is not a valid Status"):
        values_in(CheckItem, {"st": {"S": "odd"}})
