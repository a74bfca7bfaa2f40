"""Alerts stay in order, are tried for hours, and go nowhere that the template does not name."""

import json
from datetime import timedelta

import pytest

from nightbell.alerts import http
from nightbell.domain.alerts import retry_delay
from tests.template.source import FUNCTIONS, GLOBALS, RESOURCES, TEMPLATE, of_type

# The queues of alerts, and which function delivers what is in them.
DELIVERIES = {"AlertQueue": "DeliverAlertFunction", "AppriseQueue": "DeliverAppriseFunction"}


def statements(name):
    """Return what a function may call, those statements too that are there on a condition."""
    role = FUNCTIONS[name]["Role"]["Fn::GetAtt"][0]
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in RESOURCES[role]["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if policy["PolicyName"] == "calls"
    ]


def actions(name, service):
    """Return what a function may ask of a service, by action: on which resource."""
    return {
        action: statement.get("Resource")
        for statement in statements(name)
        for action in statement["Action"]
        if action.startswith(f"{service}:")
    }


@pytest.mark.parametrize("name", DELIVERIES)
def test_alerts_of_a_check_to_a_channel_stay_in_order(name):
    queue, dead = (RESOURCES[one]["Properties"] for one in (name, "DeadLetterQueue"))

    assert queue["FifoQueue"] is dead["FifoQueue"] is True
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"


@pytest.mark.parametrize("name", DELIVERIES)
def test_what_is_given_up_becomes_a_dead_letter_when_the_function_thinks_so(name):
    assert RESOURCES[name]["Properties"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": {"Ref": "AlertTries"},
    }
    assert GLOBALS["Environment"]["Variables"]["ALERT_TRIES"] == {"Ref": "AlertTries"}


@pytest.mark.parametrize("name", DELIVERIES)
def test_no_alert_is_received_again_while_it_is_delivered(name):
    queue, function = RESOURCES[name]["Properties"], FUNCTIONS[DELIVERIES[name]]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert function["Timeout"] > 3 * http.TOTAL_TIMEOUT  # some kinds send three requests


@pytest.mark.parametrize("name", DELIVERIES)
def test_a_queue_keeps_alerts_for_longer_than_they_are_tried(name):
    tries = TEMPLATE["Parameters"]["AlertTries"]
    longest = sum((retry_delay(n, 1) for n in range(1, tries["MaxValue"])), timedelta())
    kept = timedelta(seconds=RESOURCES[name]["Properties"]["MessageRetentionPeriod"])

    assert kept > longest


@pytest.mark.parametrize("name", DELIVERIES)
def test_no_alert_waits_for_another(name):
    (event,) = FUNCTIONS[DELIVERIES[name]]["Events"].values()

    assert event["Type"] == "SQS"
    assert event["Properties"] == {
        "Queue": {"Fn::GetAtt": [name, "Arn"]},
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": {"Ref": "AlertConcurrency"}},
    }
    assert TEMPLATE["Parameters"]["AlertConcurrency"]["MinValue"] == 2  # SQS asks for it


def test_flips_are_dispatched_as_they_are_written_and_tried_for_hours():
    (event,) = FUNCTIONS["DispatchFlipFunction"]["Events"].values()
    mapping = event["Properties"]

    assert mapping["Stream"] == {"Fn::GetAtt": ["FlipsTable", "StreamArn"]}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert "ParallelizationFactor" not in mapping
    assert 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86_400  # then the stream forgets them
    assert mapping["MaximumRetryAttempts"] == 10_000
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}
    assert mapping["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["DispatchFailureQueue", "Arn"]},
    }


@pytest.mark.parametrize(
    ("name", "metric", "value", "threshold"),
    [
        (
            "DeadLettersAlarm",
            "ApproximateNumberOfMessagesVisible",
            {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]},
            1,
        ),
        (
            "DispatchFailuresAlarm",
            "ApproximateNumberOfMessagesVisible",
            {"Fn::GetAtt": ["DispatchFailureQueue", "QueueName"]},
            1,
        ),
        ("DispatchLateAlarm", "IteratorAge", {"Ref": "DispatchFlipFunction"}, 60_000),
    ],
)
def test_alerts_that_are_given_up_or_late_have_an_alarm(name, metric, value, threshold):
    alarm = RESOURCES[name]["Properties"]

    assert alarm["MetricName"] == metric
    assert [dimension["Value"] for dimension in alarm["Dimensions"]] == [value]
    assert alarm["Statistic"] == "Maximum"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["Threshold"] == threshold


def test_what_waits_is_encrypted_and_the_last_resort_keeps_it_longest():
    for queue in of_type("SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        is_last = queue["MessageRetentionPeriod"] == 1_209_600
        assert is_last == ("RedrivePolicy" not in queue)


def test_alerts_tell_the_address_of_the_api():
    site = FUNCTIONS["DispatchFlipFunction"]["Environment"]["Variables"]["SITE_URL"]

    assert site["Fn::If"][:2] == ["HasSiteUrl", {"Ref": "SiteUrl"}]
    assert site == TEMPLATE["Outputs"]["SiteUrl"]["Value"]


@pytest.mark.parametrize("name", DELIVERIES.values())
def test_what_delivers_knows_no_api_that_knows_it(name):
    assert '"RestApi"' not in json.dumps(FUNCTIONS[name])


def test_who_makes_channels_cannot_read_their_secrets_and_who_reads_them_makes_none():
    made, given = {"Fn::GetAtt": ["SecretsKey", "Arn"]}, {"Ref": "SecretsKeyArn"}
    key = {"Fn::If": ["MakesSecretsKey", made, given]}
    granted = {name: actions(name, "kms") for name in FUNCTIONS}

    assert {name: keys for name, keys in granted.items() if keys} == {
        "CreateChannelFunction": {"kms:Encrypt": key},
        "UpdateChannelFunction": {"kms:Encrypt": key},
        "NewChannelPageFunction": {"kms:Encrypt": key},
        "ChannelPageFunction": {"kms:Encrypt": key},
        "DeliverAlertFunction": {"kms:Decrypt": key},
        "DeliverAppriseFunction": {"kms:Decrypt": key},
    }


def test_the_key_of_secrets_outlives_the_stack():
    key = RESOURCES["SecretsKey"]

    # One that a failed creation leaves behind would be paid for.
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"] is True


def test_channels_send_to_no_topic_that_the_template_does_not_name():
    for name in FUNCTIONS:
        publishing = [one for one in statements(name) if "sns:Publish" in one["Action"]]
        others = [one for one in publishing if "NotResource" in one]

        # A text message has no resource; whatever has an ARN is none.
        everything = {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
        expected = [everything] if name == "DeliverAlertFunction" else []
        assert [one["NotResource"] for one in others] == expected
        for one in publishing:
            assert one in others or one["Resource"] in (
                {"Ref": "AlarmTopic"},
                {"Ref": "AlarmTopicArn"},
                {"Fn::Split": [",", {"Ref": "AlertTopicArns"}]},
            )
