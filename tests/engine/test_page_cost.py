"""What the list of checks costs as a page, in capacity units and requests."""

from dataclasses import replace
from uuid import uuid4

import pytest

from bench.calls import page
from nightbell import clock
from nightbell.dashboard import runs
from nightbell.domain.session import Session
from nightbell.store import check_creation, check_items, checks, keys, sessions
from nightbell.store.tables import CheckItem
from tests.engine.api import ping
from tests.engine.billing import billed

pytestmark = pytest.mark.engine

TOKEN = "0" * 43
CHECKS = 12
PINGED = 5


def signed_in(project):
    """Return a function that asks for the list as a browser that is signed in does."""
    now = clock.now()
    digests = {"token": keys.digest(TOKEN), "key": keys.digest(project.keys.api_key)}
    sessions.add(Session(project_id=project.project_id, created=now, seen=now, **digests))

    def show(*, status=200, **headers):
        cookie = {"Cookie": f"nightbell={TOKEN}:{project.project_id}"}
        path = f"/projects/{project.project_id}/checks"
        return page("checks_page", path, cookie | headers, status=status)()

    return show


def test_a_page_costs_a_list_and_a_query_for_each_log_and_unchanged_only_the_list(engine, project):
    runs.forget()
    show = signed_in(project)
    made = [project.create(name=f"job {i}", desc="d" * 540) for i in range(CHECKS)]
    for check_id in made[:PINGED]:
        assert ping(check_id) == 200

    with billed(engine) as listed:
        checks.list_for(project.project_id)
    with billed(engine) as first:
        answer = show()
    with billed(engine) as again:
        show()
    tag = answer["multiValueHeaders"]["ETag"][0]
    with billed(engine) as unchanged:
        show(status=304, **{"If-None-Match": tag})

    session_and_project = 2
    assert first.read == listed.read + session_and_project + PINGED
    assert again.read == listed.read + session_and_project
    assert unchanged.read == listed.read + session_and_project / 2
    assert sorted(unchanged.requests) == ["GetItem"] * 2 + ["Query"] * 4
    assert first.write == again.write == unchanged.write == 0


@pytest.mark.parametrize("number", [20, 200])
def test_an_unchanged_refresh_costs_no_more_than_the_list_of_the_api(engine, make_project, number):
    project = make_project()
    blank = check_creation.blank(project.project_id, clock.now())
    with CheckItem.batch_write() as batch:
        for i in range(number):
            check = replace(blank, check_id=str(uuid4()), name=f"job {i}", desc="d" * 540)
            batch.save(check_items.items_of(check)[0])
    show = signed_in(project)
    tag = show()["multiValueHeaders"]["ETag"][0]

    with billed(engine) as listed:
        assert len(project.list()) == number
    with billed(engine) as unchanged:
        show(status=304, **{"If-None-Match": tag})

    assert 0 < unchanged.read <= listed.read
    assert unchanged.write == 0
