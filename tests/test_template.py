"""Template, folders, routes, sample events and settings agree, and what AWS demands is kept."""

import json
import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from functions.scan_due import app as scan_due
from nightbell import scan
from nightbell.settings import Settings
from nightbell.web.routes import ROUTES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = yaml_parse(TEXT)
RESOURCES = TEMPLATE["Resources"]
GLOBALS = TEMPLATE["Globals"]["Function"]
FUNCTIONS = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function"
}
TABLES = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::DynamoDB::Table"
}

# Functions behind the REST API that show addresses of pings.
SHOW_PING_URLS = {
    "ListChecksFunction",
    "CreateCheckFunction",
    "GetCheckFunction",
    "UpdateCheckFunction",
    "DeleteCheckFunction",
    "PauseCheckFunction",
    "ResumeCheckFunction",
}

# A permission in a function's resource policy, of which there is one for each event of an API.
PERMISSION_BYTES = 420


def folder(properties):
    return Path(properties["CodeUri"]).name


def rest_routes():
    """Return the method and path of each event of the REST API, with its function's folder."""
    return [
        (event["Properties"]["Method"], event["Properties"]["Path"], folder(properties))
        for properties in FUNCTIONS.values()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "Api"
    ]


def sample(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


# ---- Functions and folders -----------------------------------------------------------------


def test_each_folder_is_a_function_and_has_a_sample_event():
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert {folder(properties) for properties in FUNCTIONS.values()} == folders
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == folders


def test_each_function_has_a_file_of_tests():
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests/functions").glob("test_*")}

    assert {folder(properties) for properties in FUNCTIONS.values()} <= tested


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_named_for_its_folder(name):
    words = folder(FUNCTIONS[name]).split("_")

    assert name == "".join(word.capitalize() for word in words) + "Function"
    assert FUNCTIONS[name]["CodeUri"] == f"functions/{folder(FUNCTIONS[name])}/"


def test_functions_run_where_they_were_built_for():
    assert GLOBALS["Runtime"] == "python3.13"
    assert GLOBALS["Architectures"] == [{"Ref": "Architecture"}]
    assert GLOBALS["Handler"] == "app.lambda_handler"
    assert TEMPLATE["Parameters"]["Architecture"]["Default"] == "arm64"
    own = {"Runtime", "Architectures", "Handler", "Layers", "LoggingConfig"}
    assert not any(own & set(properties) for properties in FUNCTIONS.values())


def test_a_request_ends_before_api_gateway_gives_up():
    for properties in FUNCTIONS.values():
        events = properties.get("Events", {}).values()
        if any(event["Type"] in ("Api", "HttpApi") for event in events):
            assert properties.get("Timeout", GLOBALS["Timeout"]) < 29


def test_no_function_claims_concurrency_that_a_new_account_lacks():
    assert "ReservedConcurrentExecutions" not in TEXT
    assert "ProvisionedConcurrency" not in TEXT


# ---- Routes --------------------------------------------------------------------------------


def test_the_template_has_the_routes_that_the_package_knows():
    specific = [route for route in rest_routes() if route[2] != "fallback"]
    known = {(method, route.path) for route in ROUTES for method in route.methods}

    assert {(method, path) for method, path, _ in specific} == known
    assert len(specific) == len(known)


def test_what_matches_no_route_goes_to_the_fallback():
    routes = {(method, path) for method, path, name in rest_routes() if name == "fallback"}

    assert routes == {("ANY", "/"), ("ANY", "/{proxy+}")}


def test_pings_have_one_route():
    (event,) = FUNCTIONS["PingFunction"]["Events"].values()

    assert event["Type"] == "HttpApi"
    assert event["Properties"]["Path"] == "/ping/{rest+}"
    assert event["Properties"]["Method"] == "ANY"
    assert sample("ping")["routeKey"] == "ANY /ping/{rest+}"


@pytest.mark.parametrize(("method", "path", "name"), rest_routes())
def test_the_handler_has_the_route_of_the_template(method, path, name):
    if name == "fallback":
        return
    source = (ROOT / "functions" / name / "app.py").read_text()
    rule = re.sub(r"{(\w+)}", r"<\1>", path)

    by_verb = f'@app.{method.lower()}("{rule}")' in source
    assert by_verb or re.search(rf'@app.route\("{rule}", method=\[.*"{method}".*\]\)', source)


@pytest.mark.parametrize("name", {name for _, _, name in rest_routes()})
def test_the_sample_event_is_of_a_route_of_its_function(name):
    event = sample(name)

    routes = {(method, path) for method, path, of in rest_routes() if of == name}
    assert {(event["httpMethod"], event["resource"]), ("ANY", event["resource"])} & routes
    assert event["requestContext"]["path"] == "/live" + event["path"]
    assert event["isBase64Encoded"] is (event["body"] is not None)


def test_variables_at_one_place_have_one_name():
    names = {}
    for _, path, _ in rest_routes():
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{") and not part.endswith("+}"):
                names.setdefault(tuple(parts[:place]), set()).add(part)

    assert all(len(found) == 1 for found in names.values())


def test_no_path_ends_in_a_slash_or_mixes_text_with_a_variable():
    for _, path, _ in rest_routes():
        assert path == "/" or not path.endswith("/")
        for part in path.split("/"):
            assert re.fullmatch(r"[\w-]*|{\w+\+?}", part)


def test_resource_policies_have_room():
    for properties in FUNCTIONS.values():
        assert len(properties.get("Events", {})) * PERMISSION_BYTES < 16_384


def test_every_event_names_its_api():
    for properties in FUNCTIONS.values():
        for event in properties.get("Events", {}).values():
            api = {"Api": ("RestApiId", "RestApi"), "HttpApi": ("ApiId", "PingApi")}
            if event["Type"] in api:
                key, name = api[event["Type"]]
                assert event["Properties"][key] == {"Ref": name}


def test_the_rest_api_hands_bodies_on_as_bytes_and_tells_browsers_of_its_own_errors():
    api = RESOURCES["RestApi"]["Properties"]

    assert api["BinaryMediaTypes"] == ["*~1*"]
    assert api["StageName"] == "live"
    assert api["AlwaysDeploy"] is True
    assert api["OpenApiVersion"] == "3.0.1"
    for response in api["GatewayResponses"].values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers == {"Access-Control-Allow-Origin": "'*'"}
    assert api["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(api["GatewayResponses"])
    assert "Cors" not in TEXT


# ---- Settings ------------------------------------------------------------------------------


def test_every_setting_is_set():
    names = {field.name.upper() for field in fields(Settings)}
    runtime = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "PYTHONTZPATH"}

    assert set(GLOBALS["Environment"]["Variables"]) - runtime == names - {"PING_URL"}
    for name, properties in FUNCTIONS.items():
        own = set(properties.get("Environment", {}).get("Variables", {}))
        assert own == ({"PING_URL"} if name in SHOW_PING_URLS else set())


def test_each_table_has_its_setting():
    variables = GLOBALS["Environment"]["Variables"]

    for name in TABLES:
        setting = f"{name.removesuffix('Table')}_TABLE".upper()
        assert variables[setting] == {"Ref": name}
        assert TEMPLATE["Outputs"][name]["Value"] == {"Ref": name}


def test_the_defaults_of_parameters_are_those_of_the_settings():
    variables = GLOBALS["Environment"]["Variables"]

    for field in fields(Settings):
        if field.name.endswith("_table") or field.name == "ping_url":
            continue
        default = TEMPLATE["Parameters"][variables[field.name.upper()]["Ref"]]["Default"]
        shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert default == shown


# ---- Tables and logs -----------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_a_table_outlives_the_stack_and_can_be_restored(name):
    resource, properties = RESOURCES[name], TABLES[name]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_what_ends_by_itself_ends():
    expiring = {n for n, t in TABLES.items() if "TimeToLiveSpecification" in t}

    assert expiring == {"KeysTable", "FlipsTable", "NotificationsTable"}
    for name in expiring:
        specification = TABLES[name]["TimeToLiveSpecification"]
        assert specification == {"AttributeName": "expires", "Enabled": True}


def test_tables_tell_what_others_wait_for():
    streams = {
        name: table["StreamSpecification"]["StreamViewType"]
        for name, table in TABLES.items()
        if "StreamSpecification" in table
    }

    assert streams == {"KeysTable": "KEYS_ONLY", "FlipsTable": "NEW_IMAGE"}


def test_a_failed_purge_is_tried_again_and_then_kept():
    event = FUNCTIONS["PurgeCheckFunction"]["Events"]["CheckDeleted"]["Properties"]

    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] > 0
    assert event["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    (pattern,) = event["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["REMOVE"],
        "dynamodb": {"Keys": {"key": {"S": [{"prefix": "check#"}]}}},
    }


