"""The port that takes mail, by the client of the standard library."""

import asyncio
import smtplib
import socket
import threading

import botocore.exceptions
import pytest

from local import smtp
from local.ses import MAIL_BYTES, Envelope

CHECK = "7918b17b-a745-4db1-8575-9d2e07c97f79@ping.example.org"
OTHER = "key+slug@ping.example.org"
MAIL = b"Subject: Backup\r\n\r\n42 files\r\n"


class Recorder:
    """Keeps what it is given, or fails."""

    def __init__(self):
        self.received = []
        self.failure = None

    def receive(self, envelope, mail):
        if self.failure:
            raise self.failure
        self.received.append((envelope, mail))
        return f"id-{len(self.received)}"


@pytest.fixture(scope="module")
def server():
    """Take mail in a thread; the value is the port, and what keeps the mails."""
    recorder = Recorder()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    async def serve():
        async with smtp.serving(listener, recorder, "ping.example.org"):
            await stopped.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield port, recorder
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture
def recorder(server):
    """Return what keeps the mails, empty."""
    _, recorder = server
    recorder.received.clear()
    return recorder


@pytest.fixture
def client(server, recorder):
    """Connect."""
    port, _ = server
    with smtplib.SMTP("127.0.0.1", port, "host.example.org", timeout=20) as client:
        yield client


def test_a_mail_is_handed_on_with_its_envelope(client, recorder):
    client.sendmail("cron@example.org", [CHECK, OTHER], MAIL)

    envelope = Envelope("127.0.0.1", "host.example.org", "cron@example.org", [CHECK, OTHER])
    assert recorder.received == [(envelope, MAIL)]


def test_the_answer_names_the_id_and_what_is_printed_no_address(client, capsys):
    client.ehlo()
    client.mail("cron@example.org")
    client.rcpt(CHECK)

    answer = client.data(MAIL)

    assert answer == (250, b"OK id-1")
    printed = capsys.readouterr()
    assert printed.out.startswith("SMTP    1 × …@ping.example.org  250  ")
    assert CHECK.partition("@")[0] not in printed.out
    assert printed.err == ""


def test_other_domains_are_refused_and_ours_is_known_in_capitals(client, recorder):
    ours = CHECK.upper()
    others = ["ops@example.org", "postmaster", "x@sub.ping.example.org"]

    refused = client.sendmail("cron@example.org", [ours, *others], MAIL)

    assert {name: status for name, (status, _) in refused.items()} == dict.fromkeys(others, 550)
    assert [envelope.recipients for envelope, _ in recorder.received] == [[ours]]


def test_a_mail_has_a_hundred_recipients_at_most(client, recorder):
    recipients = [f"key+slug-{number}@ping.example.org" for number in range(101)]

    refused = client.sendmail("cron@example.org", recipients, MAIL)

    assert {name: status for name, (status, _) in refused.items()} == {recipients[100]: 452}
    assert [envelope.recipients for envelope, _ in recorder.received] == [recipients[:100]]


def test_mail_of_mail_servers_has_no_sender(client, recorder):
    client.sendmail("", CHECK, MAIL)

    assert [envelope.sender for envelope, _ in recorder.received] == [""]


def test_a_name_cannot_pass_for_an_address(client, recorder):
    client.ehlo("x (y [192.0.2.1]) by z")

    client.sendmail("cron@example.org", CHECK, MAIL)

    assert [envelope.name for envelope, _ in recorder.received] == ["xy192.0.2.1byz"]


def test_long_lines_and_bytes_that_are_no_text_arrive_as_they_are(client, recorder):
    mail = b"Subject: \xfc\r\n\r\n" + b"x" * 100_000 + b"\r\n..\r\n.\x00\xff\r\n"

    client.sendmail("cron@example.org", CHECK, mail)

    assert [received for _, received in recorder.received] == [mail]


def test_a_mail_that_is_too_large_is_refused(client, recorder):
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        client.sendmail("cron@example.org", CHECK, b"x" * (MAIL_BYTES + 1))

    assert refused.value.smtp_code == 552
    assert recorder.received == []


@pytest.mark.parametrize(
    "failure",
    [
        botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        botocore.exceptions.ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"),
    ],
    ids=["no connection", "throttled"],
)
def test_a_mail_that_cannot_be_stored_may_come_again(client, recorder, failure):
    recorder.failure = failure
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("cron@example.org", CHECK, MAIL)
    recorder.failure = None

    client.sendmail("cron@example.org", CHECK, MAIL)

    assert refused.value.smtp_code == 451
    assert len(recorder.received) == 1
