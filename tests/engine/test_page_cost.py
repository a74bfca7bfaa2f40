"""What the list of checks costs as a page, in capacity units and requests."""

import pytest

from bench.calls import page
from nightbell import clock
from nightbell.dashboard import runs
from nightbell.domain.session import Session
from nightbell.store import checks, keys, sessions
from tests.engine.api import ping
from tests.engine.billing import billed

pytestmark = pytest.mark.engine

TOKEN = "0" * 43
CHECKS = 12
PINGED = 5


@pytest.fixture
def show(project):
    """Return a function that asks for the list as a browser that is signed in does."""
    now = clock.now()
    digests = {"token": keys.digest(TOKEN), "key": keys.digest(project.keys.api_key)}
    sessions.add(Session(project_id=project.project_id, created=now, seen=now, **digests))

    def show(*, status=200, **headers):
        cookie = {"Cookie": f"nightbell={TOKEN}:{project.project_id}"}
        path = f"/projects/{project.project_id}/checks"
        return page("checks_page", path, cookie | headers, status=status)()

    return show


def test_a_page_costs_a_list_and_a_query_for_each_log_and_unchanged_only_the_list(
    engine, project, show
):
    runs.forget()
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
    assert again.read == unchanged.read == listed.read + session_and_project
    assert sorted(unchanged.requests) == ["GetItem"] * 2 + ["Query"] * 4
    assert first.write == again.write == unchanged.write == 0
