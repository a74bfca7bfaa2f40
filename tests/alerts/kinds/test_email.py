"""Email: the message, and what Amazon SES says to it."""

import email
import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from email.policy import default
from html.parser import HTMLParser

import boto3
import pytest
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID

from nightbell.alerts import aws, wording
from nightbell.alerts.kinds import email as kind
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

SENDER = "Nightbell <alerts@example.org>"
SETTINGS = {"to": "alice@example.com", "up": True, "down": True}
UNSUBSCRIBE = (
    "https://x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com/live/unsubscribe/"
    "2c1f5d0e-94b1-4a8e-b3a5-0f2d6c7e8a91/67541b37-8b9c-4d17-b952-690eae1c2f3d/"
    "0123456789abcdef0123456789abcdef"
)
HOSTILE = "</pre><img src=http://evil.example.org/x>&\"'\r\nBcc: eve@example.org\r\n\r\n\x00é✓"


@pytest.fixture
def sender(monkeypatch):
    """Set the sender's address, and return a function to set another."""

    def use(mail_from):
        monkeypatch.setattr(kind, "deployment", replace(kind.deployment, mail_from=mail_from))

    use(SENDER)
    return use


@pytest.fixture
def sent(moto, sender):
    """Let moto be SES; the value is what it was given, as it went over the wire."""
    boto3.client("sesv2").create_email_identity(EmailIdentity="example.org")
    return backends.get_backend("ses")[DEFAULT_ACCOUNT_ID]["eu-west-1"].sent_messages


def parsed(raw):
    return email.message_from_string(raw, policy=default)


def part(message, subtype):
    return message.get_body((subtype,)).get_content()


