"""Each function may do what it does, and no more."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.purge_check.app import lambda_handler as purge
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
            (statement["Resource"]["Fn::GetAtt"][0], action.removeprefix("dynamodb:"))
            for policy in resource["Properties"].get("Policies", [])
            for statement in policy["Statement"]
            for action in statement["Action"]
        }
        for resource in resources
        if resource["Type"] == "AWS::Serverless::Function"
    }


def used(calls):
    """What was asked of DynamoDB: pairs of table and action."""
    pairs = set()
    for operation, parameters in calls:
        if operation == "TransactWriteItems":
            for write in parameters["TransactItems"]:
                ((kind, action),) = write.items()
                pairs.add((_logical(action["TableName"]), _IN_TRANSACTIONS[kind]))
        elif operation == "BatchWriteItem":
            pairs |= {(_logical(table), operation) for table in parameters["RequestItems"]}
        else:
            pairs.add((_logical(parameters["TableName"]), operation))
    return pairs


def _logical(table):
    return f"{table.capitalize()}Table"


def test_each_function_may_do_what_it_does_and_no_more(
    call, ping, project, add_channel, dynamodb_calls, granted, now
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
    for suffix in ("/pause", "/resume"):
        api("POST", url + suffix)
    for path in (checks, url, f"{url}/pings/", f"{url}/pings/1/body", f"{url}/flips/"):
        api("GET", path)
    for path in ("/api/v3/channels/", "/api/v3/badges/", "/api/v3/status/"):
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