def test_logs_end():
    assert RESOURCES["LogGroup"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert GLOBALS["LoggingConfig"] == {"LogGroup": {"Ref": "LogGroup"}}


# ---- The scan for deadlines ----------------------------------------------------------------


def test_a_run_starts_each_minute_and_a_failed_one_is_left_to_the_next():
    properties = FUNCTIONS["ScanDueFunction"]
    (event,) = properties["Events"].values()
    at_once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}

    assert event["Type"] == "Schedule"
    assert event["Properties"] == {"Schedule": "rate(1 minute)", "RetryPolicy": at_once}
    assert properties["EventInvokeConfig"] == at_once


def test_a_run_ends_by_itself_before_lambda_ends_it():
    last_writes = timedelta(seconds=20)  # tried for ten seconds, and once more

    assert scan.LONGEST_RUN + last_writes < timedelta(
        seconds=FUNCTIONS["ScanDueFunction"]["Timeout"]
    )


def test_missing_crashing_failing_and_late_scans_have_alarms():
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    metrics = {alarm["MetricName"]: alarm for alarm in alarms}

    assert metrics.keys() >= {"Invocations", "Errors", "ScanErrors", "FlipLag"}
    assert metrics["Invocations"]["TreatMissingData"] == "breaching"
    for name in ("Invocations", "Errors"):
        (dimension,) = metrics[name]["Dimensions"]
        assert dimension == {"Name": "FunctionName", "Value": {"Ref": "ScanDueFunction"}}
    for name in ("ScanErrors", "FlipLag"):
        assert metrics[name]["Namespace"] == scan_due.metrics.namespace
        assert metrics[name]["Dimensions"] == [{"Name": "service", "Value": "nightbell"}]


# ---- The template as such ------------------------------------------------------------------


def test_nothing_has_a_fixed_name():
    fixed = re.compile(r"(Table|Function|Queue|LogGroup|Role|Api|Layer|Bucket|Topic)?Name")
    for resource in RESOURCES.values():
        names = [name for name in resource.get("Properties", {}) if fixed.fullmatch(name)]
        assert names == []


def test_there_are_no_aliases():
    # CloudFormation's YAML has none.
    kinds = {type(token) for token in yaml.scan(TEXT)}

    assert not kinds & {yaml.AliasToken, yaml.AnchorToken}


def test_no_permission_is_for_everything():
    for properties in FUNCTIONS.values():
        for policy in properties.get("Policies", []):
            for statement in policy["Statement"]:
                assert set(statement["Resource"]) <= {"Fn::GetAtt", "Fn::Sub"}
                assert "*" not in statement["Resource"].get("Fn::Sub", "")
                assert not any("*" in action for action in statement["Action"])


def test_the_template_can_be_sent_inline():
    assert len(TEXT.encode()) < 51_200
    assert len(RESOURCES) < 100
