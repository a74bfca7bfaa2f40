"""Each shape of a mail is classified as what it says to a reader."""

import pytest

from nightbell.domain.check import Ping, Signal
from nightbell.domain.transitions import receive_mail
from nightbell.mail.message import Message
from tests.mail.shapes import KEYWORDS, SHAPES

# What SES writes above the headers of a mail.
BY_SES = (
    b"Return-Path: <root@web1.example.com>\r\n"
    b"Received: from mail.example.com (mail.example.com [203.0.113.7])\r\n"
    b" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id d6iitobk75ur44p8kdnnp7g2n800\r\n"
    b" for FAILED@ping.example.org;\r\n"
    b" Fri, 11 Sep 2015 20:32:33 +0000 (UTC)\r\n"
    b"X-SES-Spam-Verdict: FAILED\r\n"
)


def test_there_are_shapes_enough():
    assert len(SHAPES) >= 90


@pytest.mark.parametrize("name", SHAPES)
def test_a_mail_is_what_it_says(make_check, now, name):
    raw, by_subject, by_body = SHAPES[name]
    ping = Ping(created=now.moment, kind=Signal.LOG)

    def counts_as(message, **filters):
        check = make_check(**KEYWORDS, **filters)
        return receive_mail(check, ping, message.subject, message.body).ping.kind

    message = Message(raw)
    received = Message(BY_SES + raw)

    assert counts_as(message, filter_subject=True) is by_subject
    assert counts_as(message, filter_body=True) is by_body
    assert counts_as(received, filter_subject=True) is by_subject
    assert counts_as(received, filter_body=True) is by_body
