"""Amazon SES says what became of a mail: channels that nobody reads are disabled."""

import json

import pytest

from functions.record_bounce.app import lambda_handler
from nightbell.alerts import bounces
from nightbell.domain.channels import Channel
from nightbell.store import channels
from tests.functions.gateway import sample

PROJECT = "5d0f3c1e-5b0a-4a6f-9c39-0d1f7e2a8b11"
CHANNEL = "a1b2c3d4-0000-4000-8000-000000000001"


@pytest.fixture
def channel(tables, now):
    """The channel that the sample event is about."""
    one = Channel(
        channel_id=CHANNEL, project_id=PROJECT, created=now.moment, kind="email", name="Ops"
    )
    channels.add(one)
    return one


def event(kind=None, **details):
    """Return the sample event, or one of another type."""
    whole = sample("record_bounce")
    sns = whole["Records"][0]["Sns"]
    message = json.loads(sns["Message"])
    if kind:
        del message["bounce"]
        message |= {"eventType": kind, **details}
    sns["Message"] = json.dumps(message)
    return whole


def test_a_channel_whose_mail_came_back_is_disabled(channel, now):
    lambda_handler(event(), None)

    found = channels.get(PROJECT, CHANNEL)
    assert (found.disabled, found.error) == (True, "mail to the address came back")
    assert found.failing_since == now.moment


def test_a_channel_whose_recipient_complained_is_disabled(channel):
    lambda_handler(event("Complaint", complaint={}), None)

    found = channels.get(PROJECT, CHANNEL)
    assert (found.disabled, found.error) == (True, "the recipient complained about a mail")


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("Bounce", {"bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}}),
        ("Bounce", {"bounce": {"bounceType": "Undetermined"}}),
        ("Delivery", {"delivery": {}}),
    ],
)
def test_what_may_pass_and_what_is_well_changes_nothing(channel, kind, details):
    lambda_handler(event(kind, **details), None)

    assert channels.get(PROJECT, CHANNEL) == channel


def test_the_operator_is_told_once(channel, monkeypatch):
    told = []
    monkeypatch.setattr(bounces.operator, "report", lambda *report: told.append(report))

    lambda_handler(event(), None)
    lambda_handler(event(), None)

    ((_, reported),) = told
    assert reported.error == "mail to the address came back"


def test_mails_of_deleted_channels_and_of_others_are_nobody_s_business(tables, dump):
    before = dump()
    foreign = event()
    message = json.loads(foreign["Records"][0]["Sns"]["Message"])
    message["mail"]["tags"] = {"ses:source-ip": ["203.0.113.9"]}
    foreign["Records"][0]["Sns"]["Message"] = json.dumps(message)

    lambda_handler(event(), None)
    lambda_handler(foreign, None)

    assert dump() == before
