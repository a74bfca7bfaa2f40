"""Queue of mails that Amazon SES has received: each is a ping of the checks that it is for."""

import json
from dataclasses import replace

import boto3
import pytest

from functions.email_ping.app import lambda_handler
from nightbell.mail import bucket, reception
from nightbell.settings import settings
from tests.functions.conftest import sample

DOMAIN = "ping.example.org"
BUCKET = "nightbell-pingmailbucket"
MAIL = b"From: root@web1.example.org\r\nSubject: Nightly backup\r\n\r\n42 files, 0 errors\r\n"


@pytest.fixture
def set_up(monkeypatch):
    """Return a function that gives settings to what receives mail."""

    def give(**changes):
        changed = replace(settings, ping_mail_domain=DOMAIN, **changes)
        monkeypatch.setattr(reception, "settings", changed)

    return give


@pytest.fixture
def receive(tables, set_up):
    """Return a function that has SES receive a mail and tell of it."""
    set_up()
    s3 = boto3.client("s3")
    if BUCKET not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        place = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    bucket._client.cache_clear()

    def send(*recipients, content=MAIL, message_id="mail-1", verdicts=None, **mail):
        s3.put_object(Bucket=BUCKET, Key=message_id, Body=content)
        event = notified(*recipients, message_id=message_id, verdicts=verdicts, **mail)
        return lambda_handler(event, None)

    return send


def notified(*recipients, message_id, verdicts=None, **mail):
    """Return the sample event about another mail."""
    event = sample("email_ping")
    (record,) = event["Records"]
    notification = json.loads(record["body"])
    notification["mail"] |= {"messageId": message_id, **mail}
    notification["receipt"] |= {"recipients": list(recipients)}
    notification["receipt"]["action"] |= {"bucketName": BUCKET, "objectKey": message_id}
    for name, status in (verdicts or {}).items():
        notification["receipt"][f"{name}Verdict"] = {"status": status}
    record["body"] = json.dumps(notification)
    return event


def test_a_mail_is_a_ping_of_the_check_that_it_is_addressed_to(create, receive, call):
    check_id = create()["uuid"]

    assert receive(f"{check_id}@{DOMAIN}") == {"batchItemFailures": []}

    (ping,) = call("GET", f"/api/v3/checks/{check_id}/pings/").json["pings"]
    assert (ping["type"], ping["scheme"], ping["method"]) == ("success", "email", "")
    assert ping["ua"] == "Email from root@web1.example.org"
    assert ping["remote_addr"] == "203.0.113.9"
    assert call("GET", f"/api/v3/checks/{check_id}/pings/1/body").body == MAIL
