"""GET /api/v3/channels/{channel}/notifications."""

from datetime import timedelta

import pytest

from nightbell.domain.check import Delivery, Reason, Status
from nightbell.domain.notification import check_id_of_test
from nightbell.store.notifications import KEPT_FOR

CHECK = "31365bce-8da9-4729-8ff3-aaa71d56b712"
OTHER_CHECK = "7918b17b-a745-4db1-8575-9d2e07c97f79"


@pytest.fixture
def channel(add_channel):
    """Add a channel, and return its id."""
    return add_channel("Ops").channel_id


@pytest.fixture
def ask(call, channel):
    """Return a function that asks for what the channel was told."""

    def send(query=""):
        answer = call("GET", f"/api/v3/channels/{channel}/notifications{query}")
        assert answer.status == 200
        return answer.json["notifications"]

    return send


def test_lists_what_the_channel_was_told_newest_first(ask, notify, channel, now):
    failed = {"state": Delivery.RETRYING, "attempts": 3, "error": "Received status code 500"}
    notify(CHECK, channel, **failed)
    up = {"status": Status.UP, "reason": Reason.SUCCESS}
    notify(OTHER_CHECK, channel, updated=now.moment + timedelta(minutes=1), **up)

    assert ask() == [
        {
            "check": OTHER_CHECK,
            "channel": channel,
            "flip": "2024-01-15T12:00:02+00:00",
            "status": "up",
            "reason": "success",
            "state": "sent",
            "attempts": 1,
            "error": None,
            "updated": "2024-01-15T12:01:01+00:00",
        },
        {
            "check": CHECK,
            "channel": channel,
            "flip": "2024-01-15T12:00:01+00:00",
            "status": "down",
            "reason": "timeout",
            "state": "retrying",
            "attempts": 3,
            "error": "Received status code 500",
            "updated": "2024-01-15T12:00:01+00:00",
        },
    ]


def test_a_test_is_about_no_check(ask, notify, channel):
    notify(check_id_of_test(channel), channel)

    assert [one["check"] for one in ask()] == [None]


def test_leaves_other_channels_out(ask, notify, add_channel):
    notify(CHECK, add_channel("Other").channel_id)

    assert ask() == []


def test_forgets_after_three_months(ask, notify, channel, now):
    notify(CHECK, channel)

    now.advance(seconds=KEPT_FOR.total_seconds())
    assert len(ask()) == 1
    now.advance(microseconds=1)
    assert ask() == []


def test_lists_as_many_as_wanted_and_a_hundred_at_most(ask, notify, channel, now):
    for _ in range(102):
        notify(CHECK, channel)

    assert [len(ask(query)) for query in ("", "?limit=100", "?limit=7", "?limit=1")] == [
        100,
        100,
        7,
        1,
    ]
    assert ask("?limit=1")[0]["flip"] == now.moment.isoformat(timespec="seconds")


@pytest.mark.parametrize(
    "value", ["0", "101", "-1", "1.5", "x", "", "%20", "1e1", "9" * 5000, "%D9%A3", "1_0", "+1"]
)
def test_refuses_other_limits(call, channel, value):
    answer = call("GET", f"/api/v3/channels/{channel}/notifications?limit={value}")

    assert (answer.status, answer.text) == (400, "")


def test_a_channel_of_another_project_is_unknown(call, other, add_channel, notify):
    channel = add_channel("Theirs", other.project_id).channel_id
    notify(CHECK, channel)

    answer = call("GET", f"/api/v3/channels/{channel}/notifications?limit=x")

    assert (answer.status, answer.text) == (404, "")