class _Page(HTMLParser):
    """The text, the elements and the addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.text, self.elements, self.links = "", [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def test_a_mail_that_a_check_is_down(sent, make_alert):
    kind.send(make_alert(unsubscribe_url=UNSUBSCRIBE), SETTINGS)

    (mail,) = sent
    message = parsed(mail.raw_data)
    assert mail.destinations.count("alice@example.com") == len(mail.destinations)
    assert message["From"] == SENDER
    assert message["To"] == "alice@example.com"
    assert message["Subject"] == "Backup is DOWN"
    assert message["Date"].datetime == DOWN.sent
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    page = _Page(part(message, "html"))
    for shown in (part(message, "plain"), page.text):
        assert "Backup is DOWN" in shown
        assert wording.summary(DOWN) in shown
        for fact in wording.facts(DOWN):
            assert fact.label in shown
            assert fact.text in shown
        assert "42 files, 0 errors" in shown
        assert DOWN.code not in shown
    assert DOWN.url in part(message, "plain")
    assert page.links == [DOWN.url, UNSUBSCRIBE]


def test_a_mail_that_a_check_is_up_says_how_long_it_was_down(sent, make_alert):
    kind.send(make_alert(UP), SETTINGS)

    message = parsed(sent[0].raw_data)
    assert message["Subject"] == "Backup is UP"
    for subtype in ("plain", "html"):
        assert "2 hours 5 minutes" in part(message, subtype)


def test_recipients_can_end_the_alerts_in_one_click(sent, make_alert):
    kind.send(make_alert(unsubscribe_url=UNSUBSCRIBE), SETTINGS)

    # As it goes over the wire: a word in MIME's encoding would be no address.
    assert f"\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n" in sent[0].raw_data
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent[0].raw_data
    assert UNSUBSCRIBE in part(parsed(sent[0].raw_data), "plain")


def test_without_an_address_to_end_them_there_is_no_mention_of_it(sent, make_alert):
    kind.send(make_alert(url=""), SETTINGS)

    message = parsed(sent[0].raw_data)
    assert "List-Unsubscribe" not in message
    assert "List-Unsubscribe-Post" not in message
    assert _Page(part(message, "html")).links == []
    assert "no more" not in part(message, "plain")


def test_a_mail_that_is_sent_again_has_the_same_id(sent, make_alert):
    kind.send(make_alert(), SETTINGS)
    kind.send(make_alert(sent=DOWN.sent + timedelta(hours=1)), SETTINGS)

    ids = [parsed(mail.raw_data)["Message-ID"] for mail in sent]
    assert ids == ["<0f5c@example.org>"] * 2


def test_what_is_said_of_one_outage_is_one_thread(sent, make_alert):
    down = make_alert()
    nag = make_alert(delivery_id="1", reason=Reason.NAG, sent=down.since + timedelta(hours=1))
    up = make_alert(UP, delivery_id="2", since=down.since + timedelta(hours=2, minutes=5))
    next_down = make_alert(delivery_id="3", since=down.since + timedelta(days=1))
    other = make_alert(delivery_id="4", unique_key="f" * 40)

    for alert in (down, nag, up, next_down, other):
        kind.send(alert, SETTINGS)

    messages = [parsed(mail.raw_data) for mail in sent]
    threads = [message["References"] for message in messages]
    assert [message["In-Reply-To"] for message in messages] == threads
    assert threads[0] == threads[1] == threads[2]
    assert len(set(threads)) == 3
    assert len({message["Message-ID"] for message in messages}) == 5
    assert all(re.fullmatch(r"<[^\s<>@]+@example\.org>", thread) for thread in threads)
    assert "References: <" in sent[0].raw_data


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
        kind.send(alert, SETTINGS | flags)

    assert len(sent) == count


def test_hostile_texts_add_no_header_no_recipient_and_no_element(sent, make_alert):
    kind.send(make_alert(unsubscribe_url=UNSUBSCRIBE), SETTINGS)
    alert = make_alert(
        name=HOSTILE,
        project=HOSTILE,
        tags=(HOSTILE,),
        desc=HOSTILE,
        last_ping=replace(DOWN.last_ping, body=HOSTILE.encode()),
        unsubscribe_url=UNSUBSCRIBE,
    )

    kind.send(alert, SETTINGS)

    plain, hostile = (parsed(mail.raw_data) for mail in sent)
    assert hostile.keys() == plain.keys()
    assert hostile["To"] == "alice@example.com"
    assert set(sent[1].destinations) == {"alice@example.com"}
    cleaned = HOSTILE.replace("\r\n", " ").replace("  ", " ").replace("\x00", " ")
    assert hostile["Subject"] == f"{cleaned} is DOWN"
    pages = [_Page(part(message, "html")) for message in (plain, hostile)]
    assert pages[0].elements == pages[1].elements
    assert pages[0].links == pages[1].links
    assert "</pre><img src=http://evil.example.org/x>&\"'" in pages[1].text


def test_the_wire_takes_a_mail_in_any_language(sent, sender, make_alert):
    sender("Nachtglöckchen <alerts@example.org>")
    alert = make_alert(name="数据库备份" * 20, desc="ё" * 900)

    kind.send(alert, SETTINGS)

    raw = sent[0].raw_data
    assert raw.isascii()
    longest = max(raw.split("\r\n"), key=len)
    assert longest.startswith("In-Reply-To: <")
    assert len(longest) <= 998
    assert max(map(len, re.findall(r"=\?\S*\?=", raw))) <= 76
    assert "\n" not in raw.replace("\r\n", "")
    assert parsed(raw)["Subject"] == f"{'数据库备份' * 20} is DOWN"
    assert parsed(raw)["From"] == "Nachtglöckchen <alerts@example.org>"
    assert "ё" * 900 in part(parsed(raw), "plain")


@pytest.mark.parametrize("mail_from", ["", "Nightbell", "alerts@", "alerts@localhost"])
def test_without_a_sender_mail_waits(sender, make_alert, mail_from):
    sender(mail_from)

    with pytest.raises(Passing) as failure:
        kind.send(make_alert(), SETTINGS)

    assert failure.value.error == "mail is not set up on this service"


def test_an_unverified_sender_is_refused_and_mail_waits(sent, sender, make_alert):
    sender("alerts@other.example")

    with pytest.raises(Passing, match="is the address verified"):
        kind.send(make_alert(), SETTINGS)

    assert sent == []


@pytest.mark.parametrize(
    ("code", "failure", "error"),
    [
        ("TooManyRequestsException", Passing, "Amazon SES was asked too often"),
        ("LimitExceededException", Passing, "Amazon SES was asked too often"),
        ("ThrottlingException", Passing, "Amazon SES was asked too often"),
        ("SendingPausedException", Passing, kind._PASSING["SendingPausedException"]),
        ("AccountSuspendedException", Passing, kind._PASSING["AccountSuspendedException"]),
        ("MailFromDomainNotVerifiedException", Passing, "the sender is not verified in Amazon SES"),
        ("MessageRejected", Passing, kind._PASSING["MessageRejected"]),
        ("AccessDeniedException", Passing, "Amazon SES answered AccessDeniedException"),
        ("InternalFailure", Passing, "Amazon SES answered InternalFailure"),
        ("BadRequestException", Permanent, "Amazon SES does not take the address"),
    ],
)
def test_what_ses_answers_decides_whether_it_is_tried_again(
    refuse, sender, make_alert, code, failure, error
):
    refuse("sesv2", "send_email", code)

    with pytest.raises(failure) as raised:
        kind.send(make_alert(), SETTINGS)

    assert raised.value.error == error


def test_an_answer_of_ses_as_it_comes_over_the_wire(
    receiver, aws_region, sender, make_alert, monkeypatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", receiver.url)
    receiver.status = 400
    receiver.headers = {"x-amzn-ErrorType": "MessageRejected", "Content-Type": "application/json"}
    receiver.body = b'{"message": "Email address is not verified. The following ... EU-WEST-1: x"}'

    with pytest.raises(Passing) as raised:
        kind.send(make_alert(), SETTINGS)

    assert raised.value.error == kind._PASSING["MessageRejected"]
    assert receiver.request.path == "/v2/email/outbound-emails"
    assert receiver.request.json["Destination"] == {"ToAddresses": ["alice@example.com"]}
    aws.client("sesv2").close()


def test_without_a_connection_to_ses_mail_waits(aws_region, sender, make_alert, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1")

    with pytest.raises(Passing) as raised:
        kind.send(make_alert(), SETTINGS)

    assert raised.value.error == "connection to Amazon SES failed"
    assert raised.value.unreachable


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org",
        "o'neil+alerts.db@sub-domain.example.museum",
        "x" * 64 + "@example.org",
        "a@xn--bcher-kva.example",
        "a@" + ".".join(["x" * 61] * 4) + ".org",
    ],
)
def test_addresses_to_write_to(address):
    assert kind.KIND.read({"to": address}) == {"to": address, "up": True, "down": True}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "alice@localhost",
        "@example.org",
        "a@b@example.org",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "Alice <a@example.org>",
        '"a b"@example.org',
        "a b@example.org",
        ".a@example.org",
        "a..b@example.org",
        "a@-x.example.org",
        "a@example..org",
        "a@example.org.",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "älice@example.org",
        "a@bücher.example",
        "x" * 65 + "@example.org",
        "a@" + ".".join(["x" * 61] * 4) + ".museum",
        ["a@example.org"],
        None,
    ],
)
def test_what_is_no_single_address_is_refused(address):
    with pytest.raises(InvalidSpec, match=r"settings\.to "):
        kind.KIND.read({"to": address})
