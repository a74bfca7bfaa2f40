"""What stands in for the receiving of Amazon SES: the object, and what the topic hears."""

import json
from email.message import EmailMessage
from types import SimpleNamespace
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.ses import Envelope, Receiving
from nightbell.mail import notification

CHECK = "7918b17b-a745-4db1-8575-9d2e07c97f79@ping.example.org"


@pytest.fixture(scope="module")
def aws():
    """Make a bucket and a topic on moto, and a queue that hears of it; return their clients."""
    name = f"mails-{uuid4()}"
    mock = mock_aws()
    mock.start(reset=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        s3, sns, sqs = (boto3.client(service) for service in ("s3", "sns", "sqs"))
        place = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        topic = sns.create_topic(Name=name)["TopicArn"]
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=topic.replace(":sns:", ":sqs:"),
            Attributes={"RawMessageDelivery": "true"},
        )
        yield SimpleNamespace(s3=s3, sqs=sqs, bucket=name, topic=topic, queue=queue)
    mock.stop(remove_data=False)


@pytest.fixture
def receive(aws):
    """Return a function that receives a mail, and returns its id, what is stored and told."""
    stack = SimpleNamespace(mail_bucket=aws.bucket, mail_topic=aws.topic)
    receiving = Receiving(SimpleNamespace(client=boto3.client), stack)

    def receive(mail, *recipients, sender="cron@example.org"):
        envelope = Envelope("127.0.0.1", "host.example.org", sender, list(recipients or [CHECK]))
        message_id = receiving.receive(envelope, mail)
        stored = aws.s3.get_object(Bucket=aws.bucket, Key=message_id)["Body"].read()
        (message,) = aws.sqs.receive_message(QueueUrl=aws.queue)["Messages"]
        aws.sqs.delete_message(QueueUrl=aws.queue, ReceiptHandle=message["ReceiptHandle"])
        return message_id, stored, json.loads(message["Body"])

    return receive


def test_the_mail_is_stored_below_where_it_came_from(receive):
    mail = b"Subject: Backup\r\n\r\n42 files \xff\r\n"

    message_id, stored, _ = receive(mail)

    head, rest = stored[: -len(mail)].decode().splitlines(), stored[-len(mail) :]
    assert rest == mail
    assert head[:4] == [
        "Return-Path: <cron@example.org>",
        "Received: from host.example.org (localhost [127.0.0.1])",
        f" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {message_id}",
        f" for {CHECK};",
    ]


def test_the_topic_hears_who_sent_what_to_whom_and_where_it_is(receive, aws):
    mail = EmailMessage()
    mail["From"] = "Cron <cron@example.org>"
    mail["To"] = f"Backup <{CHECK}>, ops@example.org"
    mail["Subject"] = "Backup done"
    mail.set_content("42 files")

    message_id, _, told = receive(mail.as_bytes())

    assert told["notificationType"] == "Received"
    assert told["mail"]["messageId"] == message_id
    assert told["mail"]["source"] == "cron@example.org"
    assert told["mail"]["destination"] == [CHECK, "ops@example.org"]
    assert told["mail"]["commonHeaders"] == {
        "returnPath": "cron@example.org",
        "from": ["Cron <cron@example.org>"],
        "to": [f"Backup <{CHECK}>, ops@example.org"],
        "subject": "Backup done",
    }
    assert told["receipt"]["recipients"] == [CHECK]
    assert told["receipt"]["virusVerdict"] == {"status": "PASS"}
    assert told["receipt"]["action"] == {
        "type": "S3",
        "topicArn": aws.topic,
        "bucketName": aws.bucket,
        "objectKey": message_id,
    }


def test_what_is_told_is_understood_as_what_ses_says(receive, aws):
    message_id, _, told = receive(b"Received: from a (b [192.0.2.1]) by c\r\n\r\n", sender="")

    receipt = notification.read(json.dumps(told))

    assert (receipt.bucket, receipt.key, receipt.message_id) == (aws.bucket, message_id, message_id)
    assert (receipt.sender, receipt.recipients) == ("", (CHECK,))
    assert receipt.remote_addr == "127.0.0.1"
    assert set(receipt.verdicts.values()) == {"PASS"}


def test_headers_are_told_in_order_and_in_one_line_each(receive):
    _, _, told = receive(b"Subject: Backup of\r\n\t everything\r\nX-Job: 1\r\nX-Job: 2\r\n\r\n")

    headers = [(header["name"], header["value"]) for header in told["mail"]["headers"]]
    received = headers[1][1]
    assert headers[0] == ("Return-Path", "<cron@example.org>")
    assert received.startswith("from host.example.org (localhost [127.0.0.1]) by inbound-smtp.")
    assert headers[-3:] == [("Subject", "Backup of everything"), ("X-Job", "1"), ("X-Job", "2")]
    assert told["mail"]["headersTruncated"] is False


def test_with_several_recipients_the_mail_names_none(receive):
    _, stored, told = receive(b"\r\n", CHECK, "other@ping.example.org")

    assert CHECK.encode() not in stored
    assert told["receipt"]["recipients"] == [CHECK, "other@ping.example.org"]


@pytest.mark.parametrize(
    ("mail", "truncated"),
    [
        (b"", False),
        (b"\x00\xff\r\n" * 100, False),
        (b'Subject: \xe4\xff =?utf-8?q?=?= =?x?b?!?=\r\nTo: ,<,"@((\xff\r\n\r\n', False),
        (b"To: " + b"(" * 200_000, True),
        (b"X: y\r\n" * 100_000, True),
        (b"\r\n" + b"x" * 100_000, False),
    ],
    ids=["nothing", "no text", "broken headers", "one long header", "many headers", "a long body"],
)
def test_no_mail_makes_an_error_or_a_long_message(receive, mail, truncated):
    _, stored, told = receive(mail, sender="")

    assert stored.endswith(mail)
    assert told["mail"]["headersTruncated"] is truncated
    assert told["mail"]["source"] == ""
    assert len(json.dumps(told)) < 200_000
