"""A mail is one ping of each of its checks, however often it comes, whatever happens meanwhile."""

import json
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from bench.cost_units import PING_BY_MAIL
from nightbell import clock
from nightbell.domain.check import Signal, Status
from nightbell.mail import bucket, reception
from nightbell.store import keys
from tests.engine import faults
from tests.engine.api import ping
from tests.engine.billing import billed
from tests.engine.consistency import read_consistent
from tests.engine.faults import Killed, Strike, intercepted
from tests.functions.gateway import sample

pytestmark = pytest.mark.engine

DOMAIN = "ping.example.org"
LONG = b"Subject: FAILED\r\n\r\n" + b"x" * 5_000
WORDS = {"failure_kw": "FAILED", "filter_subject": True, "filter_body": True}


@pytest.fixture(autouse=True)
def mails(monkeypatch):
    """Let there be a mail wherever SES says so."""
    changed = replace(reception.settings, ping_mail_domain=DOMAIN)
    monkeypatch.setattr(reception, "settings", changed)
    monkeypatch.setattr(bucket, "fetch", lambda _bucket, _key: LONG)


def receive(message_id, *local_parts):
    """Tell of a mail that was received just now."""
    told = json.loads(sample("email_ping")["Records"][0]["body"])
    told["mail"] |= {"messageId": message_id, "timestamp": clock.now().isoformat()}
    told["receipt"]["recipients"] = [f"{one}@{DOMAIN}" for one in local_parts]
    reception.receive(json.dumps(told), clock.now())


def test_one_mail_told_twenty_times_at_once_is_one_ping(engine, project, at_once):
    check_id = project.create(slug="job", **WORDS)
    by_slug = f"{project.keys.ping_key}+job"

    at_once([partial(receive, "mail", check_id, by_slug)] * 20)

    stored = read_consistent(engine, project, check_id)
    assert [one.kind for one in stored.pings] == [Signal.FAIL]
    assert stored.pings[0].body == LONG
    assert [flip.new_status for flip in stored.flips] == [Status.DOWN]


@pytest.mark.parametrize("words", [{}, WORDS], ids=["plain", "keywords"])
def test_a_mail_of_four_kilobytes_costs_fourteen_write_units(engine, project, monkeypatch, words):
    monkeypatch.setattr(bucket, "fetch", lambda _bucket, _key: LONG[:4_000])
    check_id = project.create(**words)
    receive("first", check_id)

    with billed(engine) as bill:
        receive("second", check_id)

    assert bill.units == PING_BY_MAIL
    assert bill.requests == ["GetItem", "TransactWriteItems"]


def test_mails_and_requests_at_once_are_all_counted(engine, project, at_once):
    check_id = project.create()
    mailing = [partial(receive, f"mail {i // 2}", check_id) for i in range(20)]

    at_once([*mailing, *(partial(ping, check_id, body=b"x" * 2_000) for _ in range(10))])

    stored = read_consistent(engine, project, check_id)
    assert [one.n for one in stored.pings] == list(range(1, 21))
    assert sum(one.scheme == "email" for one in stored.pings) == 10


@pytest.mark.parametrize("fields", [{}, WORDS | {"desc": "d" * 10_000}], ids=["plain", "keywords"])
def test_a_process_may_die_after_any_request_about_a_mail(engine, make_project, fields):
    for k in range(20):
        project = make_project()
        keys.forget()
        first, second = (project.create(slug=slug, **fields) for slug in ("a", "job"))
        addresses = (first, f"{project.keys.ping_key}+job")
        with intercepted(engine, strike := Strike(k, faults.die)), suppress(Killed):
            receive("mail", *addresses)
        if not strike.has_struck:
            break

        receive("mail", *addresses)

        for check_id in (first, second):
            assert len(read_consistent(engine, project, check_id).pings) == 1
    assert k > 5


def test_any_answer_of_dynamodb_about_a_mail_may_be_lost(engine, make_project):
    for k in range(20):
        project = make_project()
        keys.forget()
        check_id = project.create(**WORDS)
        with intercepted(engine, strike := Strike(k, faults.lose_answer)):
            receive("mail", check_id)
        if not strike.has_struck:
            break
        assert len(read_consistent(engine, project, check_id).pings) == 1
    assert k > 1


@pytest.mark.parametrize("code", [*faults.READ_REFUSALS, *faults.CANCELLATIONS])
def test_dynamodb_may_refuse_a_mail_four_times(engine, project, code):
    check_id = project.create(**WORDS)
    refusals = 0

    def refuse(request):
        nonlocal refusals
        if code in request.refusals() and refusals % 5 < 4:
            refusals += 1
            return request.refuse(code)
        refusals = 0
        return None

    with intercepted(engine, refuse):
        receive("mail", check_id)

    assert len(read_consistent(engine, project, check_id).pings) == 1
