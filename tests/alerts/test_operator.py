"""What is wrong with channels, told to who runs Nightbell."""

import json
import logging
from dataclasses import replace
from io import StringIO

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from nightbell.alerts import aws, operator


@pytest.fixture
def channel(make_channel):
    return make_channel(
        kind="slack",
        name="Ops",
        settings={"url": "https://hooks.example/…"},
        sealed={"url": "SEALED"},
        error="Received status code 404",
    )


@pytest.fixture
def log():
    """What is logged."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(operator.logger.registered_formatter)
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def use_topic(monkeypatch):
    """Return a function that sets the operator's topic."""

    def use(arn):
        monkeypatch.setattr(operator, "settings", replace(operator.settings, operator_topic=arn))

    return use


@pytest.fixture
def published(tables, use_topic):
    """Return a function that returns what was published to the operator's topic."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="operator")["TopicArn"]
    queue = sqs.create_queue(QueueName="operator")["QueueUrl"]
    wanted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=wanted["Attributes"]["QueueArn"]
    )
    use_topic(topic)

    def read():
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in received.get("Messages", [])]

    yield read
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sns.delete_topic(TopicArn=topic)
    sqs.delete_queue(QueueUrl=queue)


def test_tells_the_topic_which_channel_and_why(published, channel):
    operator.report("A channel keeps failing", channel)

    (told,) = published()
    assert told["Subject"] == "Nightbell: A channel keeps failing"
    assert told["Message"].splitlines() == [
        "A channel keeps failing.",
        "",
        f"Project: {channel.project_id}",
        f"Channel: {channel.channel_id}",
        "Name: Ops",
        "Kind: slack",
        "Error: Received status code 404",
    ]


def test_logs_the_same(use_topic, channel, log):
    use_topic("")

    operator.report("A channel keeps failing", channel)

    told = json.loads(log.getvalue())
    assert told["level"] == "WARNING"
    assert told["message"] == "A channel keeps failing"
    assert (told["project"], told["channel"]) == (channel.project_id, channel.channel_id)
    assert (told["kind"], told["error"]) == ("slack", "Received status code 404")


def test_tells_no_settings(published, channel, log):
    operator.report("A channel keeps failing", channel)

    for told in (log.getvalue(), json.dumps(published())):
        assert "hooks.example" not in told
        assert "SEALED" not in told


def test_without_a_topic_nobody_is_asked(use_topic, channel, monkeypatch):
    use_topic("")
    monkeypatch.setattr(aws, "client", None)

    operator.report("A channel keeps failing", channel)


@pytest.mark.parametrize("code", ["NotFound", "AuthorizationError", "Throttled"])
def test_a_topic_that_refuses_stops_nothing(tables, use_topic, channel, log, code):
    use_topic("arn:aws:sns:eu-west-1:123456789012:operator")

    with Stubber(aws.client("sns")) as stubber:
        stubber.add_client_error("publish", code)
        operator.report("A channel keeps failing", channel)
        stubber.assert_no_pending_responses()

    assert "The operator could not be told" in log.getvalue()


def test_a_topic_that_cannot_be_reached_stops_nothing(use_topic, channel, monkeypatch, log):
    class Nobody:
        def publish(self, **_):
            raise EndpointConnectionError(endpoint_url="https://sns.example")

    use_topic("arn:aws:sns:eu-west-1:123456789012:operator")
    monkeypatch.setattr(aws, "client", lambda _: Nobody())

    operator.report("A channel keeps failing", channel)

    assert '"error":"EndpointConnectionError"' in log.getvalue()
