"""SNS: a message to a topic, one of those that the service allows.

As documented at https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

import json
from dataclasses import replace

from nightbell.alerts import aws, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, text
from nightbell.alerts.outcome import Passing
from nightbell.domain.errors import InvalidSpec
from nightbell.settings import settings as deployment


def _check(settings: Settings) -> None:
    if not aws.is_listed(settings["topic"], deployment.alert_topics):
        raise InvalidSpec("settings.topic", "is not a topic that this service may publish to")


KIND = Kind(
    code="sns",
    title="Amazon SNS",
    about="A message to a topic, for all who subscribe to it.",
    settings=(
        text(
            "topic",
            "ARN of the topic",
            "One that the service allows",
            max_length=400,
            pattern=r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?",
            is_target=True,
        ),
    ),
    check=_check,
    is_set_up=lambda: bool(deployment.alert_topics),
)

_SERVICE = "Amazon SNS"
_NOT_ALLOWED = "this service may not publish to the topic"
_PASSING = {
    "AuthorizationError": _NOT_ALLOWED,
    "KMSAccessDenied": _NOT_ALLOWED,
    "InvalidParameter": "Amazon SNS does not take the message",
}
_PERMANENT = {"NotFound": "the topic does not exist"}

# "Less than 100 characters". Of other scripts than Latin not every subscriber's mail takes any.
_SUBJECT_CHARS = 99


def send(alert: Alert, settings: Settings) -> None:
    """Publish the alert; raises Passing or Permanent."""
    topic = settings["topic"]
    if not aws.is_listed(topic, deployment.alert_topics):
        # Whoever runs the service has changed its list, perhaps by mistake.
        raise Passing(_NOT_ALLOWED)
    order = {}
    if topic.endswith(".fifo"):
        order = {"MessageGroupId": alert.unique_key, "MessageDeduplicationId": alert.delivery_id}
    with aws.errors_of(_SERVICE, passing=_PASSING, permanent=_PERMANENT):
        aws.client("sns", aws.region_of(topic)).publish(
            TopicArn=topic,
            Subject=_subject(alert),
            MessageStructure="json",  # a text for each protocol, `default` for the others
            Message=json.dumps(
                {"default": f"{wording.title(alert)}\n\n{wording.plain_text(alert)}"}
            ),
            MessageAttributes=_attributes(alert),
            **order,
        )


def _subject(alert: Alert) -> str:
    """Return the title in ASCII; a name is cut rather than what has happened."""
    name = wording.one_line(alert.name).encode("ascii", "replace").decode()
    frame = len(wording.title(replace(alert, name="x"))) - 1
    return wording.title(replace(alert, name=name[: _SUBJECT_CHARS - frame]))


def _attributes(alert: Alert) -> dict[str, dict[str, str]]:
    """Return what subscriptions can filter by; SNS takes no empty values, and SQS ten at most."""
    texts = {
        "status": alert.status.value,
        "reason": alert.reason.value,
        "project": wording.one_line(alert.project),
        "check": wording.one_line(alert.name),
        "slug": alert.slug,
        "unique_key": alert.unique_key,
        "test": json.dumps(alert.is_test),
    }
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in texts.items() if value
    }
    if alert.tags:
        tags = json.dumps([wording.one_line(tag) for tag in alert.tags])
        attributes["tags"] = {"DataType": "String.Array", "StringValue": tags}
    return attributes
