"""A delivery as it waits in a queue."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightbell.alerts import message
from nightbell.domain.alerts import Order
from nightbell.domain.check import Flip, Reason, Status

ORDER = Order(
    project_id="p",
    check_id="7918b17b-a745-4db1-8575-9d2e07c97f79",
    channel_id="c",
    flip=Flip(
        created=datetime(2024, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        old_status=Status.UP,
        new_status=Status.DOWN,
        reason=Reason.TIMEOUT,
    ),
    site="https://nightbell.example.org/live",
)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("microsecond", [0, 1, 999_999])
@pytest.mark.parametrize("site", ["", ORDER.site])
def test_what_is_read_is_what_was_written(reason, microsecond, site):
    created = ORDER.flip.created.replace(microsecond=microsecond)
    order = replace(ORDER, flip=replace(ORDER.flip, created=created, reason=reason), site=site)

    assert message.read(message.write(order)) == order


def test_a_message_keeps_its_name_on_the_way():
    assert message.read(message.write(ORDER)).delivery_id == ORDER.delivery_id


@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "{}", "[]"),
        json.dumps({"project": "p"}),
        message.write(ORDER).replace("timeout", "whim"),
        message.write(ORDER).replace("2024", "year"),
    ],
)
def test_what_is_no_order_is_an_error(body):
    with pytest.raises((ValueError, KeyError, TypeError)):
        message.read(body)
