"""Guarantee 5: upserts, `create=1` and the check limit hold, whatever happens at once."""

from collections import Counter
from functools import partial
from itertools import chain

import pytest

from tests.engine.api import ping
from tests.engine.consistency import assert_counted, assert_gone, read_consistent

pytestmark = pytest.mark.engine

MANY = 50
FIELDS = {"name": "Nightly backup", "slug": "nightly", "tags": "prod db", "timeout": 3600}
FIELDS["grace"] = 120


@pytest.mark.parametrize(
    "unique",
    [["name"], ["slug"], ["tags"], ["timeout"], ["grace"], ["name", "tags"], list(FIELDS)],
    ids="-".join,
)
def test_fifty_identical_upserts_create_one_check(engine, project, at_once, unique):
    answers = at_once([partial(project.post, **FIELDS, unique=unique)] * MANY)

    assert Counter(answer.status for answer in answers) == {201: 1, 200: MANY - 1}
    (check,) = assert_counted(engine, project)
    assert {answer.document["uuid"] for answer in answers} == {check["uuid"]}


def test_different_upserts_create_a_check_each(engine, project, at_once):
    upserts = [partial(project.post, name=f"job {i}", unique=["name"]) for i in range(10)]

    answers = at_once(upserts * 3)

    assert Counter(answer.status for answer in answers) == {201: 10, 200: 20}
    listed = assert_counted(engine, project)
    assert {check["name"] for check in listed} == {f"job {i}" for i in range(10)}


def test_fifty_pings_that_may_create_make_one_check(engine, project, at_once):
    calls = [partial(project.ping_slug, "job", query="create=1", ua=f"{i}") for i in range(MANY)]

    statuses = at_once(calls)

    assert Counter(statuses) == {201: 1, 200: MANY - 1}
    (check,) = assert_counted(engine, project)
    stored = read_consistent(engine, project, check["uuid"])
    assert stored.check.n_pings == MANY
    assert {logged.ua for logged in stored.pings} == {str(i) for i in range(MANY)}
    assert len(stored.flips) == 1


def test_upserts_by_slug_and_pings_that_may_create_make_one_check(engine, project, at_once):
    upsert = partial(project.post, slug="job", name="job", unique=["slug"])
    calls = [partial(project.ping_slug, "job", query="create=1"), lambda: upsert().status]

    statuses = at_once(calls * 20)

    assert Counter(statuses) == {201: 1, 200: 39}
    (check,) = assert_counted(engine, project)
    assert read_consistent(engine, project, check["uuid"]).check.n_pings == 20


def test_the_last_places_are_given_once_each(engine, make_project, at_once):
    project = make_project(check_limit=12)
    project.create()
    project.create()

    answers = at_once([project.post] * 30)

    assert Counter(answer.status for answer in answers) == {201: 10, 403: 20}
    assert len(assert_counted(engine, project)) == 12


def test_pings_that_may_create_find_as_much_room_again(engine, make_project, at_once):
    project = make_project(check_limit=5)

    statuses = at_once([partial(project.ping_slug, f"s{i}", query="create=1") for i in range(20)])

    assert Counter(statuses) == {201: 10, 404: 10}
    assert len(assert_counted(engine, project)) == 10


def test_a_check_is_deleted_once(engine, project, at_once):
    kept = project.create(slug="kept")
    check_id = project.create(slug="job", tags="t " * 250, name="n" * 100, desc="d" * 2000)
    ping(check_id)

    answers = at_once([partial(project.delete, check_id)] * 20)

    assert Counter(answer.status for answer in answers) == {200: 1, 404: 19}
    assert_gone(engine, project, check_id)
    assert [check["uuid"] for check in assert_counted(engine, project)] == [kept]


def test_upserts_and_deletes_leave_one_check_or_none(engine, project, at_once):
    def make_and_delete():
        made = [project.post(name="job", slug="job", unique=["name", "slug"]) for _ in range(3)]
        deleted = [project.delete(answer.document["uuid"]).status for answer in made]
        return [answer.status for answer in made], deleted

    results = at_once([make_and_delete] * 10)

    made = Counter(chain.from_iterable(made for made, _ in results))
    deleted = Counter(chain.from_iterable(deleted for _, deleted in results))
    assert set(made) <= {200, 201}
    assert set(deleted) <= {200, 404}
    listed = assert_counted(engine, project)
    assert made[201] - deleted[200] == len(listed) <= 1


def test_edits_of_slugs_keep_count_of_who_has_them(engine, project, at_once):
    check_ids = [project.create(slug="job") for _ in range(4)]

    def rename(check_id):
        return [project.update(check_id, slug=slug).status for slug in ("a", "b", "job", "a")]

    statuses = at_once([partial(rename, check_id) for check_id in check_ids * 2])

    assert statuses == [[200] * 4] * 8
    assert {check["slug"] for check in assert_counted(engine, project)} == {"a"}
