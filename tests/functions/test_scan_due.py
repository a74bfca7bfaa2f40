"""EventBridge, each minute: take checks down at their deadlines."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

import functions.scan_due.app as handler
from functions.scan_due.app import lambda_handler
from nightbell import clock, scan
from nightbell.settings import Settings
from tests.functions.gateway import sample

CONTEXT = SimpleNamespace(function_name="scan-due")


@pytest.fixture(autouse=True)
def _waiting_passes_time(monkeypatch, now):
    def wait_until(moment):
        now.moment = max(now.moment, moment)

    monkeypatch.setattr(clock, "wait_until", wait_until)


@pytest.fixture
def started_parts(monkeypatch):
    """The invocations that the function asks for."""
    invocations = []

    class Client:
        def invoke(self, **request):
            invocations.append(request)

    monkeypatch.setattr(scan.boto3, "client", {"lambda": Client()}.__getitem__)
    return invocations


def metrics(capsys):
    """Return the metrics in what was printed, as CloudWatch reads them."""
    lines = [line for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    return [json.loads(line) for line in lines]


def test_takes_a_check_down_at_its_deadline(call, ping, create, show, now, capsys):
    check_id = create(timeout=60, grace=60)["uuid"]
    ping(f"/ping/{check_id}")
    deadline = now.moment + timedelta(minutes=2)
    now.advance(seconds=70)

    lambda_handler(sample("scan_due"), CONTEXT)

    assert now.moment >= deadline
    assert show(check_id)["status"] == "down"
    flips = call("GET", f"/api/v3/checks/{check_id}/flips/").json
    assert flips[0] == {"timestamp": deadline.isoformat(), "up": 0}
    (published,) = metrics(capsys)
    assert published["Flips"] == [1.0]
    assert published["FlipLag"] == [0.0]
    assert published["ScanErrors"] == [0.0]
    assert published["ScanBacklog"] == [0.0]
    assert published["service"] == "nightbell"


def test_reminds_of_a_check_that_stays_down(call, ping, create, show, tables, now):
    check_id = create(nag_interval=3600)["uuid"]
    ping(f"/ping/{check_id}/fail")
    reminders = [now.moment + timedelta(hours=hours) for hours in (1, 2)]

    for moment in reminders:
        now.moment = moment - timedelta(seconds=30)
        lambda_handler(sample("scan_due"), CONTEXT)

    items = tables.scan(TableName="flips")["Items"]
    reasons = [item["reason"]["S"] for item in sorted(items, key=lambda i: int(i["created"]["N"]))]
    assert reasons == ["fail", "nag", "nag"]
    assert now.moment >= reminders[-1]
    assert show(check_id)["status"] == "down"
    # For people who ask for its history the check has gone down once.
    assert len(call("GET", f"/api/v3/checks/{check_id}/flips/").json) == 1


def test_says_nothing_where_nothing_is_due(project, now, capsys):
    start = now.moment

    lambda_handler(sample("scan_due"), CONTEXT)

    assert now.moment == start
    assert metrics(capsys) == []


def test_the_scheduled_run_starts_the_other_parts(project, monkeypatch, started_parts):
    monkeypatch.setattr(handler, "settings", Settings(scan_parts=3))

    lambda_handler(sample("scan_due"), CONTEXT)

    assert [json.loads(request["Payload"]) for request in started_parts] == [
        {"part": 1},
        {"part": 2},
    ]
    assert {request["FunctionName"] for request in started_parts} == {"scan-due"}
    assert {request["InvocationType"] for request in started_parts} == {"Event"}


def test_a_part_starts_no_other(project, monkeypatch, started_parts):
    monkeypatch.setattr(handler, "settings", Settings(scan_parts=3))

    lambda_handler({"part": 1}, CONTEXT)

    assert started_parts == []
