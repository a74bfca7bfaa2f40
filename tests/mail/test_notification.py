"""What Amazon SES says of a mail."""

import json
from datetime import UTC, datetime

import pytest

from nightbell.mail.notification import Receipt, UnknownForm, read

BY_SES = "by inbound-smtp.eu-west-1.amazonaws.com with SMTP id d6iitobk75ur44p8kdnnp7g2n800"
RECEIVED = f"from mail.example.com (mail.example.com [203.0.113.7]) {BY_SES} for x@example.org; Fri"


@pytest.fixture
def notification():
    """Return a notification as the documentation of SES shows it."""
    return {
        "notificationType": "Received",
        "mail": {
            "timestamp": "2015-09-11T20:32:33.936Z",
            "source": "root@web1.example.com",
            "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
            "destination": ["somebody@example.com"],
            "headersTruncated": False,
            "headers": [
                {"name": "Return-Path", "value": "<root@web1.example.com>"},
                {"name": "Received", "value": RECEIVED},
                {"name": "Received", "value": "from localhost (localhost [127.0.0.1]) by other"},
                {"name": "Subject", "value": "Example"},
            ],
            "commonHeaders": {"subject": "Example", "to": ["somebody@example.com"]},
        },
        "receipt": {
            "timestamp": "2015-09-11T20:32:33.936Z",
            "processingTimeMillis": 406,
            "recipients": ["a@ping.example.org", "b@ping.example.org"],
            "spamVerdict": {"status": "PASS"},
            "virusVerdict": {"status": "PASS"},
            "spfVerdict": {"status": "GRAY"},
            "dkimVerdict": {"status": "FAIL"},
            "dmarcVerdict": {"status": "PROCESSING_FAILED"},
            "dmarcPolicy": "reject",
            "action": {
                "type": "S3",
                "topicArn": "arn:aws:sns:eu-west-1:012345678912:example-topic",
                "bucketName": "a-bucket",
                "objectKeyPrefix": "mail/",
                "objectKey": "mail/d6iitobk75ur44p8kdnnp7g2n800",
            },
        },
    }


def test_a_notification_tells_of_a_mail_in_a_bucket(notification):
    assert read(json.dumps(notification)) == Receipt(
        message_id="d6iitobk75ur44p8kdnnp7g2n800",
        received=datetime(2015, 9, 11, 20, 32, 33, 936_000, UTC),
        recipients=("a@ping.example.org", "b@ping.example.org"),
        sender="root@web1.example.com",
        remote_addr="203.0.113.7",
        bucket="a-bucket",
        key="mail/d6iitobk75ur44p8kdnnp7g2n800",
        verdicts={
            "spam": "PASS",
            "virus": "PASS",
            "spf": "GRAY",
            "dkim": "FAIL",
            "dmarc": "PROCESSING_FAILED",
        },
    )


def test_what_ses_may_leave_out_is_not_needed(notification):
    del notification["mail"]["headers"], notification["mail"]["source"]
    del notification["receipt"]["dmarcVerdict"], notification["receipt"]["spamVerdict"]

    found = read(json.dumps(notification))

    assert (found.sender, found.remote_addr) == ("", "")
    assert found.verdicts == {"virus": "PASS", "spf": "GRAY", "dkim": "FAIL"}


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("from a.example (a.example [198.51.100.9]) ", "198.51.100.9"),
        ("from a.example ([198.51.100.9]) ", "198.51.100.9"),
        ("from a.example (unknown [IPv6:2001:DB8::1])\r\n ", "2001:db8::1"),
        ("from a.example (a.example [2001:db8:0:0::1])\n\t", "2001:db8::1"),
        ("from [10.0.0.1] (a.example [198.51.100.9]) ", "198.51.100.9"),
        ("from ([10.0.0.1]) (a.example [198.51.100.9]) ", "198.51.100.9"),
        ("from a.example (a.example [999.51.100.9]) ", ""),
        ("from a.example (a.example [::::]) ", ""),
        ("from a.example (a.example) ", ""),
        ("(qmail 4711 invoked by uid 0); ", ""),
        ("", ""),
    ],
)
def test_the_address_is_that_of_the_client_of_ses(notification, client, address):
    notification["mail"]["headers"][1]["value"] = client + BY_SES

    assert read(json.dumps(notification)).remote_addr == address


@pytest.mark.parametrize("name", ["received", "RECEIVED"])
def test_the_case_of_a_header_does_not_matter(notification, name):
    notification["mail"]["headers"][1]["name"] = name

    assert read(json.dumps(notification)).remote_addr == "203.0.113.7"


def test_without_a_header_of_ses_the_address_is_not_known(notification):
    notification["mail"]["headers"] = [{"name": "Subject", "value": RECEIVED}]

    assert read(json.dumps(notification)).remote_addr == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "{",
        "null",
        "[]",
        "{}",
        '"mail"',
        "[" * 100_000,
        '{"notificationType": "Bounce", "bounce": {}, "mail": {"messageId": "x"}}',
    ],
)
def test_other_texts_tell_of_no_mail(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("mail", "messageId", 7),
        ("mail", "timestamp", "yesterday"),
        ("receipt", "recipients", None),
        ("receipt", "recipients", [None]),
        ("receipt", "spfVerdict", "PASS"),
        ("receipt", "action", {"type": "SNS", "topicArn": "arn"}),
        ("receipt", "action", {"bucketName": "b", "objectKey": None}),
    ],
)
def test_a_mail_that_cannot_be_found_is_not_passed_over(notification, part, name, value):
    notification[part][name] = value

    with pytest.raises(UnknownForm):
        read(json.dumps(notification))


@pytest.mark.parametrize("parts", [{}, {"mail": {}, "receipt": {}}, {"mail": None, "receipt": 1}])
def test_a_mail_without_all_that_is_needed_is_not_passed_over(parts):
    with pytest.raises(UnknownForm):
        read(json.dumps({"notificationType": "Received", **parts}))


@pytest.mark.parametrize(
    "headers",
    [None, {}, "Received", ["Received"], [None], [{"name": "Received"}], [{"name": 1, "value": 2}]],
)
def test_headers_of_another_form_lose_no_mail(notification, headers):
    notification["mail"]["headers"] = headers

    assert read(json.dumps(notification)).remote_addr == ""


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("mail", "messageId", "AMAZON_SES_SETUP_NOTIFICATION"),
        ("receipt", "action", {"bucketName": "b", "objectKey": "AMAZON_SES_SETUP_NOTIFICATION"}),
    ],
)
def test_what_ses_writes_when_the_rule_is_made_is_no_mail(notification, part, name, value):
    notification[part][name] = value

    assert read(json.dumps(notification)) is None
