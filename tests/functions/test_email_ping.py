"""Queue of mails that Amazon SES has received: each is a ping of the checks that it is for."""

import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import ClientError

from functions.email_ping.app import lambda_handler
from nightbell.mail import bucket, reception
from nightbell.mail.message import Message
from nightbell.settings import settings
from nightbell.store import checks, keys
from nightbell.store.tables import KeyItem
from tests.functions.gateway import sample

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
def s3(tables, monkeypatch):
    """Make the bucket into which SES puts mails; the value is a client of it."""
    client = boto3.client("s3")
    if BUCKET not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        place = {"LocationConstraint": "eu-west-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    monkeypatch.setattr(bucket, "_client", lambda: client)
    return client


@pytest.fixture
def receive(s3, set_up, now):
    """Return a function that lets SES receive a mail and tell of it."""
    set_up()

    def send(*recipients, content=MAIL, message_id="mail-1", **notified):
        s3.put_object(Bucket=BUCKET, Key=message_id, Body=content)
        addresses = [f"{one}@{DOMAIN}" for one in recipients]
        event = notification(addresses, message_id=message_id, **notified)
        return lambda_handler(event, None)

    return send


def notification(recipients, *, message_id="mail-1", verdicts=None, **mail):
    """Return the sample event about another mail."""
    event = sample("email_ping")
    (record,) = event["Records"]
    told = json.loads(record["body"])
    told["mail"] |= {"messageId": message_id, **mail}
    told["receipt"] |= {"recipients": recipients}
    told["receipt"]["action"] |= {"bucketName": BUCKET, "objectKey": message_id}
    for name, status in (verdicts or {}).items():
        told["receipt"][f"{name}Verdict"] = {"status": status}
    record["body"] = json.dumps(told)
    return event


@pytest.fixture
def pings_of(call):
    """Return a function that returns the log of a check, oldest first."""

    def read(check_id):
        return call("GET", f"/api/v3/checks/{check_id}/pings/").json["pings"][::-1]

    return read


@pytest.fixture
def dropped(log):
    """Return a function that returns why mails were dropped, as the log has it."""

    def read():
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        return [line["reason"] for line in lines if line["message"] == "A mail was dropped"]

    return read


# ---- What a mail is -------------------------------------------------------------------------


def test_a_mail_is_a_ping_of_the_check_that_it_is_addressed_to(create, receive, pings_of, call):
    check_id = create()["uuid"]

    assert receive(check_id) == {"batchItemFailures": []}

    (ping,) = pings_of(check_id)
    assert (ping["type"], ping["scheme"], ping["method"]) == ("success", "email", "")
    assert ping["ua"] == "Email from root@web1.example.org"
    assert ping["remote_addr"] == "203.0.113.9"
    assert call("GET", f"/api/v3/checks/{check_id}/pings/1/body").body == MAIL


def test_a_mail_to_ping_key_and_slug_is_a_ping_as_well(create, receive, project, show):
    check_id = create(slug="backup")["uuid"]

    receive(f"{project.ping_key}+backup")

    shown = show(check_id)
    assert (shown["status"], shown["n_pings"]) == ("up", 1)


def test_the_sample_event_is_handled(create, s3, set_up, dropped):
    set_up()

    assert lambda_handler(sample("email_ping"), None) == {"batchItemFailures": []}
    assert dropped() == ["there is no such check"]


def test_each_recipient_is_a_ping(create, receive, project, show):
    first, second, third = (create(slug=slug)["uuid"] for slug in ("a", "b", "c"))

    receive(first, second, f"{project.ping_key}+c")

    assert [show(one)["n_pings"] for one in (first, second, third)] == [1, 1, 1]


def test_recipients_that_are_one_check_are_one_ping(create, receive, project, show):
    check_id = create(slug="backup")["uuid"]

    receive(check_id, check_id.upper(), f"{project.ping_key}+backup", check_id)

    assert show(check_id)["n_pings"] == 1


@pytest.mark.parametrize("where", ["filter_subject", "filter_body"])
@pytest.mark.parametrize(
    ("word", "kind", "status"),
    [("BROKEN", "fail", "down"), ("FINE", "success", "up"), ("BEGIN", "start", "new")],
)
def test_a_check_may_look_for_keywords(create, receive, pings_of, show, where, word, kind, status):
    words = {"failure_kw": "BROKEN", "success_kw": "FINE", "start_kw": "BEGIN"}
    # Of a check with long texts, which are kept apart.
    check_id = create(desc="x" * 5000, **words, **{where: True})["uuid"]
    subject, body = (word, "") if where == "filter_subject" else ("", word)

    receive(check_id, content=f"To: x\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode())

    assert [ping["type"] for ping in pings_of(check_id)] == [kind]
    assert show(check_id)["status"] == status


def test_a_mail_to_many_checks_is_read_once(create, receive, show, monkeypatch):
    words = {"success_kw": "errors", "filter_body": True}
    check_ids = [create(**words)["uuid"] for _ in range(5)]
    read, reader = [], Message.body

    def count(message):
        read.append(message)
        return reader(message)

    monkeypatch.setattr(Message, "body", count)
    receive(*check_ids)

    assert [show(one)["status"] for one in check_ids] == ["up"] * 5
    assert len(read) == 1


def test_a_change_of_status_is_a_flip(create, receive, call):
    check_id = create(failure_kw="errors", filter_body=True)["uuid"]

    receive(check_id)

    (flip,) = call("GET", f"/api/v3/checks/{check_id}/flips/").json
    assert flip["up"] == 0


def test_the_body_is_kept_up_to_the_limit(create, receive, set_up, call):
    set_up(ping_body_limit=50)
    check_id = create()["uuid"]

    receive(check_id, content=MAIL * 1000)

    assert call("GET", f"/api/v3/checks/{check_id}/pings/1/body").body == (MAIL * 1000)[:50]


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("", "Email from <>"),
        ("a" * 300 + "@example.org", "Email from " + "a" * 189),
        ("\ud800é\0@example.org", "Email from ?é\0@example.org"),
    ],
)
def test_the_sender_may_be_anything(create, receive, pings_of, sender, shown):
    check_id = create()["uuid"]

    receive(check_id, source=sender)

    (ping,) = pings_of(check_id)
    assert ping["ua"] == shown


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff" * 2000, b"Content-Type: multipart/mixed"])
def test_whatever_was_received_is_a_ping(create, receive, show, content):
    check_id = create(filter_subject=True, filter_body=True, filter_default_fail=True)["uuid"]

    receive(check_id, content=content)

    assert show(check_id)["status"] == "down"


