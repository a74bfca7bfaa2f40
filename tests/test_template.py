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
from nightbell.alerts import http
from nightbell.domain.alerts import retry_delay
from nightbell.settings import Settings, in_outputs
from nightbell.web.routes import ROUTES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = yaml_parse(TEXT)
RESOURCES = TEMPLATE["Resources"]
GLOBALS = TEMPLATE["Globals"]["Function"]
WARM = "WarmPingFunction"  # the ping function once more, for those who want it always warm
FUNCTIONS = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function" and name != WARM
}
TABLES = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::DynamoDB::Table"
}

# Settings that not all functions have, lest the template go round in circles.
OWN_SETTINGS = {
    "DispatchFlipFunction": {"SITE_URL"},
    "TestChannelFunction": {"DELIVER_FUNCTION", "DELIVER_APPRISE_FUNCTION"},
}

# Settings that name resources of the stack.
RESOURCE_SETTINGS = {
    "ALERT_QUEUE": "AlertQueue",
    "APPRISE_QUEUE": "AppriseQueue",
    "DEAD_LETTER_QUEUE": "DeadLetterQueue",
    "SECRETS_KEY": "SecretsKey",
    "MAIL_CONFIGURATION": "MailConfiguration",
    "OPERATOR_TOPIC": "AlarmTopic",
}

# Settings that a parameter gives, or follow from others.
ADDRESSES = {"SITE_URL": "SiteUrl", "PING_URL": "PingUrl"}

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


