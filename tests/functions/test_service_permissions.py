"""What functions ask of services other than DynamoDB they may ask, and no more."""

import json
from io import BytesIO
from types import SimpleNamespace

import pytest
from botocore.client import BaseClient

from functions.deliver_alert import app as deliver_alert
from functions.deliver_apprise import app as deliver_apprise
from functions.dispatch_flip import app as dispatch_flip
from functions.email_ping import app as email_ping
from functions.record_bounce import app as record_bounce
from nightbell.alerts import bounces, message, operator, queues, sealing, trial
from nightbell.alerts.kinds import apprise, email, eventbridge, sns
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery
from nightbell.mail import bucket, reception
from nightbell.settings import Settings
from nightbell.store import flips, notifications
from tests.functions.gateway import sample
from tests.template import roles

# One of Apprise's services, on a Python that still has the module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
SETTINGS = Settings(
    ping_mail_domain="ping.example.org",
    alert_queue="AlertQueue",
    apprise_queue="AppriseQueue",
    deliver_function="DeliverAlertFunction",
    deliver_apprise_function="DeliverAppriseFunction",
    secrets_key="SecretsKey",
    operator_topic=ARN.format("sns", "operator"),
    mail_from="alerts@example.org",
    alert_topics=ARN.format("sns", "alerts"),
    alert_buses=ARN.format("events", "event-bus/alerts"),
)

# What AWS asks for, where it is not called like the operation.
ACTIONS = {
    ("sqs", "SendMessageBatch"): {"sqs:SendMessage"},
    ("lambda", "Invoke"): {"lambda:InvokeFunction"},
    ("sesv2", "SendEmail"): {"ses:SendEmail", "ses:SendRawEmail"},  # of a raw message both
}

ANSWERS = {
    "Encrypt": {"CiphertextBlob": b"sealed"},
    "Decrypt": {"Plaintext": b'"json://10.0.0.1/"'},  # no channel takes it: it is disabled
    "SendMessageBatch": {"Successful": []},
    "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
}


@pytest.fixture
def asked(monkeypatch):
    """Answer in place of all services but DynamoDB; the value is what they are asked."""
    calls = set()
    make = BaseClient._make_api_call

    def answer(client, operation, parameters):
        service = client.meta.service_model.service_name
        if service == "dynamodb":
            return make(client, operation, parameters)
        actions = ACTIONS.get((service, operation), {f"{service}:{operation}"})
        calls.update((action, asked_of(parameters)) for action in actions)
        if operation == "Invoke":
            return {"Payload": BytesIO(b'{"error": null}')}
        if operation == "GetObject":
            return {"Body": BytesIO(b"Subject: Done\r\n")}
        return ANSWERS.get(operation, {})

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    # Secrets that were read before would not be asked for.
    sealing._unseal.cache_clear()
    yield calls
    sealing._unseal.cache_clear()


def asked_of(parameters):
    """Return the name in the template of what a request is about."""
    match parameters:
        case {"QueueUrl": name} | {"FunctionName": name} | {"KeyId": name}:
            return name
        case {"Bucket": _}:
            return "PingMailBucket/*"
        case {"TopicArn": SETTINGS.operator_topic}:
            return "AlarmTopicArn"
        case {"TopicArn": SETTINGS.alert_topics}:
            return "AlertTopicArns"
        case {"PhoneNumber": _}:
            return "telephones"
        case {"Entries": [{"EventBusName": SETTINGS.alert_buses}]}:
            return "AlertBusArns"
        case {"Content": {"Raw": _}}:
            return "MailConfiguration"
    raise AssertionError(parameters)


def grants():
    """Return what the template allows each function, if anything: pairs of action and resource."""
    found = {
        function: {
            (grant.action, granted_on(grant.resource))
            for grant in allowed
            if grant.policy == "calls" and not grant.action.startswith("dynamodb:")
        }
        for function, allowed in roles.grants().items()
    }
    return {function: pairs for function, pairs in found.items() if pairs}


def granted_on(resource):
    if resource.startswith("all but "):
        return "telephones"
    if ":ses:" in resource:  # sender and configuration set are asked for in one request
        return "MailConfiguration"
    name = resource.removeprefix("each of ").partition(" or ")[0]
    return "AlarmTopicArn" if name == "AlarmTopic" else name  # made by the stack, or given


