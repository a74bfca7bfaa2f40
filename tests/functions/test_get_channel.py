"""GET /api/v3/channels/{channel}."""

from datetime import timedelta

import pytest

from nightbell.store import channels

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("slash", ["", "/"])
def test_shows_a_channel(call, make_slack, slash):
    made = make_slack()

    answer = call("GET", f"/api/v3/channels/{made['id']}{slash}")

    assert answer.status == 200
    assert answer.json == made


def test_shows_why_a_channel_is_disabled(call, project, make_slack, now):
    made = make_slack()
    channel = channels.get(project.project_id, made["id"])
    channels.disable(channel, "Received status code 404", now.moment + timedelta(hours=1))

    shown = call("GET", f"/api/v3/channels/{made['id']}").json

    assert shown == made | {
        "disabled": True,
        "error": "Received status code 404",
        "failing_since": "2024-01-15T13:00:00+00:00",
    }


@pytest.mark.parametrize("identifier", [UNKNOWN, "nonsense", "Ops", "0" * 40, "%2e%2e"])
def test_finds_no_other_channel(call, make_slack, identifier):
    make_slack()

    answer = call("GET", f"/api/v3/channels/{identifier}")

    assert (answer.status, answer.text) == (404, "")


def test_an_identifier_is_written_in_lower_case(call, make_slack):
    identifier = make_slack()["id"].upper()

    assert call("GET", f"/api/v3/channels/{identifier}").status == 404
