"""`nightbell flips`."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

import pytest

from nightbell.alerts import queues
from nightbell.domain.alerts import Order
from nightbell.domain.check import (
    Change,
    Delivery,
    Flip,
    Reason,
    Status,
)
from nightbell.store import checks, flips, notifications
from tests.cli.conftest import received, take_nothing


@pytest.fixture
def flip(check, slack, project, now):
    """Return a function that lets the check, told to the channel, go down or come up at noon."""
    named = replace(check, channels=frozenset([slack["id"]]))

    def add(minute=0, *, up=False, project_id=project, check_id=check.check_id):
        statuses = (Status.DOWN, Status.UP) if up else (Status.UP, Status.DOWN)
        made = Flip(
            created=datetime(2024, 1, 15, 12, minute, tzinfo=UTC),
            old_status=statuses[0],
            new_status=statuses[1],
            reason=Reason.SUCCESS if up else Reason.TIMEOUT,
        )
        flips.item_of(replace(named, project_id=project_id, check_id=check_id), made).save()
        return made

    checks.change(check.check_id, lambda it: Change(before=it, after=named), owner=project)
    now.advance(hours=1)
    return add


def test_dispatches_the_flips_of_a_period_in_order(succeed, flip, deployed, slack):
    flip(0)
    meant = [flip(10), flip(11, up=True), flip(12)]
    flip(20)

    counts = succeed(
        *("flips", "dispatch", "--from", "2024-01-15T12:10", "--to", "2024-01-15T12:19:59.9")
    )

    assert counts == {"flips": 3, "dispatched": 3, "failed": 0}
    orders = received(deployed.alert_queue)
    assert [order.flip for order in orders] == meant
    assert {order.channel_id for order in orders} == {slack["id"]}
    assert {order.site for order in orders} == {"https://nightbell.example.org"}


def test_dispatches_until_now(succeed, flip, deployed):
    flip(59)

    counts = succeed("flips", "dispatch", "--from", "2024-01-15 13:00:00+01:00")

    assert counts == {"flips": 1, "dispatched": 1, "failed": 0}


def test_dispatches_flips_of_one_project(succeed, flip, deployed, project):
    flip(1, project_id="other", check_id="other")

    counts = succeed("flips", "dispatch", "--from", "2024-01-15", "--project", project)

    assert counts == {"flips": 0, "dispatched": 0, "failed": 0}


def test_what_has_been_told_is_not_told_again(succeed, flip, deployed, check, slack, now):
    made = flip(1)
    order = Order(
        project_id=check.project_id,
        check_id=check.check_id,
        channel_id=slack["id"],
        flip=made,
    )
    notification = notifications.enqueue(order, now.moment)
    notifications.record(replace(notification, state=Delivery.SENT))

    succeed("flips", "dispatch", "--from", "2024-01-15")

    assert received(deployed.alert_queue) == []


def test_after_a_failure_no_later_flip_is_dispatched(run, flip, deployed, monkeypatch):
    monkeypatch.setattr(import_module("nightbell.cli.flips"), "_AT_ONCE", 1)
    monkeypatch.setattr(queues, "send", take_nothing)
    flip(1)
    flip(2, up=True)

    code, output = run("flips", "dispatch", "--from", "2024-01-15", "--json")

    assert code == 1
    assert json.loads(output.splitlines()[0]) == {"flips": 1, "dispatched": 0, "failed": 1}
    assert "Try again." in output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Missing option '--from'"),
        (["--from", "yesterday"], "'yesterday' is no moment"),
        (["--from", "0001-01-01T00:00+23:00"], "is no moment"),
        (["--from", "2024-01-02", "--to", "2024-01-01"], "The end is not after the start."),
        (["--from", "2024-01-02", "--to", "2024-01-02"], "The end is not after the start."),
    ],
)
def test_refuses_other_periods(run, deployed, options, said):
    code, output = run("flips", "dispatch", *options)

    assert code == 2
    assert said in output
