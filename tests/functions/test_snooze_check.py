"""POST /api/v3/checks/{check}/snooze."""

import pytest

from nightbell.store import checks


@pytest.fixture
def down(create, ping):
    """Create a check that is down and nags every two hours; return its UUID."""
    check_id = create(nag_interval=7200)["uuid"]
    ping(f"/ping/{check_id}/fail")
    return check_id


@pytest.fixture
def snooze(call, down):
    """Return a function that posts a body to the check that is down."""
    return lambda body: call("POST", f"/api/v3/checks/{down}/snooze", body)


def test_puts_reminders_off(snooze, show, down):
    answer = snooze({"seconds": 36_000})

    assert answer.status == 200
    assert answer.json["snoozed_until"] == "2024-01-15T22:00:00+00:00"
    assert answer.json == show(down)
    assert answer.json["nag_interval"] == 7200


def test_zero_ends_it(snooze, project, down):
    before = checks.get(down, project.project_id)
    snooze({"seconds": 36_000})

    answer = snooze({"seconds": 0})

    assert "snoozed_until" not in answer.json
    assert checks.get(down, project.project_id).due_at == before.due_at


def test_is_not_shown_once_it_is_over(snooze, show, down, now):
    snooze({"seconds": 60})

    now.advance(seconds=59)
    assert "snoozed_until" in show(down)
    now.advance(seconds=1)
    assert "snoozed_until" not in show(down)


def test_a_new_ping_ends_it(snooze, show, ping, down):
    snooze({"seconds": 60})

    ping(f"/ping/{down}")

    assert "snoozed_until" not in show(down)


def test_makes_no_flip(snooze, call, down):
    before = call("GET", f"/api/v3/checks/{down}/flips/").json

    snooze({"seconds": 60})

    assert call("GET", f"/api/v3/checks/{down}/flips/").json == before


@pytest.mark.parametrize("seconds", [1, 31_536_000])
def test_takes_up_to_a_year(snooze, seconds):
    assert snooze({"seconds": seconds}).status == 200


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "seconds is missing"),
        (b"", "seconds is missing"),
        ({"seconds": None}, "seconds is not a number"),
        ({"seconds": "60"}, "seconds is not a number"),
        ({"seconds": 1.5}, "seconds is not a number"),
        ({"seconds": True}, "seconds is not a number"),
        ({"seconds": -1}, "seconds is too small"),
        ({"seconds": 31_536_001}, "seconds is too large"),
        ({"seconds": 10**400}, "seconds is too large"),
    ],
)
def test_refuses_other_lengths(snooze, unchanged, body, problem):
    with unchanged():
        answer = snooze(body)

    assert (answer.status, answer.error) == (400, f"json validation error: {problem}")


def test_only_a_check_that_is_down_can_be_snoozed(call, create, unchanged):
    check_id = create()["uuid"]

    with unchanged():
        answer = call("POST", f"/api/v3/checks/{check_id}/snooze", {"seconds": 60})

    assert (answer.status, answer.text) == (409, "check is not down")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_do_not_have_it(call, down, version):
    answer = call("POST", f"/api/{version}/checks/{down}/snooze", {"seconds": 60})

    assert answer.status == 404