def statements(name):
    """Return what a function may call, those statements too that are there on a condition."""
    role = FUNCTIONS[name]["Role"]["Fn::GetAtt"][0]
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in RESOURCES[role]["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if policy["PolicyName"] == "calls"
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
    own = {"Runtime", "Architectures", "Handler"}
    assert not any(own & set(properties) for properties in FUNCTIONS.values())


def test_one_function_alone_carries_apprise():
    layers = {
        name: properties["Layers"]
        for name, properties in FUNCTIONS.items()
        if "Layers" in properties
    }

    assert GLOBALS["Layers"] == [{"Ref": "NightbellLayer"}]
    assert layers == {"DeliverAppriseFunction": [{"Ref": "AppriseLayer"}]}


def test_what_serves_apprise_is_there_only_if_wanted():
    conditions = {
        name: resource.get("Condition") for name, resource in RESOURCES.items() if "Apprise" in name
    }

    assert conditions.keys() >= {"DeliverAppriseFunction", "AppriseLayer", "AppriseQueue"}
    assert set(conditions.values()) == {"HasApprise"}
    assert TEMPLATE["Conditions"]["HasApprise"] == {
        "Fn::Equals": [{"Ref": "EnableApprise"}, "true"]
    }
    assert TEMPLATE["Parameters"]["EnableApprise"]["Default"] == "false"


def test_a_request_ends_before_api_gateway_gives_up():
    for properties in FUNCTIONS.values():
        events = properties.get("Events", {}).values()
        if any(event["Type"] in ("Api", "HttpApi") for event in events):
            assert properties.get("Timeout", GLOBALS["Timeout"]) < 29


def test_no_function_claims_concurrency_that_a_new_account_lacks():
    assert "ReservedConcurrentExecutions" not in TEXT
    assert TEXT.count("ProvisionedConcurrencyConfig") == 1
    assert RESOURCES[WARM]["Condition"] == "WarmsPings"
    assert TEMPLATE["Parameters"]["PingProvisionedConcurrency"]["Default"] == 0
    assert TEMPLATE["Parameters"]["PingSnapStart"]["Default"] == "false"


def test_warm_pings_are_the_same_but_for_being_warm():
    warm = RESOURCES[WARM]["Properties"]
    own = {
        *("AutoPublishAlias", "AutoPublishAliasAllProperties", "VersionDeletionPolicy"),
        *("SnapStart", "ProvisionedConcurrencyConfig"),
    }

    assert {key: warm[key] for key in warm.keys() - own} == FUNCTIONS["PingFunction"]
    assert RESOURCES["NightbellLayer"]["Properties"]["PublishLambdaVersion"] is True


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
    (route,) = (r["Properties"] for r in RESOURCES.values() if r["Type"].endswith("V2::Route"))
    target = {"Fn::If": ["WarmsPings", {"Ref": f"{WARM}.Alias"}, None]}

    assert route["RouteKey"] == sample("ping")["routeKey"] == "ANY /ping/{rest+}"
    assert route["Target"] == {"Fn::Sub": "integrations/${PingIntegration}"}
    target["Fn::If"][2] = {"Fn::GetAtt": ["PingFunction", "Arn"]}
    assert RESOURCES["PingIntegration"]["Properties"]["IntegrationUri"] == target
    target["Fn::If"][2] = {"Ref": "PingFunction"}
    assert RESOURCES["PingPermission"]["Properties"]["FunctionName"] == target


@pytest.mark.parametrize(("method", "path", "name"), rest_routes())
def test_the_handler_has_the_route_of_the_template(method, path, name):
    if name == "fallback":
        return
    source = (ROOT / "functions" / name / "app.py").read_text()
    rule = re.sub(r"{(\w+)}", r"<\1>", path)

    by_verb = f'@app.{method.lower()}("{rule}")' in source
    assert by_verb or re.search(rf'@app.route\("{rule}", method=\[.*"{method}".*\]\)', source)


@pytest.mark.parametrize("name", sorted({name for _, _, name in rest_routes()}))
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
            assert re.fullmatch(r"[\w.-]*|{\w+\+?}", part)


def test_resource_policies_have_room():
    for properties in FUNCTIONS.values():
        assert len(properties.get("Events", {})) * PERMISSION_BYTES < 16_384


def test_every_event_names_its_api():
    for properties in FUNCTIONS.values():
        for event in properties.get("Events", {}).values():
            assert event["Type"] != "HttpApi"
            if event["Type"] == "Api":
                assert event["Properties"]["RestApiId"] == {"Ref": "RestApi"}


def test_the_rest_api_hands_bodies_on_as_bytes_and_tells_browsers_of_its_own_errors():
    api = RESOURCES["RestApi"]["Properties"]

    assert api["BinaryMediaTypes"] == ["*~1*"]
    assert api["StageName"] == "live"
    # So that a deployment without changes changes nothing. It is not needed, for the definition of
    # the API, by whose text SAM tells whether to deploy it, holds no parameter.
    assert "AlwaysDeploy" not in api
    assert "Ref" not in json.dumps([api["GatewayResponses"], api["BinaryMediaTypes"]])
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
    runtime = {"POWERTOOLS_SERVICE_NAME", "PYTHONTZPATH"}

    shared = set(GLOBALS["Environment"]["Variables"]) - runtime
    assert shared == names - {"DELIVER_FUNCTION", "DELIVER_APPRISE_FUNCTION"}
    for name, properties in FUNCTIONS.items():
        own = set(properties.get("Environment", {}).get("Variables", {}))
        assert own == OWN_SETTINGS.get(name, set())


def test_each_table_has_its_setting():
    variables = GLOBALS["Environment"]["Variables"]

    for name in TABLES:
        setting = f"{name.removesuffix('Table')}_TABLE".upper()
        assert variables[setting] == {"Ref": name}
        assert TEMPLATE["Outputs"][name]["Value"] == {"Ref": name}


def test_the_defaults_of_parameters_are_those_of_the_settings():
    variables = GLOBALS["Environment"]["Variables"]

    for field in fields(Settings):
        name = field.name.upper()
        named = name.endswith("_TABLE") or name in RESOURCE_SETTINGS or name in ADDRESSES
        if named or name not in variables:
            continue
        default = TEMPLATE["Parameters"][variables[name]["Ref"]]["Default"]
        shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert default == shown


def test_settings_that_name_resources_name_those_of_the_stack():
    for setting, resource in RESOURCE_SETTINGS.items():
        text = json.dumps(GLOBALS["Environment"]["Variables"][setting])
        assert f'"{resource}"' in text


def test_the_outputs_have_what_the_command_line_needs():
    values = {name: name for name in TEMPLATE["Outputs"]}
    known = set(in_outputs(values))

    assert known >= {field.name for field in fields(Settings) if field.name.endswith("_table")}
    assert known >= {"alert_queue", "apprise_queue", "dead_letter_queue", "secrets_key"}
    assert known >= {"deliver_function", "deliver_apprise_function", "site_url", "check_limit"}


@pytest.mark.parametrize("setting", ADDRESSES)
def test_addresses_follow_from_the_domain_unless_they_are_given(setting):
    name = ADDRESSES[setting]
    shared = GLOBALS["Environment"]["Variables"][setting]["Fn::If"]
    output = TEMPLATE["Outputs"][name]["Value"]["Fn::If"]
    domain = f"Has{name.removesuffix('Url')}Domain"

    assert shared[:2] == output[:2] == [f"Has{name}", {"Ref": name}]
    assert shared[2]["Fn::If"][:2] == output[2]["Fn::If"][:2]
    assert shared[2]["Fn::If"][0] == domain
    # Functions behind the REST API cannot know it: they learn its address from each request.
    own = shared[2]["Fn::If"][2]
    assert own == ("" if setting == "SITE_URL" else output[2]["Fn::If"][2])


# ---- Tables and logs -----------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_a_table_outlives_the_stack_and_can_be_restored(name):
    resource, properties = RESOURCES[name], TABLES[name]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] is True
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
    assert GLOBALS["LoggingConfig"]["LogGroup"] == {"Ref": "LogGroup"}
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            assert resource["Properties"] == {"RetentionInDays": {"Ref": "LogRetentionDays"}}