# ---- When it was ----------------------------------------------------------------------------


def test_a_mail_counts_from_when_it_was_received(create, receive, show, now):
    check_id = create()["uuid"]
    received = now.moment
    now.advance(hours=2)

    receive(check_id, timestamp=received.isoformat())

    assert show(check_id)["last_ping"] == "2024-01-15T12:00:00+00:00"


def test_a_mail_is_never_from_the_future(create, receive, show, now):
    check_id = create()["uuid"]

    receive(check_id, timestamp=(now.moment + timedelta(seconds=2)).isoformat())

    assert show(check_id)["last_ping"] == "2024-01-15T12:00:00+00:00"


def test_a_start_that_comes_after_its_end_starts_nothing(create, receive, pings_of, show, now):
    check_id = create(start_kw="BEGIN", success_kw="DONE", filter_subject=True)["uuid"]
    begun = now.moment
    now.advance(seconds=2)

    receive(check_id, content=b"To: x\r\nSubject: DONE\r\n", timestamp=now.moment.isoformat())
    late = {"message_id": "mail-2", "timestamp": begun.isoformat()}
    receive(check_id, content=b"To: x\r\nSubject: BEGIN\r\n", **late)

    shown = show(check_id)
    assert (shown["status"], shown["started"], shown["n_pings"]) == ("up", False, 2)
    assert [ping["type"] for ping in pings_of(check_id)] == ["success", "start"]


# ---- What is dropped ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local_part", "reason"),
    [
        ("7918b17b-a745-4db1-8575-9d2e07c97f79", "there is no such check"),
        ("KEY+unknown", "there is no such check"),
        ("unknownunknownunknownu+backup", "there is no such check"),
        ("KEY+twice", "several checks have this slug"),
        ("postmaster", "an address is none of a check"),
        ("KEY", "an address is none of a check"),
        ("", "an address is none of a check"),
        ("é" * 3000, "an address is none of a check"),
        ("x" * 3000 + "+backup", "there is no such check"),
    ],
)
def test_what_is_for_no_check_is_dropped(
    create, receive, project, unchanged, dropped, log, local_part, reason
):
    for slug in ("backup", "twice", "twice"):
        create(slug=slug)
    address = local_part.replace("KEY", project.ping_key)

    with unchanged():
        assert receive(address) == {"batchItemFailures": []}

    assert dropped() == [reason]
    assert project.ping_key not in log.getvalue()
    assert DOMAIN not in log.getvalue()
    assert "twice" not in log.getvalue()
    assert '"message_id":"mail-1"' in log.getvalue()


