"""Alerts by Slack's incoming webhooks."""

import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds.slack import KIND, send
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Reason
from tests.alerts.conftest import DOWN, UP


@pytest.fixture
def settings(receiver):
    """The settings of a channel whose webhook is the receiver."""
    return KIND.read({"url": f"{receiver.url}/services/T0/B0/x"})


@pytest.mark.parametrize(("alert", "color"), [(DOWN, "danger"), (UP, "good")])
def test_an_alert_is_an_attachment(receiver, settings, alert, color):
    send(alert, settings)

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/services/T0/B0/x")
    assert request.headers["content-type"] == "application/json"
    first, second = request.json["attachments"]
    assert first["color"] == color
    assert first["title"] == wording.title(alert)
    assert first["title_link"] == alert.url
    assert first["text"] == wording.summary(alert)
    assert first["fallback"] == f"{wording.title(alert)}. {wording.summary(alert)}"
    assert [(field["title"], field["value"]) for field in first["fields"]] == wording.facts(alert)
    assert second["text"] == "42 files, 0 errors"


def test_a_reminder_says_so(receiver, settings, make_alert):
    send(make_alert(reason=Reason.NAG), settings)

    assert receiver.request.json["attachments"][0]["title"] == "Backup is still DOWN"


def test_leaves_out_what_there_is_not(receiver, settings, make_alert):
    send(make_alert(url="", last_ping=None), settings)

    (attachment,) = receiver.request.json["attachments"]
    assert "title_link" not in attachment


def test_mentions_and_formats_nothing(receiver, settings, make_alert):
    hostile = "<!channel> <@U1> <https://evil.example|here> &lt; *b*"
    taken = "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|here&gt; &amp;lt; *b*"

    send(make_alert(name=hostile, project=hostile, desc=hostile), settings)

    message = receiver.request.json
    first, second = message["attachments"]
    values = {field["title"]: field["value"] for field in first["fields"]}
    assert first["title"] == f"{taken} is DOWN"
    assert first["fallback"].startswith(taken)
    assert values["Project"] == values["Description"] == taken
    assert first["mrkdwn_in"] == second["mrkdwn_in"] == []
    assert message["unfurl_links"] is message["unfurl_media"] is False


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "action_prohibited"),
        (403, "invalid_token"),
        (404, "no_service"),
        (404, "no_active_hooks"),
        (404, "channel_not_found"),
        (410, "channel_is_archived"),
    ],
)
def test_a_webhook_that_is_gone_is_given_up(receiver, settings, status, reason):
    receiver.status, receiver.body = status, reason.encode()

    with pytest.raises(Permanent) as raised:
        send(DOWN, settings)

    assert raised.value.error == f'Received status code {status} with a message: "{reason}"'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b"invalid_payload", 'Received status code 400 with a message: "invalid_payload"'),
        (404, b"<html>secret_internals</html>", "Received status code 404"),
        (403, b"", "Received status code 403"),
        (500, b"rollup_error", 'Received status code 500 with a message: "rollup_error"'),
    ],
)
def test_other_faults_may_pass(receiver, settings, status, body, error):
    receiver.status, receiver.body = status, body

    with pytest.raises(Passing) as raised:
        send(DOWN, settings)

    assert raised.value.error == error
