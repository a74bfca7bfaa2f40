"""The deletion of a project, also beside others who still use it."""

from dataclasses import replace

import pytest

from nightbell.domain.errors import CheckLimitReached, NotFound
from nightbell.domain.session import Session
from nightbell.store import (
    channels,
    check_creation,
    checks,
    keys,
    project_deletion,
    projects,
    sessions,
)
from nightbell.store.check_creation import blank


@pytest.fixture
def make(tables, now, make_channel):
    """Return a function that makes a project with two checks of one slug and a channel."""

    def project(name):
        made = projects.create(name, check_limit=5, ping_log_limit=10, now=now.moment)
        for _ in range(2):
            add_check(made.project_id, now.moment)
        channels.add(make_channel(project_id=made.project_id))
        sessions.add(
            Session(
                project_id=made.project_id,
                token="digest",
                key=keys.digest(made.api_key),
                created=now.moment,
                seen=now.moment,
            )
        )
        return made

    return project


def add_check(project_id, moment, limit=5):
    check = replace(blank(project_id, moment), slug="backup")
    check_creation.create(check, limit=limit, now=moment)
    return check


def delete(project_id):
    return list(project_deletion.delete(project_id))


def test_nothing_of_a_project_is_left_and_nothing_else_goes(make, dump):
    other = make("Other")
    before = dump()
    ours = make("Ours")

    gone = delete(ours.project_id)

    assert len(gone) == 2
    assert dump() == before
    assert projects.get(other.project_id).check_count == 2


def test_the_keys_end_before_the_first_check_goes(make):
    made = make("Ours")

    deletion = project_deletion.delete(made.project_id)
    next(deletion)

    assert projects.authenticate(made.api_key) is None
    assert projects.authenticate(made.api_key_readonly) is None
    assert keys.find(keys.ping_key(made.ping_key), consistent=True) is None
    assert projects.get(made.project_id).check_limit == 0


def test_a_deletion_that_was_cut_short_can_be_repeated(make, dump):
    before = dump()
    made = make("Ours")
    next(project_deletion.delete(made.project_id))

    assert len(delete(made.project_id)) == 1

    assert dump() == before


def test_a_check_that_was_created_meanwhile_goes_too(make, dump, now):
    before = dump()
    made = make("Ours")

    gone = []
    for check in project_deletion.delete(made.project_id):
        if not gone:  # by a request that had read the limit before
            add_check(made.project_id, now.moment)
        gone.append(check)

    assert len(gone) == 3
    assert dump() == before


def test_a_check_that_was_deleted_meanwhile_is_no_obstacle(make, dump):
    before = dump()
    made = make("Ours")

    deletion = project_deletion.delete(made.project_id)
    next(deletion)
    for check in checks.list_for(made.project_id):
        checks.delete(check.check_id, owner=made.project_id)
    list(deletion)

    assert dump() == before


def test_keys_that_were_renewed_meanwhile_end_too(make, dump):
    before = dump()
    made = make("Ours")

    deletion = project_deletion.delete(made.project_id)
    next(deletion)
    renewed = projects.rotate_keys(made.project_id, ping_key=True)
    list(deletion)

    assert projects.authenticate(renewed.api_key) is None
    assert dump() == before


def test_no_check_is_created_in_a_project_that_is_gone(make, now, dump):
    made = make("Ours")
    delete(made.project_id)

    with pytest.raises(CheckLimitReached):
        add_check(made.project_id, now.moment)

    assert dump()["projects"] == []


def test_an_unknown_project_cannot_be_deleted(tables):
    with pytest.raises(NotFound):
        delete("unknown")
