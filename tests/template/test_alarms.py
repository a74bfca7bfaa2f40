"""Alarms reach the operator, through topics that may be published to; the dashboard is readable."""

import json
import re

import pytest

from tests.template.source import GLOBALS, RESOURCES, TEMPLATE, TEXT, of_type

ALARMS = of_type("CloudWatch::Alarm")
DASHBOARD = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

TOPIC = {"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}
KEY = {"Fn::If": ["MakesSecretsKey", {"Ref": "SecretsKey"}, {"Ref": "AWS::NoValue"}]}


def watched(alarm):
    """Return the metrics of an alarm, those too that are there on a condition."""
    given = (one["Fn::If"][1] if "Fn::If" in one else one for one in alarm["Metrics"])
    return [one["MetricStat"]["Metric"] for one in given if "MetricStat" in one]


def metrics(name):
    """Return what an alarm watches: pairs of metric and the values of its dimensions."""
    alarm = ALARMS[name]
    return [
        (one["MetricName"], [dimension["Value"] for dimension in one.get("Dimensions", [])])
        for one in (watched(alarm) if "Metrics" in alarm else [alarm])
    ]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_told_to_the_operator(name):
    given = {"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]}
    topic = {"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, given]}

    assert ALARMS[name]["AlarmActions"] == [topic]
    assert ALARMS[name]["AlarmDescription"]


def test_functions_tell_the_operator_where_alarms_do():
    assert GLOBALS["Environment"]["Variables"]["OPERATOR_TOPIC"] == TOPIC
    for role in ("DeliverAlertRole", "DeliverAppriseRole", "RecordBounceRole"):
        text = json.dumps(RESOURCES[role]["Properties"]["Policies"])
        assert '{"Ref": "AlarmTopic"}' in text
        assert '{"Ref": "AlarmTopicArn"}' in text


def test_what_fails_is_refused_or_waits_has_an_alarm():
    always = ("DispatchFlip", "DeliverAlert", "PurgeCheck")
    optional = ("RecordBounce", "EmailPing", "DeliverApprise")

    assert metrics("FunctionErrorsAlarm") == [
        ("Errors", [{"Ref": f"{name}Function"}]) for name in always + optional
    ]
    assert metrics("ServerErrorsAlarm") == [
        ("5XXError", [{"Ref": "AWS::StackName"}]),
        ("5xx", [{"Ref": "PingApi"}]),
    ]
    assert metrics("ThrottlesAlarm") == [("Throttles", [])]
    assert metrics("TableThrottlesAlarm") == [
        ("WriteThrottleEvents", [{"Ref": "ChecksTable"}]),
        ("WriteThrottleEvents", [{"Ref": "ChecksTable"}, "due"]),
        ("WriteThrottleEvents", [{"Ref": "PingsTable"}]),
        ("WriteThrottleEvents", [{"Ref": "FlipsTable"}]),
    ]
    assert metrics("AlertsWaitingAlarm") == [
        ("ApproximateAgeOfOldestMessage", [{"Fn::GetAtt": [queue, "QueueName"]}])
        for queue in ("AlertQueue", "AppriseQueue")
    ]


def test_each_queue_of_what_failed_has_an_alarm():
    last_resorts = {
        *("DeadLetterQueue", "DispatchFailureQueue"),
        *("PingMailDeadLetterQueue", "PurgeFailureQueue"),
    }
    shown = [metrics(name) for name in ALARMS]

    for queue in last_resorts:
        name = {"Fn::GetAtt": [queue, "QueueName"]}
        assert [("ApproximateNumberOfMessagesVisible", [name])] in shown


def test_all_metrics_of_an_expression_have_one_period_and_only_the_result_counts():
    for alarm in ALARMS.values():
        given = [one["Fn::If"][1] if "Fn::If" in one else one for one in alarm.get("Metrics", [])]
        assert sum(one["ReturnData"] for one in given) == (1 if given else 0)
        assert len({one["MetricStat"]["Period"] for one in given if "MetricStat" in one}) < 2


def test_the_comment_on_what_alarms_cost_counts_them():
    always = sum(
        len([one for one in alarm["Metrics"] if "MetricStat" in one]) if "Metrics" in alarm else 1
        for name, alarm in ALARMS.items()
        if "Condition" not in RESOURCES[name]
    )
    most = sum(len(metrics(name)) for name in ALARMS)

    assert (always, most) == (19, 24)
    assert "they are nineteen; with mail, Apprise and\n  # pings by mail five more" in TEXT


@pytest.mark.parametrize("name", ["AlarmTopic", "MailEventsTopic", "PingMailTopic"])
def test_topics_are_encrypted_and_services_may_still_publish(name):
    _, services = RESOURCES["SecretsKey"]["Properties"]["KeyPolicy"]["Statement"]

    assert RESOURCES[name]["Properties"]["KmsMasterKeyId"] == KEY
    assert set(services["Principal"]["Service"]) == {
        "cloudwatch.amazonaws.com",
        "ses.amazonaws.com",
    }
    assert set(services["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    # What was encrypted for a topic, which no setting of a channel was.
    assert list(services["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:sns:topicArn"]


def test_the_dashboard_is_what_cloudwatch_reads():
    body = json.loads(DASHBOARD[0])

    for widget in body["widgets"]:
        assert widget["type"] == "metric"
        assert 0 <= widget["x"] <= 24 - widget["width"]
        shown = widget["properties"]
        assert shown["title"]
        assert shown["region"] == "${AWS::Region}"
        for metric in shown["metrics"]:
            assert "expression" in metric[0] or metric[0].startswith(("AWS/", "Nightbell"))


def test_the_dashboard_names_what_is_there():
    named = set(re.findall(r"\$\{(\w+)[.}]", DASHBOARD[0]))

    assert named <= {*RESOURCES, *DASHBOARD[1]}
    assert TEMPLATE["Outputs"]["MetricsUrl"]["Value"]["Fn::Sub"].endswith("/${Dashboard}")