def test_an_address_of_another_domain_is_none_of_a_check(create, receive, unchanged, dropped):
    check_id = create()["uuid"]
    event = notification([f"{check_id}@example.org", f"{check_id}@sub.{DOMAIN}"])

    with unchanged():
        lambda_handler(event, None)

    assert dropped() == ["an address is none of a check"]


def test_what_is_for_no_check_does_not_keep_others_from_theirs(create, receive, show, dropped):
    check_id = create()["uuid"]

    receive("postmaster", "7918b17b-a745-4db1-8575-9d2e07c97f79", check_id)

    assert show(check_id)["n_pings"] == 1
    assert len(dropped()) == 2


def test_a_mail_for_no_check_is_not_fetched(create, receive, monkeypatch):
    def fetch(*_):
        raise AssertionError("was fetched")

    monkeypatch.setattr(bucket, "fetch", fetch)

    assert receive("7918b17b-a745-4db1-8575-9d2e07c97f79") == {"batchItemFailures": []}


def test_a_virus_is_dropped(create, receive, unchanged, dropped):
    check_id = create()["uuid"]

    with unchanged():
        receive(check_id, verdicts={"virus": "FAIL"})

    assert dropped() == ["SES says FAIL to virus"]


@pytest.mark.parametrize("name", ["spam", "spf", "dkim", "dmarc"])
def test_what_ses_says_of_a_mail_is_a_setting(create, receive, set_up, show, dropped, name):
    check_id = create()["uuid"]
    others = [one for one in ("spam", "spf", "dkim", "dmarc") if one != name]

    receive(check_id, verdicts={name: "FAIL"}, message_id="mail-1")
    set_up(ping_mail_refuse=",".join(others))
    receive(check_id, verdicts={name: "FAIL"}, message_id="mail-2")
    set_up(ping_mail_refuse=f"{others[0]},{name}")
    receive(check_id, verdicts={name: "GRAY"}, message_id="mail-3")
    assert not dropped()
    receive(check_id, verdicts={name: "FAIL"}, message_id="mail-4")

    assert show(check_id)["n_pings"] == 3
    assert dropped() == [f"SES says FAIL to {name}"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[1]",
        "no JSON",
        json.dumps({"notificationType": "AMAZON_SES_SETUP_NOTIFICATION"}),
        json.dumps({"notificationType": "Bounce", "bounce": {}, "mail": {}}),
    ],
)
def test_what_tells_of_no_mail_is_dropped(tables, unchanged, log, body):
    event = sample("email_ping")
    event["Records"][0]["body"] = body

    with unchanged():
        assert lambda_handler(event, None) == {"batchItemFailures": []}

    assert "A notification that tells of no mail was dropped" in log.getvalue()


def test_a_mail_that_cannot_be_found_is_not_dropped(create, set_up, log):
    set_up()
    event = notification([f"{create()['uuid']}@{DOMAIN}"])
    event["Records"][0]["body"] = event["Records"][0]["body"].replace("objectKey", "key")

    with pytest.raises(BatchProcessingError):
        lambda_handler(event, None)

    assert "dropped" not in log.getvalue()


# ---- Once, and not never --------------------------------------------------------------------


def test_a_mail_that_comes_again_is_no_other_ping(create, receive, show):
    check_id = create()["uuid"]

    for _ in range(3):
        receive(check_id)
    receive(check_id, message_id="mail-2")

    assert show(check_id)["n_pings"] == 2


def test_that_a_mail_has_counted_is_known_for_a_month(create, receive, now):
    check_id = create()["uuid"]

    receive(check_id)

    marker = KeyItem.get(keys.mail_key("mail-1", check_id))
    assert marker.expires == now.moment + timedelta(days=30)


def test_a_mail_that_cannot_be_fetched_comes_again(create, set_up, show, s3):
    set_up()
    check_id = create()["uuid"]
    event = notification([f"{check_id}@{DOMAIN}"], message_id="mail-5")

    with pytest.raises(BatchProcessingError):
        lambda_handler(event, None)

    s3.put_object(Bucket=BUCKET, Key="mail-5", Body=MAIL)
    lambda_handler(event, None)
    assert show(check_id)["n_pings"] == 1


def test_a_check_that_cannot_be_written_does_not_keep_others_from_theirs(
    create, receive, show, monkeypatch
):
    first, second = create()["uuid"], create()["uuid"]
    write = checks.receive

    def fail(check_id, *arguments, **options):
        if check_id == first:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")
        write(check_id, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(checks, "receive", fail)
        with pytest.raises(BatchProcessingError) as told:
            receive(first, second)
    assert first not in str(told.value)
    assert [show(one)["n_pings"] for one in (first, second)] == [0, 1]

    receive(first, second)

    assert [show(one)["n_pings"] for one in (first, second)] == [1, 1]
