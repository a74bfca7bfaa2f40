"""GET /api/v3/checks/{check}/notifications."""

import pytest

from nightbell.domain.check import Delivery, unique_key_of

CHANNEL = "4ec5a071-2d08-4baa-898a-eb4eb3cd6941"

OTHER = "9c1f0b7e-52ab-4c0e-8f0d-6f3f6f4f7b21"


@pytest.fixture
def check_id(create):
    """Create a check, and return its UUID."""
    return create()["uuid"]


@pytest.fixture
def ask(call, check_id):
    """Return a function that asks for what channels were told about the check."""

    def send(query="", identifier=check_id, **options):
        answer = call("GET", f"/api/v3/checks/{identifier}/notifications/{query}", **options)
        assert answer.status == 200
        return answer.json["notifications"]

    return send


def test_lists_what_channels_were_told_newest_first(ask, notify, check_id):
    notify(check_id, CHANNEL)
    notify(check_id, OTHER, state=Delivery.SKIPPED, attempts=0, error="the channel is gone")

    assert ask() == [
        {
            "check": check_id,
            "channel": OTHER,
            "flip": "2024-01-15T12:00:02+00:00",
            "status": "down",
            "reason": "timeout",
            "state": "skipped",
            "attempts": 0,
            "error": "the channel is gone",
            "updated": "2024-01-15T12:00:02+00:00",
        },
        {
            "check": check_id,
            "channel": CHANNEL,
            "flip": "2024-01-15T12:00:01+00:00",
            "status": "down",
            "reason": "timeout",
            "state": "sent",
            "attempts": 1,
            "error": None,
            "updated": "2024-01-15T12:00:01+00:00",
        },
    ]


def test_a_read_only_key_sees_no_uuid(call, ask, notify, project, check_id):
    notify(check_id, CHANNEL)
    unique_key = unique_key_of(check_id)

    path = f"/api/v3/checks/{unique_key}/notifications"
    answer = call("GET", path, key=project.api_key_readonly)

    assert [one["check"] for one in answer.json["notifications"]] == [unique_key]
    assert check_id not in answer.text
    assert [one["check"] for one in ask(identifier=unique_key)] == [check_id]


def test_leaves_other_checks_out(ask, create, notify):
    notify(create()["uuid"], CHANNEL)

    assert ask() == []


def test_lists_as_many_as_wanted(ask, notify, check_id):
    for _ in range(3):
        notify(check_id, CHANNEL)

    assert [len(ask(query)) for query in ("", "?limit=3", "?limit=2")] == [3, 3, 2]


@pytest.mark.parametrize("value", ["0", "101", "x", ""])
def test_refuses_other_limits(call, check_id, value):
    answer = call("GET", f"/api/v3/checks/{check_id}/notifications?limit={value}")

    assert (answer.status, answer.text) == (400, "")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_do_not_have_it(call, check_id, version):
    assert call("GET", f"/api/{version}/checks/{check_id}/notifications").status == 404
