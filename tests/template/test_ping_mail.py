"""Mails come from SES alone, wait as long as DynamoDB needs, and are gone two weeks later."""

import json

import pytest

from tests.template.source import FUNCTIONS, GLOBALS, RESOURCES, TEMPLATE

HOUR = 3600
DAY = 24 * HOUR

RULE_SET = {
    "Fn::If": ["MakesMailRuleSet", {"Ref": "MailRuleSet"}, {"Ref": "PingMailRuleSet"}],
}


def properties(name):
    return RESOURCES[name]["Properties"]


def statements(name):
    return properties(name)["PolicyDocument"]["Statement"]


def test_the_rule_takes_mail_for_the_domain_has_it_scanned_and_tells_where_it_is():
    rule = properties("MailRule")["Rule"]
    stored = {"BucketName": {"Ref": "PingMailBucket"}, "TopicArn": {"Ref": "PingMailTopic"}}

    assert rule["Enabled"] is rule["ScanEnabled"] is True
    assert rule["Recipients"] == [{"Ref": "PingMailDomain"}]
    assert rule["Actions"] == [{"S3Action": stored}]


def test_the_rule_is_in_the_set_that_was_named_or_in_one_of_the_stack():
    assert properties("MailRule")["RuleSetName"] == RULE_SET
    assert RESOURCES["MailRuleSet"]["Condition"] == "MakesMailRuleSet"
    assert TEMPLATE["Conditions"]["MakesMailRuleSet"] == {
        "Fn::And": [
            {"Condition": "HasPingMail"},
            {"Fn::Equals": [{"Ref": "PingMailRuleSet"}, ""]},
        ]
    }


def test_ses_may_write_before_it_tries_whether_it_may():
    assert set(RESOURCES["MailRule"]["DependsOn"]) == {
        "PingMailBucketPolicy",
        "PingMailTopicPolicy",
    }


@pytest.mark.parametrize(
    ("policy", "action"),
    [("PingMailBucketPolicy", "s3:PutObject"), ("PingMailTopicPolicy", "sns:Publish")],
)
def test_only_ses_for_rules_of_this_set_may_write(policy, action):
    arn = (
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
        ":receipt-rule-set/${Set}:receipt-rule/*"
    )
    (allowed,) = (one for one in statements(policy) if one["Effect"] == "Allow")

    assert allowed["Action"] == action
    assert allowed["Principal"] == {"Service": "ses.amazonaws.com"}
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": [arn, {"Set": RULE_SET}]}},
    }


def test_mails_are_encrypted_private_and_reached_by_tls_alone():
    bucket = properties("PingMailBucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (denied,) = (one for one in statements("PingMailBucketPolicy") if one["Effect"] == "Deny")

    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert (denied["Principal"], denied["Action"]) == ("*", "s3:*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(denied["Resource"]) == 2
    assert "VersioningConfiguration" not in bucket  # deleted mails would stay


def test_a_mail_is_kept_a_day_longer_than_what_tells_of_it():
    (rule,) = properties("PingMailBucket")["LifecycleConfiguration"]["Rules"]
    # A message takes its age along when it becomes a dead letter.
    longest = properties("PingMailDeadLetterQueue")["MessageRetentionPeriod"]

    assert rule["Status"] == "Enabled"
    assert rule["ExpirationInDays"] * DAY == longest + DAY


def test_a_mail_is_tried_for_a_day_before_it_is_a_dead_letter():
    queue, function = properties("PingMailQueue"), FUNCTIONS["EmailPingFunction"]
    tried = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert tried == DAY
    assert queue["MessageRetentionPeriod"] > 2 * tried
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["PingMailDeadLetterQueue", "Arn"]
    }


def test_the_topic_tells_the_queue_as_ses_told_it_and_loses_nothing():
    subscription = properties("PingMailSubscription")
    (allowed,) = statements("PingMailQueuePolicy")
    queues = [
        {"Fn::GetAtt": [name, "Arn"]} for name in ("PingMailQueue", "PingMailDeadLetterQueue")
    ]

    assert subscription["RawMessageDelivery"] is True
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", queues[0])
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": queues[1]}
    assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
    assert (allowed["Action"], allowed["Resource"]) == ("sqs:SendMessage", queues)
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "PingMailTopic"}}}


def test_what_one_mail_does_to_the_function_is_done_to_no_other():
    (event,) = FUNCTIONS["EmailPingFunction"]["Events"].values()

    assert event["Properties"] == {
        "Queue": {"Fn::GetAtt": ["PingMailQueue", "Arn"]},
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": {"Ref": "PingMailConcurrency"}},
    }
    assert TEMPLATE["Parameters"]["PingMailConcurrency"]["MinValue"] == 2  # SQS asks for it


def test_there_is_room_for_the_largest_mail():
    assert FUNCTIONS["EmailPingFunction"]["MemorySize"] > GLOBALS["MemorySize"]


def test_the_outputs_tell_what_is_left_to_do():
    record = TEMPLATE["Outputs"]["PingMailRecord"]["Value"]
    activation = TEMPLATE["Outputs"]["PingMailActivation"]["Value"]

    host = "inbound-smtp.${AWS::Region}.amazonaws.com."
    assert record == {"Fn::Sub": f"${{PingMailDomain}}. MX 10 {host}"}
    assert activation["Fn::Sub"][0] == (
        "aws ses set-active-receipt-rule-set --region ${AWS::Region} --rule-set-name ${Set}"
    )
    assert activation["Fn::Sub"][1] == {"Set": RULE_SET}
    # Never by the stack itself: it would end what another set does.
    assert "set-active" not in json.dumps(RESOURCES)
