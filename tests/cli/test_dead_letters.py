"""`nightbell dead-letters`."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from nightbell import settings as settings_module
from nightbell.alerts import aws, queues
from nightbell.domain.alerts import Order
from nightbell.domain.check import (
    Delivery,
    Flip,
    Reason,
    Status,
    unique_key_of,
)
from nightbell.store import notifications
from tests.cli.conftest import UNKNOWN, received, take_nothing
from tests.functions.gateway import sample


@pytest.fixture
def give_up(deployed, check, slack, now):
    """Return a function that puts an alert among the dead letters, and returns it."""

    def put(minute=0, **changes):
        flip = Flip(
            created=now.moment + timedelta(minutes=minute),
            old_status=Status.UP,
            new_status=Status.DOWN,
            reason=Reason.TIMEOUT,
        )
        order = Order(
            project_id=check.project_id,
            check_id=check.check_id,
            channel_id=slack["id"],
            flip=flip,
        )
        order = replace(order, **changes)
        notification = notifications.enqueue(order, now.moment)
        failed = {"state": Delivery.FAILED, "error": "Received status code 500"}
        notifications.record(replace(notification, **failed))
        assert queues.send(deployed.dead_letter_queue, [order]) == []
        return order

    return put


def test_lists_dead_letters(succeed, run, give_up, check, slack):
    give_up(minute=5)

    for _ in range(2):  # they stay where they are
        assert succeed("dead-letters", "list") == [
            {
                "project": "Shop",
                "check": "Backup",
                "unique_key": unique_key_of(check.check_id),
                "channel": "Ops",
                "channel_id": slack["id"],
                "flip": "2024-01-15T12:05:00+00:00",
                "status": "down",
                "error": "Received status code 500",
            }
        ]
    code, table = run("dead-letters", "list")
    assert (code, len(table.splitlines())) == (0, 2)
    assert check.check_id not in table


def test_lists_dead_letters_about_what_is_gone(succeed, give_up, project):
    order = give_up(project_id=UNKNOWN, check_id="check", channel_id="channel")

    (listed,) = succeed("dead-letters", "list")

    assert (listed["project"], listed["check"], listed["channel"]) == (None, None, None)
    assert listed["flip"] == order.flip.created.isoformat()


def test_there_may_be_no_dead_letters(run, deployed):
    assert run("dead-letters", "list") == (0, "none\n")
    assert run("dead-letters", "redrive")[1].split() == ["sent", "0", "failed", "0", "left", "0"]


def test_sends_dead_letters_on_their_way_again_in_order(succeed, run, give_up, deployed):
    orders = [give_up(minute) for minute in range(12)]

    counts = succeed("dead-letters", "redrive")

    assert counts == {"sent": 12, "failed": 0, "left": 0}
    assert received(deployed.alert_queue) == orders
    assert run("dead-letters", "list") == (0, "none\n")


def test_sends_the_same_letter_again_within_minutes(succeed, give_up, deployed):
    order = give_up()
    assert queues.send(deployed.alert_queue, [order]) == []
    assert received(deployed.alert_queue) == [order]

    succeed("dead-letters", "redrive")

    assert received(deployed.alert_queue) == [order]


@pytest.mark.parametrize("option", ["--project", "--channel"])
def test_sends_only_those_that_are_meant(succeed, give_up, deployed, option):
    ours, theirs = give_up(), give_up(project_id="other", channel_id="other")
    meant = ours.project_id if option == "--project" else ours.channel_id

    counts = succeed("dead-letters", "redrive", option, meant)

    assert counts == {"sent": 1, "failed": 0, "left": 1}
    assert received(deployed.alert_queue) == [ours]
    assert received(deployed.dead_letter_queue) == [theirs]


def test_loses_no_letter_when_it_is_killed(run, succeed, give_up, deployed, monkeypatch):
    order = give_up()
    make = BaseClient._make_api_call

    def die(client, operation, parameters):
        if operation == "DeleteMessage":
            raise KeyboardInterrupt
        return make(client, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", die)
        assert run("dead-letters", "redrive")[0] == 1

    assert received(deployed.alert_queue) == [order]
    queue = aws.client("sqs").get_queue_attributes(
        QueueUrl=deployed.dead_letter_queue, AttributeNames=["All"]
    )
    assert queue["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_letter_that_is_not_taken_stays(run, give_up, deployed, monkeypatch):
    order = give_up()
    with monkeypatch.context() as patch:
        patch.setattr(queues, "send", take_nothing)
        code, output = run("dead-letters", "redrive", "--json")

    assert (code, json.loads(output)) == (1, {"sent": 0, "failed": 1, "left": 1})
    assert received(deployed.dead_letter_queue) == [order]


@pytest.mark.parametrize("body", ["no json", "{}", "[]", '{"project": 5}'])
def test_what_is_no_letter_stays_and_is_told(run, succeed, deployed, body):
    aws.client("sqs").send_message(
        QueueUrl=deployed.dead_letter_queue,
        MessageBody=body,
        MessageGroupId="g",
        MessageDeduplicationId="d",
    )

    (listed,) = succeed("dead-letters", "list")
    code, output = run("dead-letters", "redrive", "--json")

    assert listed["error"] == "the message cannot be read"
    assert (code, json.loads(output)) == (1, {"sent": 0, "failed": 1, "left": 1})


# ---- Mails ---------------------------------------------------------------------------------


@pytest.fixture
def mailing(deployed, monkeypatch):
    """Let there be the queues of pings by mail as well; return all settings."""
    sqs = aws.client("sqs")
    names = {"ping_mail_queue": "mails", "ping_mail_dead_letter_queue": "dead-mails"}
    urls = {
        setting: sqs.create_queue(QueueName=name)["QueueUrl"] for setting, name in names.items()
    }
    deployment = replace(deployed, **urls)
    monkeypatch.setattr(settings_module, "settings", deployment)
    yield deployment
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def mail(mailing):
    """Put a mail among the dead letters, and return the message that tells of it."""
    body = sample("email_ping")["Records"][0]["body"]
    aws.client("sqs").send_message(QueueUrl=mailing.ping_mail_dead_letter_queue, MessageBody=body)
    return body


def bodies(url):
    """Return the messages in a queue, which stay there unseen."""
    got = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [one["Body"] for one in got.get("Messages", [])]


def test_lists_mails_after_alerts_and_without_their_addresses(succeed, run, give_up, mail):
    give_up()

    _, listed = succeed("dead-letters", "list")

    assert listed["error"] == (
        "the mail 6k2v5r0t1q8jj3s9u0n4b7m5d1h0c2o6f8a3e901 of 2026-03-01T03:10:02+00:00 "
        "was not counted as a ping"
    )
    assert set(listed.values()) == {None, listed["error"]}
    assert "ping.example.org" not in run("dead-letters", "list")[1]


def test_sends_mails_on_their_way_again(succeed, give_up, mail, mailing):
    order = give_up()

    counts = succeed("dead-letters", "redrive")

    assert counts == {"sent": 2, "failed": 0, "left": 0}
    assert bodies(mailing.ping_mail_queue) == [mail]
    assert bodies(mailing.ping_mail_dead_letter_queue) == []
    assert received(mailing.alert_queue) == [order]


@pytest.mark.parametrize("option", ["--project", "--channel"])
def test_leaves_mails_where_certain_alerts_are_meant(succeed, mail, mailing, option):
    counts = succeed("dead-letters", "redrive", option, UNKNOWN)

    assert counts == {"sent": 0, "failed": 0, "left": 1}
    assert bodies(mailing.ping_mail_dead_letter_queue) == [mail]


def test_what_is_no_mail_stays_and_is_told(run, succeed, mailing):
    queue = mailing.ping_mail_dead_letter_queue
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")

    (listed,) = succeed("dead-letters", "list")
    code, output = run("dead-letters", "redrive", "--json")

    assert listed["error"] == "the message cannot be read"
    assert (code, json.loads(output)) == (1, {"sent": 0, "failed": 1, "left": 1})
