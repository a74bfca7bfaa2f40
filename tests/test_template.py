"""Template, folders, routes, sample events and settings agree."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from nightbell.settings import Settings, in_outputs
from nightbell.web.routes import ROUTES
from tests.template.source import FUNCTIONS, GLOBALS, RESOURCES, ROOT, TABLES, TEMPLATE, TEXT, WARM

# Settings that not all functions have, lest the template go round in circles.
OWN_SETTINGS = {
    "DispatchFlipFunction": {"SITE_URL"},
    "TestChannelFunction": {"DELIVER_FUNCTION", "DELIVER_APPRISE_FUNCTION"},
    "ChannelPageFunction": {"DELIVER_FUNCTION", "DELIVER_APPRISE_FUNCTION"},
}

# Settings that only the command line needs.
NO_FUNCTIONS_SETTINGS = {"PING_MAIL_QUEUE", "PING_MAIL_DEAD_LETTER_QUEUE"}

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
    own = {"Runtime", "Architectures", "Handler"}
    assert not any(own & set(properties) for properties in FUNCTIONS.values())


def test_one_function_alone_carries_apprise_and_another_the_parsers_of_mail():
    layers = {
        name: properties["Layers"]
        for name, properties in FUNCTIONS.items()
        if "Layers" in properties
    }

    assert GLOBALS["Layers"] == [{"Ref": "NightbellLayer"}]
    assert layers == {
        "DeliverAppriseFunction": [{"Ref": "AppriseLayer"}],
        "EmailPingFunction": [{"Ref": "MailLayer"}],
    }


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


def test_what_serves_pings_by_mail_is_there_only_if_wanted():
    served = ("PingMail", "MailRule", "MailLayer", "EmailPing")
    conditions = {
        name: resource.get("Condition")
        for name, resource in RESOURCES.items()
        if name.startswith(served)
    }

    assert conditions.pop("MailRuleSet") == "MakesMailRuleSet"
    assert conditions.keys() >= {"EmailPingFunction", "MailLayer", "MailRule", "PingMailBucket"}
    assert set(conditions.values()) == {"HasPingMail"}
    assert TEMPLATE["Conditions"]["HasPingMail"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PingMailDomain"}, ""]}]
    }
    assert TEMPLATE["Parameters"]["PingMailDomain"]["Default"] == ""


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
    one_functions = {"DELIVER_FUNCTION", "DELIVER_APPRISE_FUNCTION"}
    assert shared == names - one_functions - NO_FUNCTIONS_SETTINGS
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
    assert known >= {name.lower() for name in NO_FUNCTIONS_SETTINGS}


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
