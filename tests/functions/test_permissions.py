"""Each function may do what it does, and no more."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.purge_check.app import lambda_handler as purge
from functions.scan_due.app import lambda_handler as scan_due
from nightbell import clock
from nightbell.store.tables import NotificationItem
from tests.functions.conftest import route_of, sample

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
LONG = "x" * 5000
WORDS = {"success_kw": "S" * 200, "failure_kw": "F" * 200, "start_kw": "B" * 200}

# Actions that a transaction consists of.
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@pytest.fixture
def granted():
    """What the template allows each function: pairs of table and action."""
    resources = yaml_parse(TEMPLATE.read_text())["Resources"].values()
    return {
        Path(resource["Properties"]["CodeUri"]).name: {
            (_granted_on(statement["Resource"]), action.removeprefix("dynamodb:"))
            for policy in resource["Properties"].get("Policies", [])
            for statement in policy["Statement"]
            for action in statement["Action"]
        }
        for resource in resources
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _granted_on(resource):
    if "Fn::Sub" in resource:  # an index: ${ChecksTable.Arn}/index/due
        return resource["Fn::Sub"].replace("${", "").replace(".Arn}", "")
    return resource["Fn::GetAtt"][0]


def used(calls):
    """What was asked of DynamoDB: pairs of table and action."""
    pairs = set()
    for operation, parameters in calls:
        if operation == "TransactWriteItems":
            for write in parameters["TransactItems"]:
                ((kind, action),) = write.items()
                pairs.add((_logical(action["TableName"]), _IN_TRANSACTIONS[kind]))
        elif operation in ("BatchWriteItem", "BatchGetItem"):
            pairs |= {(_logical(table), operation) for table in parameters["RequestItems"]}
        elif "IndexName" in parameters:
            index = f"{_logical(parameters['TableName'])}/index/{parameters['IndexName']}"
            pairs.add((index, operation))
        else:
            pairs.add((_logical(parameters["TableName"]), operation))
    return pairs


def _logical(table):
    return f"{table.capitalize()}Table"


@pytest.fixture
def scan(monkeypatch, now, ping, dynamodb_calls):
    """Call the scan when checks are about to go down; one is pinged at the last moment."""

    def call(late_ping):
        paths = [late_ping]

        def wait_until(moment):
            before = len(dynamodb_calls)
            while paths:
                ping(paths.pop())
            del dynamodb_calls[before:]
            now.moment = max(now.moment, moment)

        monkeypatch.setattr(clock, "wait_until", wait_until)
        now.advance(seconds=90)
        scan_due(sample("scan_due"), SimpleNamespace(function_name="scan"))
        assert not paths

    return call


def test_each_function_may_do_what_it_does_and_no_more(
    call, ping, scan, project, add_channel, dynamodb_calls, granted, now
):
    done = {}

    def note(function):
        done.setdefault(function, set()).update(used(dynamodb_calls))
        dynamodb_calls.clear()

    def api(method, path, body=None, **options):
        answer = call(method, path, body, **options)
        note(route_of(method, path))
        assert answer.status < 400
        return answer

    def pings(*paths):
        for path in paths:
            assert ping(path, "POST", b"S" * 200).status < 300
            now.advance(seconds=1)
        note("ping")

    add_channel("Ops")
    dynamodb_calls.clear()
    checks = "/api/v3/checks/"
    long = {"desc": LONG, "filter_http_body": True} | WORDS
    first = api("POST", checks, {"slug": "a", "channels": "*"}).json["uuid"]
    url = f"{checks}{first}"
    for body in (
        long,
        {"desc": ""},
        {"desc": "short"},
        {"grace": 120},
        {"desc": LONG, "slug": "b"},
    ):
        api("POST", url, body | {"channels": "*"})
        api("POST", checks, body | {"slug": "c", "channels": "Ops", "unique": ["slug"]})
        pings(f"/ping/{first}", f"/ping/{first}/fail", f"/ping/{first}/start", f"/ping/{first}/log")
    key = project.ping_key
    pings(f"/ping/{key}/c", f"/ping/{key}/new?create=1", f"/ping/{key}/new/fail")
    # Edits that put the deadline into the past.
    now.advance(minutes=10)
    short = {"timeout": 60, "grace": 60}
    api("POST", url, short)
    api("POST", checks, short | {"slug": "c", "unique": ["slug"]})
    pings(f"/ping/{first}", f"/ping/{key}/c")
    scan(f"/ping/{first}")
    note("scan_due")
    for suffix in ("/pause", "/resume"):
        api("POST", url + suffix)
    for path in (checks, url, f"{url}/pings/", f"{url}/pings/1/body", f"{url}/flips/"):
        api("GET", path)
    for path in ("/api/v3/channels/", "/api/v3/badges/", "/api/v3/outages/", "/api/v3/status/"):
        api("GET", path)
    api("GET", "/api/v1/health/check", source="127.0.0.1")
    badge = api("GET", "/api/v3/badges/").json["badges"]["*"]["svg"].partition("/live")[2]
    api("GET", badge)
    api("GET", api("GET", url).json["badge_url"].partition("/live")[2])
    api("OPTIONS", url)
    api("DELETE", url)
    event = sample("purge_check")
    event["Records"][0]["dynamodb"]["Keys"]["key"]["S"] = f"check#{first}"
    NotificationItem(first, now.moment, channel_id="c", expires=now.moment).save()
    dynamodb_calls.clear()
    purge(event, SimpleNamespace())
    note("purge_check")

    assert done == granted