def test_levels_of_logs_have_parameters_and_metrics_are_not_filtered_away():
    config = GLOBALS["LoggingConfig"]
    own = {n: f["LoggingConfig"] for n, f in FUNCTIONS.items() if "LoggingConfig" in f}

    assert config["LogFormat"] == "JSON"  # else Lambda takes no levels
    assert config["ApplicationLogLevel"] == {"Ref": "LogLevel"}
    assert config["SystemLogLevel"] == {"Ref": "PlatformLogLevel"}
    assert TEMPLATE["Parameters"]["PlatformLogLevel"]["Default"] == "WARN"
    assert own == {"ScanDueFunction": {"ApplicationLogLevel": "INFO"}}


def test_logs_of_requests_hold_no_path_and_are_off():
    format_of = {
        "RestApi": RESOURCES["RestApi"]["Properties"]["AccessLogSetting"],
        "PingStage": RESOURCES["PingStage"]["Properties"]["AccessLogSettings"],
    }

    assert TEMPLATE["Parameters"]["AccessLogs"]["Default"] == "none"
    for name, condition in {"RestApi": "LogsApi", "PingStage": "LogsPings"}.items():
        on, setting, off = format_of[name]["Fn::If"]
        assert (on, off) == (condition, {"Ref": "AWS::NoValue"})
        told = set(json.loads(setting["Format"]).values())
        assert told <= {
            *("$context.requestTime", "$context.requestId", "$context.httpMethod"),
            *("$context.resourcePath", "$context.routeKey", "$context.status"),
            *("$context.responseLatency", "$context.error.responseType"),
        }


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
    metrics = {alarm["MetricName"]: alarm for alarm in alarms if "MetricName" in alarm}

    assert metrics.keys() >= {"Invocations", "Errors", "ScanErrors", "FlipLag"}
    assert metrics["Invocations"]["TreatMissingData"] == "breaching"
    for name in ("Invocations", "Errors"):
        (dimension,) = metrics[name]["Dimensions"]
        assert dimension == {"Name": "FunctionName", "Value": {"Ref": "ScanDueFunction"}}
    for name in ("ScanErrors", "FlipLag"):
        assert metrics[name]["Namespace"] == scan_due.metrics.namespace
        assert metrics[name]["Dimensions"] == [{"Name": "service", "Value": "nightbell"}]


# ---- Alerts --------------------------------------------------------------------------------

# The queues of alerts, and which function delivers what is in them.
DELIVERIES = {"AlertQueue": "DeliverAlertFunction", "AppriseQueue": "DeliverAppriseFunction"}


