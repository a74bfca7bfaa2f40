"""The layout of logged pings."""

from datetime import UTC, datetime

import pytest

from bench.units import item_bytes
from nightbell.domain.check import Ping, Signal
from nightbell.store import pings
from nightbell.store.tables import PingItem

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
