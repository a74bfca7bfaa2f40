"""The layout of logged pings."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.units import item_bytes
from nightbell.domain.check import Ping, Signal
from nightbell.store import pings
from nightbell.store.tables import PingItem, log_slot

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"


def longest_ping(ua="", body=b"", n=999_999_999):
    return Ping(
        created=datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        kind=Signal.SUCCESS,
        n=n,
        rid=UUID,
        exitstatus=255,
        scheme="s" * 10,
        remote_addr="2001:db8:1111:2222:3333:4444:255.255.255.255",
        method="OPTIONS",
        ua=ua,
        body=body,
    )


@pytest.mark.parametrize("ua", ["", "a" * 200, "ü" * 200])
@pytest.mark.parametrize("size", [0, 1, 100, *range(580, 600), 788, 789, 1000, 10_000])
def test_a_logged_ping_stays_within_one_kilobyte(ua, size):
    *bodies, item = pings.items_of(UUID, longest_ping(ua, b"b" * size))

    stored = item.to_dynamodb_dict()
    if item.body:
        stored["b"] = {"B": item.body}  # sent in base64, kept as it is
    assert item_bytes(stored) <= 1024
    assert [body.body for body in bodies] == ([] if item.body or not size else [b"b" * size])


def test_a_ping_without_body_is_one_item_whatever_its_user_agent():
    (item,) = pings.items_of(UUID, longest_ping("🔔" * 200))

    assert item.body is None
    assert item.body_apart is None


def test_an_older_ping_never_overwrites_a_younger_one(tables):
    for n in (1001, 1, 2001, 1001):
        pings.add(UUID, longest_ping(body=b"%d" % n, n=n))

    (item,) = PingItem.query(UUID)
    assert (item.n, item.body) == (2001, b"2001")


@pytest.fixture
def logged(tables, make_check):
    """Return a check of 1,230 pings, each run a start signal and, three minutes later, its end.

    Of those in its log only the ones that tests look at are there.
    """
    check = make_check(n_pings=1230)
    for n in (*range(231, 236), *range(990, 1002), *range(1220, 1231)):
        kind = Signal.SUCCESS if n % 2 else Signal.START
        created = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=3 * n)
        PingItem(check.check_id, log_slot(n), n=n, kind=kind, created=created).save()
    return check


@pytest.mark.parametrize(
    ("n", "count", "kept", "listed"),
    [
        (1231, 3, 1000, [1230, 1229, 1228]),
        (9999, 2, 1000, [1230, 1229]),
        (1002, 4, 1000, [1001, 1000, 999, 998]),
        (234, 50, 1000, [233, 232, 231]),
        (234, 50, 5000, [233, 232, 231]),
        (1230, 50, 3, [1229, 1228]),
        (231, 50, 1000, []),
        (0, 50, 1000, []),
    ],
)
def test_the_log_is_read_back_to_its_oldest_ping(logged, n, count, kept, listed):
    found = pings.list_before(logged, n, count, kept=kept)

    assert [one.ping.n for one in found] == listed


def test_a_run_is_measured_whose_start_is_not_among_the_pings_asked_for(logged):
    (end,) = pings.list_before(logged, 1230, 1, kept=1000)
    latest = pings.list_latest(logged, 1)

    assert (end.ping.n, end.duration) == (1229, timedelta(minutes=3))
    assert [one.duration for one in latest] == [None]