def actions(name, service):
    """Return what a function may ask of a service, by action: on which resource."""
    return {
        action: statement.get("Resource")
        for statement in statements(name)
        for action in statement["Action"]
        if action.startswith(f"{service}:")
    }


@pytest.mark.parametrize("name", DELIVERIES)
def test_alerts_of_a_check_to_a_channel_stay_in_order(name):
    queue, dead = (RESOURCES[one]["Properties"] for one in (name, "DeadLetterQueue"))

    assert queue["FifoQueue"] is dead["FifoQueue"] is True
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"


@pytest.mark.parametrize("name", DELIVERIES)
def test_what_is_given_up_becomes_a_dead_letter_when_the_function_thinks_so(name):
    assert RESOURCES[name]["Properties"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": {"Ref": "AlertTries"},
    }
    assert GLOBALS["Environment"]["Variables"]["ALERT_TRIES"] == {"Ref": "AlertTries"}


@pytest.mark.parametrize("name", DELIVERIES)
def test_no_alert_is_received_again_while_it_is_delivered(name):
    queue, function = RESOURCES[name]["Properties"], FUNCTIONS[DELIVERIES[name]]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert function["Timeout"] > 3 * http.TOTAL_TIMEOUT  # some kinds send three requests


@pytest.mark.parametrize("name", DELIVERIES)
def test_a_queue_keeps_alerts_for_longer_than_they_are_tried(name):
    tries = TEMPLATE["Parameters"]["AlertTries"]
    longest = sum((retry_delay(n, 1) for n in range(1, tries["MaxValue"])), timedelta())
    kept = timedelta(seconds=RESOURCES[name]["Properties"]["MessageRetentionPeriod"])

    assert kept > longest


@pytest.mark.parametrize("name", DELIVERIES)
def test_no_alert_waits_for_another(name):
    (event,) = FUNCTIONS[DELIVERIES[name]]["Events"].values()

    assert event["Type"] == "SQS"
    assert event["Properties"] == {
        "Queue": {"Fn::GetAtt": [name, "Arn"]},
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": {"Ref": "AlertConcurrency"}},
    }
    assert TEMPLATE["Parameters"]["AlertConcurrency"]["MinValue"] == 2  # SQS asks for it


def test_flips_are_dispatched_as_they_are_written_and_tried_for_hours():
    (event,) = FUNCTIONS["DispatchFlipFunction"]["Events"].values()
    mapping = event["Properties"]

    assert mapping["Stream"] == {"Fn::GetAtt": ["FlipsTable", "StreamArn"]}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert "ParallelizationFactor" not in mapping
    assert 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86_400  # then the stream forgets them
    assert mapping["MaximumRetryAttempts"] == 10_000
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}
    assert mapping["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["DispatchFailureQueue", "Arn"]},
    }


@pytest.mark.parametrize(
    ("name", "metric", "value", "threshold"),
    [
        (
            "DeadLettersAlarm",
            "ApproximateNumberOfMessagesVisible",
            {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]},
            1,
        ),
        (
            "DispatchFailuresAlarm",
            "ApproximateNumberOfMessagesVisible",
            {"Fn::GetAtt": ["DispatchFailureQueue", "QueueName"]},
            1,
        ),
        ("DispatchLateAlarm", "IteratorAge", {"Ref": "DispatchFlipFunction"}, 60_000),
    ],
)
def test_alerts_that_are_given_up_or_late_have_an_alarm(name, metric, value, threshold):
    alarm = RESOURCES[name]["Properties"]

    assert alarm["MetricName"] == metric
    assert [dimension["Value"] for dimension in alarm["Dimensions"]] == [value]
    assert alarm["Statistic"] == "Maximum"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["Threshold"] == threshold


