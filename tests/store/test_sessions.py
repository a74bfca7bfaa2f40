"""Sessions of the dashboard, and attempts to sign in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient

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


@pytest.fixture
def ended_meanwhile(session, monkeypatch):
    """The session, which is ended just before what was decided from it is written."""
    make = BaseClient._make_api_call

    def call(client, operation, parameters):
        if operation == "TransactWriteItems":
            sessions.end(session.project_id, session.token)
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
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


def test_one_that_was_ended_meanwhile_does_not_go_on_under_a_new_token(ended_meanwhile, now):
    other = projects.create("Theirs", check_limit=5, ping_log_limit=10, now=now.moment)
    sessions.add(ended_meanwhile)
    new = replace(
        ended_meanwhile,
        project_id=other.project_id,
        token="new",
        key=keys.digest(other.api_key),
    )

    moved = sessions.take_over(new, "digest", [ended_meanwhile.project_id], now.moment)

    assert moved == set()
    assert sessions.find(other.project_id, "new", now.moment)
    assert sessions.find(ended_meanwhile.project_id, "new", now.moment) is None


def test_one_that_was_ended_meanwhile_renews_no_keys(ended_meanwhile, made, now):
    made_keys = sessions.rotate_keys(made.project_id, "digest", now.moment, ping_key=True)

    assert made_keys is None
    assert projects.authenticate(made.api_key)
    assert sessions.find(made.project_id, "digest", now.moment) is None


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


def test_an_ipv4_address_is_the_same_when_it_is_written_as_ipv6(tables, now):
    for _ in range(10):
        sessions.count_attempt("203.0.113.7", now.moment)

    with pytest.raises(TooManyAttempts):
        sessions.count_attempt("::ffff:203.0.113.7", now.moment)
