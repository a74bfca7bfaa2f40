"""A project that is deleted while others use it leaves nothing."""

from functools import partial

import pytest

from nightbell.settings import settings
from nightbell.store import project_deletion

pytestmark = pytest.mark.engine


def left_of(engine, project):
    """Return the items of a project; not locks, which expire, and slugs that no check has.

    Such a slug stays of a check that its owner deleted, as in a project that lives on.
    """
    found = []
    for table in (settings.projects_table, settings.keys_table, settings.checks_table):
        items = engine.bystander.scan(TableName=table, ConsistentRead=True)["Items"]
        found += [item for item in items if project.project_id in str(item)]
    return [item for item in found if not is_remnant(item)]


def is_remnant(item):
    key = item.get("key", {"S": ""})["S"]
    return key.startswith("lock#") or (key.startswith("slug#") and "check_ids" not in item)


def test_nothing_is_left_of_a_project_that_others_use(engine, project, at_once):
    first = [project.create(slug=f"job-{i}") for i in range(5)]
    others = [
        *(partial(project.post, slug=f"new-{i}") for i in range(10)),
        *(partial(project.ping_slug, f"pinged-{i}", query="create=1") for i in range(10)),
        *(partial(project.delete, check) for check in first[:2]),
    ]

    def delete():
        return [check.check_id for check in project_deletion.delete(project.project_id)]

    deleted, *answers = at_once([delete, *others])

    assert left_of(engine, project) == []
    assert set(first[2:]) <= set(deleted)
    created = [answer for answer in answers[:10] if answer.status == 201]
    assert {answer.document["uuid"] for answer in created} <= set(deleted)
    assert {answer.status for answer in answers[:10]} <= {201, 401, 403}
    assert set(answers[10:20]) <= {201, 404}
    assert {answer.status for answer in answers[20:]} <= {200, 401, 404}
