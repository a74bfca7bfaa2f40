"""SNS: what a topic's subscribers get, and what Amazon SNS says to it."""

import json
from dataclasses import replace

import boto3
import pytest

from nightbell.alerts import wording
from nightbell.alerts.kinds import sns
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

# Not the region that the function runs in.
REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:alerts"
OTHER = f"arn:aws:sns:{REGION}:123456789012:other"


@pytest.fixture
def allow(monkeypatch):
    """Return a function that sets the topics that the service allows; TOPIC until then."""

    def use(*topics):
        topics = " , ".join(topics)
        monkeypatch.setattr(sns, "deployment", replace(sns.deployment, alert_topics=topics))

    use(TOPIC, OTHER)
    return use


@pytest.fixture
def inbox(moto, allow):
    """Make the topic, with a queue of all it gets; return a function that reads the queue."""
    topics, queues = boto3.client("sns", REGION), boto3.client("sqs", REGION)
    topics.create_topic(Name="alerts")
    queue = queues.create_queue(QueueName="inbox")["QueueUrl"]
    topics.subscribe(
        TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:inbox"
    )

    def read():
        messages = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        return [json.loads(message["Body"]) for message in messages]

    return read


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_subscribers_get_the_whole_alert(inbox, alert):
    sns.send(alert, {"topic": TOPIC})

    (message,) = inbox()
    assert message["TopicArn"] == TOPIC
    assert message["Subject"] == wording.title(alert)
    assert message["Message"] == f"{wording.title(alert)}\n\n{wording.plain_text(alert)}"
    assert alert.code not in json.dumps(message)


def test_subscriptions_can_filter_by_attributes(inbox, make_alert):
    sns.send(make_alert(), {"topic": TOPIC})

    attributes = inbox()[0]["MessageAttributes"]
    assert {name: attribute["Value"] for name, attribute in attributes.items()} == {
        "status": "down",
        "reason": "timeout",
        "project": "Web shop",
        "check": "Backup",
        "slug": "backup",
        "unique_key": DOWN.unique_key,
        "test": "false",
        "tags": '["nightly", "db"]',
    }
    assert attributes["tags"]["Type"] == "String.Array"


def test_what_a_check_lacks_is_no_attribute(inbox, make_alert):
    sns.send(make_alert(slug="", tags=()), {"topic": TOPIC})

    assert not {"slug", "tags"} & inbox()[0]["MessageAttributes"].keys()


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("x" * 100, "[test] " + "x" * 84 + " is DOWN"),
        ("Nachtsicherung für Größe", "[test] Nachtsicherung f?r Gr??e is DOWN"),
        ("Backup\r\n\x00\x7f", "[test] Backup is DOWN"),
    ],
)
def test_a_subject_is_a_short_line_of_ascii(inbox, make_alert, name, subject):
    sns.send(make_alert(name=name, is_test=True), {"topic": TOPIC})

    (message,) = inbox()
    assert message["Subject"] == subject
    assert len(subject) < 100
    assert message["Message"].startswith(f"[test] {wording.one_line(name)} is DOWN\n")


def test_hostile_texts_are_texts(inbox, make_alert):
    hostile = '"}, "default": "\x00<!channel>\r\n'

    sns.send(make_alert(name=hostile, project=hostile, tags=(hostile,)), {"topic": TOPIC})

    (message,) = inbox()
    assert message["Message"].startswith('"}, "default": " <!channel> is DOWN\n')
    assert message["MessageAttributes"]["check"]["Value"] == '"}, "default": " <!channel>'


def test_a_fifo_topic_keeps_order_and_knows_what_it_has_had(refuse, allow, monkeypatch, make_alert):
    topic = f"{TOPIC}.fifo"
    allow(topic)
    published = []
    client = sns.aws.client("sns", REGION)
    monkeypatch.setattr(client, "publish", lambda **request: published.append(request))

    sns.send(make_alert(), {"topic": topic})

    assert published[0]["MessageGroupId"] == DOWN.unique_key
    assert published[0]["MessageDeduplicationId"] == DOWN.delivery_id


def test_a_deleted_topic_ends_the_channel(inbox, make_alert):
    with pytest.raises(Permanent, match="the topic does not exist"):
        sns.send(make_alert(), {"topic": OTHER})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AuthorizationError", "this service may not publish to the topic"),
        ("KMSAccessDenied", "this service may not publish to the topic"),
        ("InvalidParameter", "Amazon SNS does not take the message"),
        ("Throttled", "Amazon SNS was asked too often"),
        ("KMSThrottling", "Amazon SNS was asked too often"),
        ("InternalError", "Amazon SNS answered InternalError"),
    ],
)
def test_other_faults_may_pass(refuse, allow, make_alert, code, error):
    refuse("sns", "publish", code, REGION)

    with pytest.raises(Passing) as raised:
        sns.send(make_alert(), {"topic": TOPIC})

    assert raised.value.error == error


@pytest.mark.parametrize("topics", [[], [OTHER], [TOPIC + "s"]])
def test_alerts_go_only_to_topics_that_the_service_allows(inbox, allow, make_alert, topics):
    allow(*topics)

    with pytest.raises(InvalidSpec, match="not a topic that this service may publish to"):
        sns.KIND.read({"topic": TOPIC})
    with pytest.raises(Passing, match="this service may not publish to the topic"):
        sns.send(make_alert(), {"topic": TOPIC})


def test_an_allowed_topic_is_taken(allow):
    assert sns.KIND.read({"topic": TOPIC}) == {"topic": TOPIC}


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "alerts",
        "*",
        f"{TOPIC},{OTHER}",
        f"{TOPIC}:0f5c",
        "arn:aws:sqs:us-east-1:123456789012:alerts",
        f"{TOPIC}\n",
        7,
    ],
)
def test_what_is_no_topic_is_refused(allow, topic):
    allow(str(topic))

    with pytest.raises(InvalidSpec, match=r"settings\.topic "):
        sns.KIND.read({"topic": topic})
