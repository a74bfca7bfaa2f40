"""What is done to several checks at once, while others do something to one of them."""

from dataclasses import replace

import pytest

from nightbell.dashboard import bulk
from nightbell.store import check_creation, checks, projects


@pytest.fixture
def project_id(tables, now):
    made = projects.create("Ours", check_limit=5, ping_log_limit=10, now=now.moment)
    return made.project_id


@pytest.fixture
def chosen(project_id, now):
    """Three checks of the project."""
    made = [check_creation.blank(project_id, now.moment) for _ in range(3)]
    for check in made:
        check_creation.create(replace(check, tags="a"), limit=5, now=now.moment)
    return bulk.choose(project_id, [check.unique_key for check in made])


def test_one_that_is_deleted_meanwhile_does_not_keep_the_others(project_id, chosen):
    checks.delete(chosen[0].check_id, owner=project_id)

    bulk.delete(chosen)

    assert checks.list_for(project_id) == []
    assert projects.get(project_id).check_count == 0


def test_one_that_is_deleted_meanwhile_is_not_changed_and_the_others_are(project_id, chosen, now):
    checks.delete(chosen[0].check_id, owner=project_id)

    bulk.add_tags(chosen, ["b"], now.moment)

    assert [check.tags for check in checks.list_for(project_id)] == ["a b", "a b"]
