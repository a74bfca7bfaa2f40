"""SMS: what a text message says, how long it is, and what Amazon SNS says to it."""

from contextlib import nullcontext

import boto3
import pytest
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID

from nightbell.alerts import wording
from nightbell.alerts.kinds import sms
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

SETTINGS = {"to": "+37120000000", "down": True, "up": True}


@pytest.fixture
def sent(moto):
    """Let moto be SNS; the value is what was sent: id, number, text, attributes."""
    boto3.client("sns")
    return backends.get_backend("sns")[DEFAULT_ACCOUNT_ID]["eu-west-1"].sms_messages


def message_of(sent):
    (message,) = sent.values()
    return message[1]


@pytest.mark.parametrize("alert", [DOWN, UP])
def test_a_message_says_what_happened_and_to_which_check(sent, alert):
    sms.send(alert, SETTINGS)

    ((number, message, *_),) = sent.values()
    assert number == "+37120000000"
    assert message.startswith(f"{wording.title(alert)}. {wording.summary(alert)}")
    assert "Web shop" in message
    assert "nightly db" in message
    assert message.endswith(alert.url)
    assert alert.code not in message


def test_a_message_is_sent_even_when_others_wait(aws_region, receiver, monkeypatch, make_alert):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", receiver.url)
    receiver.headers = {"Content-Type": "text/xml"}
    receiver.body = b"""<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
        <PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"""

    sms.send(make_alert(), SETTINGS)

    assert b"SMSType&MessageAttributes.entry.1.Value.DataType=String" in receiver.request.body
    assert b"StringValue=Transactional" in receiver.request.body
    sms.aws.client("sns").close()


@pytest.mark.parametrize(
    ("alert", "flags", "count"),
    [
        (DOWN, {"down": False}, 0),
        (DOWN, {"up": False}, 1),
        (UP, {"up": False}, 0),
        (UP, {"down": False}, 1),
    ],
)
def test_a_channel_hears_only_what_it_asked_for(sent, alert, flags, count):
    with nullcontext() if count else pytest.raises(NothingToSend):
        sms.send(alert, SETTINGS | flags)

    assert len(sent) == count


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x" * 100, "project": "p" * 300, "tags": ("t" * 500,)},
        {"name": "[" * 100, "tags": ("€" * 300,)},
        {"name": "é" * 100, "project": "p" * 400},
    ],
)
def test_a_long_message_takes_three_parts_at_most(sent, make_alert, changes):
    sms.send(make_alert(**changes), SETTINGS)

    message = message_of(sent)
    size = len(message) + sum(map(message.count, "^{}\\[~]|€"))
    assert 455 <= size <= 3 * 153
    assert message.endswith("...")
    assert wording.summary(DOWN) in message


@pytest.mark.parametrize("char", ["ё", "库", "😀"])
def test_a_long_message_in_another_script_takes_three_parts_at_most(sent, make_alert, char):
    sms.send(make_alert(name=char * 100, project="p" * 400), SETTINGS)

    message = message_of(sent)
    assert 198 <= len(message.encode("utf-16-le")) // 2 <= 3 * 67
    assert f"{char * 40} is DOWN. The ping expected at" in message


def test_a_link_is_whole_or_left_out(sent, make_alert):
    sms.send(make_alert(url="https://example.org/" + "x" * 400), SETTINGS)

    assert "https" not in message_of(sent)
    assert wording.short_text(DOWN) in message_of(sent)


def test_a_name_of_many_lines_is_one(sent, make_alert):
    sms.send(make_alert(name="Backup\r\n\x00of\u2028db1"), SETTINGS)

    assert message_of(sent).startswith("Backup of db1 is DOWN. ")


@pytest.mark.parametrize(
    ("code", "failure", "error"),
    [
        ("InvalidParameter", Permanent, "Amazon SNS does not take the phone number"),
        ("ParameterValueInvalid", Permanent, "Amazon SNS does not take the phone number"),
        ("OptedOut", Permanent, "the owner of the phone number wants no messages"),
        ("Throttled", Passing, "Amazon SNS was asked too often"),
        ("AuthorizationError", Passing, "Amazon SNS answered AuthorizationError"),
        ("InternalError", Passing, "Amazon SNS answered InternalError"),
    ],
)
def test_what_sns_answers_decides_whether_it_is_tried_again(
    refuse, make_alert, code, failure, error
):
    refuse("sns", "publish", code)

    with pytest.raises(failure) as raised:
        sms.send(make_alert(), SETTINGS)

    assert raised.value.error == error


def test_an_answer_of_sns_as_it_comes_over_the_wire(receiver, aws_region, make_alert, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", receiver.url)
    receiver.status = 400
    receiver.headers = {"Content-Type": "text/xml"}
    receiver.body = b"""<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
        <Error><Type>Sender</Type><Code>InvalidParameter</Code>
        <Message>Invalid parameter: PhoneNumber Reason: +37120000000 is not valid</Message></Error>
        <RequestId>1</RequestId></ErrorResponse>"""

    with pytest.raises(Permanent, match=r"^Amazon SNS does not take the phone number$"):
        sms.send(make_alert(), SETTINGS)

    sms.aws.client("sns").close()


@pytest.mark.parametrize("number", ["+37120000000", "+1234567", "+123456789012345"])
def test_numbers_to_write_to(number):
    assert sms.KIND.read({"to": number}) == {"to": number, "down": True, "up": False}


@pytest.mark.parametrize(
    "number",
    [
        "",
        "37120000000",
        "+0371200000",
        "+371 20000000",
        "+123456",
        "+1234567890123456",
        "+٣٧١٢٠٠٠٠٠٠٠",
        "+37120000000\n",
        37120000000,
    ],
)
def test_what_is_no_number_is_refused(number):
    with pytest.raises(InvalidSpec, match=r"settings\.to "):
        sms.KIND.read({"to": number})
