"""Sessions of the dashboard, and attempts to sign in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from nightbell.domain.errors import TooManyAttempts
from nightbell.domain.session import Session
from nightbell.store import keys, projects, sessions


@pytest.fixture
def made(tables, now):
    return projects.create("Ours", check_limit=5, ping_log_limit=10, now=now.moment)


@pytest.fixture
def session(made, now):
    session = Session(
        project_id=made.project_id,
        token="digest",
        key=keys.digest(made.api_key),
        created=now.moment,
        seen=now.moment,
    )
    sessions.add(session)
    return session


def test_is_found_with_its_project_until_it_is_ended(session, now):
    found, project, read_only = sessions.find(session.project_id, "digest", now.moment)

    sessions.end(session.project_id, "digest")

    assert (found, project.name, read_only) == (session, "Ours", False)
    assert sessions.find(session.project_id, "digest", now.moment) is None


def test_one_that_was_ended_meanwhile_is_not_brought_back_by_a_visit(session, now, dump):
    sessions.end(session.project_id, session.token)
    before = dump()

    sessions.note(session, now.moment + timedelta(hours=2))

    assert dump() == before


def test_is_found_in_its_own_project_only(session, now):
    other = projects.create("Theirs", check_limit=5, ping_log_limit=10, now=now.moment)

    assert sessions.find(other.project_id, "digest", now.moment) is None


def test_of_attempts_at_the_same_moment_no_more_pass_than_may(tables, now):
    passed = []

    def attempt(number):
        with suppress(TooManyAttempts):
            sessions.count_attempt("203.0.113.7", now.moment)
            passed.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(40)))

    assert len(passed) == 10


@pytest.mark.parametrize("address", ["", "nonsense", "::ffff:203.0.113.7", "203.0.113.7", "é" * 50])
def test_any_address_is_counted(tables, now, address):
    for _ in range(10):
        sessions.count_attempt(address, now.moment)

    with pytest.raises(TooManyAttempts):
        sessions.count_attempt(address, now.moment)