def test_every_alarm_is_told_to_the_operator():
    given = {"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]}
    topic = {"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, given]}
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]

    assert all(alarm["AlarmActions"] == [topic] for alarm in alarms)
    assert GLOBALS["Environment"]["Variables"]["OPERATOR_TOPIC"] == {
        "Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]
    }


def test_what_waits_is_encrypted_and_the_last_resort_keeps_it_longest():
    queues = {n: r["Properties"] for n, r in RESOURCES.items() if r["Type"] == "AWS::SQS::Queue"}

    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        assert (queue["MessageRetentionPeriod"] == 1_209_600) == (name not in DELIVERIES)


def test_alerts_tell_the_address_of_the_api():
    site = FUNCTIONS["DispatchFlipFunction"]["Environment"]["Variables"]["SITE_URL"]

    assert site["Fn::If"][:2] == ["HasSiteUrl", {"Ref": "SiteUrl"}]
    assert site == TEMPLATE["Outputs"]["SiteUrl"]["Value"]


@pytest.mark.parametrize("name", DELIVERIES.values())
def test_what_delivers_knows_no_api_that_knows_it(name):
    assert '"RestApi"' not in json.dumps(FUNCTIONS[name])


def test_who_makes_channels_cannot_read_their_secrets_and_who_reads_them_makes_none():
    made, given = {"Fn::GetAtt": ["SecretsKey", "Arn"]}, {"Ref": "SecretsKeyArn"}
    key = {"Fn::If": ["MakesSecretsKey", made, given]}
    granted = {name: actions(name, "kms") for name in FUNCTIONS}

    assert {name: keys for name, keys in granted.items() if keys} == {
        "CreateChannelFunction": {"kms:Encrypt": key},
        "UpdateChannelFunction": {"kms:Encrypt": key},
        "DeliverAlertFunction": {"kms:Decrypt": key},
        "DeliverAppriseFunction": {"kms:Decrypt": key},
    }


def test_the_key_of_secrets_outlives_the_stack():
    key = RESOURCES["SecretsKey"]

    # One that a failed creation leaves behind would be paid for.
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"] is True


def test_channels_send_to_no_topic_that_the_template_does_not_name():
    for name in FUNCTIONS:
        publishing = [one for one in statements(name) if "sns:Publish" in one["Action"]]
        others = [one for one in publishing if "NotResource" in one]

        # A text message has no resource; whatever has an ARN is none.
        everything = {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
        expected = [everything] if name == "DeliverAlertFunction" else []
        assert [one["NotResource"] for one in others] == expected
        for one in publishing:
            assert one in others or one["Resource"] in (
                {"Ref": "AlarmTopic"},
                {"Ref": "AlarmTopicArn"},
                {"Fn::Split": [",", {"Ref": "AlertTopicArns"}]},
            )


# ---- The template as such ------------------------------------------------------------------


def test_nothing_has_a_fixed_name():
    fixed = re.compile(r"(Table|Function|Queue|LogGroup|Role|Api|Layer|Bucket|Topic)?Name")
    references = {"Ref", "Fn::GetAtt", "Fn::If"}
    of_the_stack = {"Fn::Sub": "${AWS::StackName}-pings"}
    for resource in RESOURCES.values():
        names = [
            name
            for name, value in resource.get("Properties", {}).items()
            if fixed.fullmatch(name)
            and not (isinstance(value, dict) and set(value) & references)
            and value != of_the_stack
        ]
        assert names == []


def test_there_are_no_aliases():
    # CloudFormation's YAML has none.
    kinds = {type(token) for token in yaml.scan(TEXT)}

    assert not kinds & {yaml.AliasToken, yaml.AnchorToken}


def test_no_permission_is_for_everything():
    for name in FUNCTIONS:
        for statement in statements(name):
            assert not any("*" in action for action in statement["Action"])
            if statement["Action"] == ["sns:Publish"] and "NotResource" in statement:
                continue  # to telephones, which are no resources
            found = statement["Resource"]
            for resource in found if isinstance(found, list) else [found]:
                assert set(resource) <= {"Fn::GetAtt", "Fn::If", "Fn::Split", "Fn::Sub", "Ref"}
                # In SES's sandbox it is asked for whom mail is sent to, too.
                assert "*" not in json.dumps(resource).replace("identity/*", "")


def test_the_template_can_be_sent_from_s3():
    assert len(TEXT.encode()) < 1_000_000
