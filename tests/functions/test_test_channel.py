"""POST /api/v3/channels/{channel}/test."""

import json
from dataclasses import replace
from unittest.mock import Mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from nightbell.alerts import trial, wire
from nightbell.store import channels, projects
from tests.alerts.loopback import OK, read_request, serving


@pytest.fixture
def receiver(monkeypatch):
    """Return a function that starts a server with such an answer: its address, what it gets."""
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=True))
    with serving() as serve:

        def start(answer=OK):
            received = []

            def behave(connection):
                received.append(read_request(connection))
                connection.sendall(answer)

            return f"http://127.0.0.1:{serve(behave)}/SECRET", received

        yield start


def answer_of(status, body=b""):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


@pytest.fixture
def test(call, delivering):
    """Return a function that asks for a test of a channel."""
    return lambda channel: call("POST", f"/api/v3/channels/{channel['id']}/test")


def test_sends_a_test_notification(test, make_slack, receiver):
    url, received = receiver()
    channel = make_slack(url=url)

    answer = test(channel)

    assert (answer.status, answer.json) == (200, {"sent": True})
    (request,) = received
    assert b"Example is DOWN" in request


def test_asks_for_it_with_the_addresses_that_the_client_sees(
    test, make_slack, receiver, delivering
):
    channel = make_slack(url=receiver()[0])

    test(channel)

    (payload,) = delivering
    assert set(payload) == {"test"}
    assert set(payload["test"]) == {"project", "channel", "site"}
    assert payload["test"]["site"].startswith("https://")
    assert payload["test"]["site"].endswith("/live")


def test_says_why_it_was_not_sent(test, make_slack, receiver, call):
    channel = make_slack(url=receiver(answer_of(500))[0])

    answer = test(channel)

    assert answer.status == 200
    assert answer.json == {"sent": False, "error": "Received status code 500"}
    shown = call("GET", f"/api/v3/channels/{channel['id']}").json
    assert (shown["disabled"], shown["error"]) == (False, "Received status code 500")


def test_a_test_that_is_taken_enables_the_channel(test, make_slack, receiver, call, project, now):
    channel = make_slack(url=receiver()[0])
    channels.disable(channels.get(project.project_id, channel["id"]), "gone", now.moment)

    assert test(channel).json == {"sent": True}
    assert call("GET", f"/api/v3/channels/{channel['id']}").json == channel


def test_is_listed_with_what_the_channel_was_told(test, make_slack, receiver, call):
    channel = make_slack(url=receiver(answer_of(503))[0])

    test(channel)

    (listed,) = call("GET", f"/api/v3/channels/{channel['id']}/notifications").json["notifications"]
    assert listed["check"] is None
    assert (listed["state"], listed["error"]) == ("failed", "Received status code 503")


def test_a_channel_is_tested_every_ten_seconds_at_most(test, make_slack, receiver, now, delivering):
    channel, other = (make_slack(url=receiver()[0]) for _ in range(2))
    test(channel)
    now.advance(seconds=9.9)

    early = test(channel)
    assert early.status == 429
    assert early.error == "a test notification was sent a moment ago, try again later"
    assert early.headers["retry-after"] == "10"
    assert test(other).status == 200
    now.advance(seconds=0.1)
    assert test(channel).status == 200
    assert len(delivering) == 3


def test_a_group_is_not_tested(test, call, add_channel, unchanged, secrets_key):
    member = add_channel("Ops").channel_id
    document = {"kind": "group", "settings": {"channels": [member]}}
    group = call("POST", "/api/v3/channels/", document).json

    with unchanged():
        answer = test(group)

    assert answer.status == 400
    assert answer.error == "a group cannot be tested, but each channel in it can"


def test_apprise_is_tested_where_it_is_enabled(
    test, call, add_channel, unchanged, delivering, monkeypatch
):
    channel = {"id": add_channel("Ops", kind="apprise", settings={}).channel_id}

    with unchanged():
        refused = test(channel)
    settings = replace(trial.settings, deliver_apprise_function="deliver_alert")
    monkeypatch.setattr(trial, "settings", settings)
    test(channel)

    assert (refused.status, refused.error) == (400, "apprise is not enabled")
    assert [payload["test"]["channel"] for payload in delivering] == [channel["id"]]


def test_a_crash_of_the_sender_is_told_without_its_text(
    test, make_slack, receiver, monkeypatch, log
):
    channel = make_slack(url=receiver()[0])
    monkeypatch.setattr(projects, "get", lambda _: {}["SECRET"])

    answer = test(channel)

    assert (answer.status, answer.json) == (200, {"sent": False, "error": "internal error"})
    assert json.loads(log.getvalue())["error"] == "KeyError"
    assert "SECRET" not in log.getvalue()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ReadTimeoutError(endpoint_url="https://lambda"), "no answer within 20 seconds"),
        (
            ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
            "too many alerts are being sent, try again later",
        ),
    ],
)
def test_a_sender_that_is_slow_or_busy_is_told(call, make_slack, monkeypatch, fault, error):
    channel = make_slack()
    make = BaseClient._make_api_call

    def fail(client, operation, parameters):
        if operation == "Invoke":
            raise fault
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", fail)
    answer = call("POST", f"/api/v3/channels/{channel['id']}/test")

    assert (answer.status, answer.json) == (200, {"sent": False, "error": error})


def test_a_sender_that_may_not_be_asked_is_a_fault_of_ours(call, make_slack, monkeypatch):
    channel = make_slack()
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke")
    monkeypatch.setattr(trial, "_client", lambda: Mock(invoke=Mock(side_effect=denied)))

    answer = call("POST", f"/api/v3/channels/{channel['id']}/test")

    assert (answer.status, answer.json) == (500, {"error": "internal error"})


def test_is_answered_before_api_gateway_gives_up():
    assert trial._client().meta.config.read_timeout < 25
    assert trial._client().meta.config.retries["total_max_attempts"] == 1


def test_a_channel_of_another_project_is_unknown(call, other, add_channel, delivering, unchanged):
    channel = add_channel("Theirs", other.project_id)

    with unchanged():
        answer = call("POST", f"/api/v3/channels/{channel.channel_id}/test")

    assert (answer.status, answer.text) == (404, "")
    assert delivering == []