@pytest.fixture
def use_settings(monkeypatch):
    """Let all that asks have the settings of a stack with everything in it."""
    for module in (
        *(bounces, operator, queues, reception, sealing, trial),
        *(deliver_alert, deliver_apprise),
    ):
        monkeypatch.setattr(module, "settings", SETTINGS)
    for module in (apprise, email, eventbridge, sns):
        monkeypatch.setattr(module, "deployment", SETTINGS)


CHANNELS = {
    "email": {"to": "ops@example.org"},
    "sms": {"to": "+37120000000"},
    "sns": {"topic": SETTINGS.alert_topics},
    "eventbridge": {"bus": SETTINGS.alert_buses},
    "slack": {"url": "https://hooks.example/"},
    "apprise": {"url": "json://hooks.example/"},
}


def mail_event(recipient):
    """Return the event that tells of a mail."""
    event = sample("email_ping")
    (record,) = event["Records"]
    notification = json.loads(record["body"])
    notification["receipt"]["recipients"] = [recipient]
    record["body"] = json.dumps(notification)
    return event


def alert_event(order):
    """Return the event that hands an order to a function."""
    event = sample("deliver_alert")
    event["Records"][0]["body"] = message.write(order) if order else "{}"
    return event


def test_each_function_may_ask_what_it_asks_and_no_more(
    call, ping, create, project, add_channel, tables, asked, use_settings, now, signed_in
):
    done = {}

    def note(function):
        if asked:
            done.setdefault(function, set()).update(asked)
            asked.clear()

    ids = {}
    for kind, settings in CHANNELS.items():
        answer = call("POST", "/api/v3/channels/", {"kind": kind, "settings": settings})
        assert answer.status == 201
        ids[kind] = answer.json["id"]
        note("create_channel")
    settings = {"settings": {"url": "https://hooks.example/2"}}
    assert call("POST", f"/api/v3/channels/{ids['slack']}", settings).status == 200
    note("update_channel")
    for kind in ("slack", "apprise"):
        assert call("POST", f"/api/v3/channels/{ids[kind]}/test").status == 200
        note("test_channel")
    for kind in ("slack", "apprise"):
        form = signed_in.get(f"/projects/{project.project_id}/channels/new?kind={kind}")
        url = {"settings.url": CHANNELS[kind]["url"]}
        page = signed_in.submit(form, **url)
        note("new_channel_page")
        for action in ("save", "test"):
            form = f'form:has(button[value="{action}"])'
            assert signed_in.submit(page, form, action=action, **url).status == 200
            note("channel_page")
    check_id = create(channels="*")["uuid"]
    ping(f"/ping/{check_id}/fail")
    note("ping")

    (image,) = tables.scan(TableName="flips")["Items"]
    records = [{"dynamodb": {"NewImage": image, "SequenceNumber": "1"}}]
    answer = dispatch_flip.lambda_handler({"Records": records}, SimpleNamespace())
    note("dispatch_flip")
    assert answer == {"batchItemFailures": []}
    _, _, flip = flips.read_image(image)
    for kind, channel_id in ids.items():
        order = Order(
            project_id=project.project_id, check_id=check_id, channel_id=channel_id, flip=flip
        )
        module = deliver_apprise if kind == "apprise" else deliver_alert
        module.lambda_handler(alert_event(order), SimpleNamespace())
        note(module.__name__.split(".")[1])
        told = Delivery.FAILED if kind in ("slack", "apprise") else Delivery.SENT
        assert notifications.find(order).state is told
    for module in (deliver_alert, deliver_apprise):
        module.lambda_handler(alert_event(None), SimpleNamespace())
        note(module.__name__.split(".")[1])
    bounce = sample("record_bounce")
    tags = json.loads(bounce["Records"][0]["Sns"]["Message"])["mail"]["tags"]
    add_channel("Mail", project_id=tags["project"][0], channel_id=tags["channel"][0])
    record_bounce.lambda_handler(bounce, None)
    note("record_bounce")
    bucket._client.cache_clear()
    email_ping.lambda_handler(mail_event(f"{check_id}@ping.example.org"), None)
    note("email_ping")

    assert done == grants()
