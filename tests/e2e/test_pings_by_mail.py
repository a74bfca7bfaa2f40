"""Pings by mail, from the client that sends one to what the API shows."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from tests.e2e.system import wait_until

pytestmark = pytest.mark.e2e

MAIL = "Subject: Backup\n\n42 files, 0 errors\n"


@pytest.fixture(scope="module")
def logged(api):
    """Return a function that waits for so many pings of a check and returns all, oldest first."""

    def read(check, number):
        def pings():
            return api.get(f"{check['update_url']}/pings/").json()["pings"]

        wait_until(lambda: len(pings()) >= number)
        return pings()[::-1]

    return read


@pytest.fixture(scope="module")
def outputs(system):
    """Return the outputs of the stack."""
    return system.outputs


@pytest.fixture(scope="module")
def all_read(system, outputs):
    """Return a function that waits until no mail is left to be read."""
    sqs = system.aws("sqs")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = {"QueueUrl": outputs["PingMailQueue"], "AttributeNames": counts}

    def is_empty():
        waiting = sqs.get_queue_attributes(**asked)["Attributes"]
        return all(waiting[name] == "0" for name in counts)

    return lambda: wait_until(is_empty)


def test_a_mail_is_a_ping_and_the_log_shows_it(create, api, system, logged):
    check = create(name="Mailed", timeout=3600, methods="POST", filter_http_body=True)
    before = datetime.now(UTC).replace(microsecond=0)

    message_id = system.mail(MAIL, check["uuid"])

    (ping,) = logged(check, 1)
    body = api.get(ping["body_url"]).text
    shown = api.get(check["update_url"]).json()
    assert before <= datetime.fromisoformat(ping.pop("date")) <= datetime.now(UTC)
    assert ping == {
        "type": "success",
        "n": 1,
        "scheme": "email",
        "remote_addr": "127.0.0.1",
        "method": "",
        "ua": "Email from cron@example.org",
        "rid": None,
        "body_url": ping["body_url"],
    }
    assert body.startswith("Return-Path: <cron@example.org>\r\nReceived: from host.example.org ")
    assert message_id in body
    assert body.endswith("Subject: Backup\r\n\r\n42 files, 0 errors\r\n")
    assert (shown["status"], shown["n_pings"]) == ("up", 1)


def test_each_of_several_checks_hears_of_a_mail_once(create, system, logged, all_read):
    first, second = create(slug="mailed-first"), create(slug="mailed-second")
    by_slug = [f"{system.ping_key}+{check['slug']}" for check in (first, second)]

    system.mail(MAIL, first["uuid"].upper(), first["uuid"], *by_slug)
    all_read()

    assert [ping["type"] for ping in logged(first, 1)] == ["success"]
    assert [ping["type"] for ping in logged(second, 1)] == ["success"]


def test_a_mail_that_is_delivered_again_is_the_same_ping(create, system, logged, all_read, outputs):
    check = create(name="Again")
    message_id = system.mail(MAIL, check["uuid"])
    logged(check, 1)
    mail = {"messageId": message_id, "timestamp": datetime.now(UTC).isoformat()}
    action = {"bucketName": outputs["PingMailBucket"], "objectKey": message_id}
    recipients = [f"{check['uuid']}@{outputs['PingMailDomain']}"]
    told = json.dumps({"mail": mail, "receipt": {"recipients": recipients, "action": action}})

    for _ in range(3):
        system.aws("sns").publish(TopicArn=outputs["PingMailTopic"], Message=told)
    system.mail(MAIL, check["uuid"])
    all_read()

    assert [ping["n"] for ping in logged(check, 2)] == [1, 2]


def test_words_in_subject_and_text_decide_what_a_mail_means(create, api, system, logged):
    check = create(
        name="Keywords",
        filter_subject=True,
        filter_body=True,
        start_kw="beginnt, begins",
        success_kw="vollständig",
        failure_kw="[Failed],Ошибка",
    )
    folded, web, forwarding, forwarded = (EmailMessage() for _ in range(4))
    folded["Subject"] = "Die nächtliche Sicherung aller Verzeichnisse und Dateien " * 3 + "beginnt"
    web.set_content("<p>Die Sicherung ist <b>voll</b>st&auml;ndig.</p>", subtype="html")
    forwarded.set_content("Ошибка", charset="koi8-r", cte="quoted-printable")
    forwarding["Subject"] = "Fwd: Backup"
    forwarding.add_attachment(forwarded)

    for number, mail in enumerate((folded, web, forwarding, web), 1):
        system.mail(mail.as_bytes(), check["uuid"])
        logged(check, number)
    system.mail(MAIL, check["uuid"])

    kinds = [ping["type"] for ping in logged(check, 5)]
    flips = api.get(f"{check['update_url']}/flips/").json()
    assert kinds == ["start", "success", "fail", "success", "ign"]
    assert [flip["up"] for flip in flips[::-1]] == [1, 0, 1]


def test_what_is_for_no_check_is_taken_and_dropped(create, system, logged, all_read):
    check, *_ = (create(slug=slug) for slug in ("mailed-once", "mailed-twice", "mailed-twice"))
    unknown = [
        "00000000-0000-4000-8000-000000000000",
        f"{system.ping_key}+no-such-slug",
        f"{system.ping_key}+mailed-twice",
        "no-such-key+mailed-once",
        "postmaster",
    ]

    message_id = system.mail(MAIL, *unknown, check["uuid"])
    all_read()

    assert len(logged(check, 1)) == 1
    lines = [line for line in system.logged() if line.get("message_id") == message_id]
    assert sorted(line["reason"] for line in lines) == [
        "an address is none of a check",
        "several checks have this slug",
        "there is no such check",
        "there is no such check",
        "there is no such check",
    ]


def test_a_huge_mail_is_read_and_its_beginning_kept(create, api, system, logged):
    check = create(name="Huge", filter_body=True, failure_kw="disk is full")
    mail = EmailMessage()
    mail.set_content("The disk is full")
    mail.add_attachment(bytes(15_000_000), maintype="application", subtype="zip", filename="a.zip")

    system.mail(mail.as_bytes(), check["uuid"])

    (ping,) = logged(check, 1)
    body = api.get(ping["body_url"]).text
    assert ping["type"] == "fail"
    assert len(body) == 10_000
    assert "The disk is full" in body


def test_what_is_hardly_a_mail_counts(create, system, logged):
    check = create(filter_subject=True, filter_body=True, success_kw="42", filter_default_fail=True)
    mails = [
        b"",
        b"\x00\xff" * 5000,
        b"42",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
    ]

    for number, mail in enumerate(mails, 1):
        system.mail(mail, check["uuid"])
        logged(check, number)

    assert [ping["type"] for ping in logged(check, 4)] == ["fail", "fail", "success", "fail"]


def test_a_failure_by_mail_rings_without_telling_the_address(create, system, add_mail, mails):
    channel = add_mail("by-mail@example.org")
    check = create(name="Rings", channels=channel, filter_subject=True, failure_kw="FAILED")

    system.mail("Subject: Backup FAILED\n\nNo space left\n", check["uuid"])
    wait_until(lambda: mails("by-mail@example.org"))

    (alert,) = mails("by-mail@example.org")
    assert alert["Subject"] == "Rings is DOWN"
    assert "No space left" in alert["BodyText"]
    assert check["uuid"] not in alert["BodyText"]
