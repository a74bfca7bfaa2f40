"""What AWS asks of the template is kept, and a mistake would be found."""

from copy import deepcopy

import pytest
import yaml
from samtranslator.model.exceptions import InvalidDocumentException

from tests.template import rules, source

FUNCTION = "PurgeCheckFunction"
MAPPING = "PurgeCheckFunctionCheckDeleted"
QUEUE_MAPPING = "DeliverAlertFunctionAlert"


def properties(template, name):
    return template["Resources"][name]["Properties"]


def set_property(name, key, value):
    """Return a mistake: a property that is wrong."""

    def make(template):
        properties(template, name)[key] = value

    return make


def add(name, kind, **values):
    """Return a mistake: a resource that there should not be."""

    def make(template):
        template["Resources"][name] = {"Type": f"AWS::{kind}", "Properties": values}

    return make


def add_path(path):
    def make(template):
        properties(template, "RestApi")["Body"]["paths"][path] = {}

    return make


def add_statement(role, **values):
    """Return a mistake: something that a role may do."""

    def make(template):
        document = properties(template, role)["Policies"][0]["PolicyDocument"]
        document["Statement"].append({"Effect": "Allow", **values})

    return make


def forget_statements(role, policy):
    def make(template):
        policies = properties(template, role)["Policies"]
        policies[:] = [one for one in policies if one["PolicyName"] != policy]

    return make


def take_away_stream(template):
    del properties(template, "KeysTable")["StreamSpecification"]


def know_the_api(template):
    variables = properties(template, "ShowStatusFunction")["Environment"]["Variables"]
    variables["SITE_URL"] = {"Fn::Sub": "https://${RestApi}.execute-api/live"}


def depend_on_each_other(template):
    for name, other in (("AlertQueue", "FlipsTable"), ("FlipsTable", "AlertQueue")):
        template["Resources"][name]["DependsOn"] = [other]


def call_often(template):
    for number in range(40):
        name = f"Permission{number}"
        add(name, "Lambda::Permission", FunctionName={"Ref": "FallbackFunction"})(template)


def grow(template):
    for number in range(300):
        add(f"Topic{number}", "SNS::Topic")(template)


def remember_much(template):
    variables = properties(template, FUNCTION)["Environment"]["Variables"]
    variables |= {f"QUEUE_{number}": {"Ref": "AlertQueue"} for number in range(20)}


def share_a_role(template):
    properties(template, FUNCTION)["Role"] = properties(template, "PingFunction")["Role"]


def route_twice(template):
    template["Resources"]["Again"] = deepcopy(template["Resources"]["PingRoute"])


ACTION = ["dynamodb:GetItem"]
SOME = {"Fn::GetAtt": ["KeysTable", "Arn"]}
LONG = {f"x{n}": "x" * 100 for n in range(100)}

MISTAKES = [
    (rules.runtimes_exist, set_property(FUNCTION, "Runtime", "python3.99")),
    (rules.handlers_exist, set_property(FUNCTION, "Handler", "main.lambda_handler")),
    (rules.handlers_exist, set_property(FUNCTION, "Handler", "app.handle")),
    *(
        (
            rules.schedules_are_written_as_eventbridge_reads_them,
            add("Rule", "Events::Rule", ScheduleExpression=schedule),
        )
        for schedule in ("rate(1 minutes)", "rate(5 minute)", "rate(0 hours)", "cron(* * * * *)")
    ),
    (
        rules.queues_hide_messages_for_long_enough,
        set_property("AlertQueue", "VisibilityTimeout", 269),
    ),
    (rules.batches_are_of_a_size_that_lambda_takes, set_property(MAPPING, "BatchSize", 10_001)),
    (rules.batches_are_of_a_size_that_lambda_takes, set_property(QUEUE_MAPPING, "BatchSize", 11)),
    *(
        (
            rules.batches_are_of_a_size_that_lambda_takes,
            set_property(name, "MaximumBatchingWindowInSeconds", seconds),
        )
        for name, seconds in ((MAPPING, 301), (QUEUE_MAPPING, 1))
    ),
    (rules.streams_are_there, take_away_stream),
    (rules.mappings_may_read_what_they_map, forget_statements("PurgeCheckRole", "events")),
    (rules.mappings_may_read_what_they_map, forget_statements("DeliverAlertRole", "events")),
    (
        rules.dead_letters_are_of_the_kind_of_their_queue,
        set_property("DeadLetterQueue", "FifoQueue", False),
    ),
    (rules.nothing_needs_itself, know_the_api),
    *(
        (rules.references_lead_somewhere, set_property("PingStage", "ApiId", reference))
        for reference in (
            {"Ref": "Nothing"},
            {"Fn::GetAtt": ["Nothing", "Arn"]},
            {"Fn::Sub": "${Nothing}"},
            {"Fn::If": ["LogsPings", {"Ref": "PingApi"}, {"Ref": "Nothing"}]},
        )
    ),
    (rules.nothing_needs_itself, depend_on_each_other),
    *(
        (rules.routes_are_written_as_api_gateway_takes_them, add_path(path))
        for path in ("/api/x/", "/badge/{tag}.svg", "/{a}{b}", "/{proxy+}/x")
    ),
    (
        rules.routes_are_written_as_api_gateway_takes_them,
        set_property("PingRoute", "RouteKey", "ANY /ping/"),
    ),
    (rules.variables_at_one_place_have_one_name, add_path("/api/{version}/checks/{uuid}/x")),
    (rules.routes_differ, route_twice),
    (rules.there_is_room_in_the_stack, grow),
    (rules.there_is_room_in_the_stack, set_property("Dashboard", "DashboardBody", "x" * 900_000)),
    (
        rules.inline_policies_are_short,
        add_statement("PingRole", Action=ACTION, Resource=SOME, Condition=LONG),
    ),
    (rules.environments_are_small, remember_much),
    (rules.resource_policies_have_room, call_often),
    (rules.names_are_made_up, set_property("KeysTable", "TableName", "nightbell-keys")),
    (rules.functions_have_roles_of_their_own, share_a_role),
    (
        rules.functions_have_roles_of_their_own,
        set_property("PingRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    ),
    *(
        (rules.permissions_name_their_resources, add_statement("PingRole", **granted))
        for granted in (
            {"Action": ["dynamodb:*"], "Resource": SOME},
            {"Action": ACTION, "Resource": "*"},
            {"Action": ACTION, "Resource": {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:*:*:*"}},
            {"Action": ACTION, "NotResource": SOME},
        )
    ),
]


@pytest.mark.parametrize("rule", rules.RULES)
def test_the_template_keeps(rule):
    assert list(rule(source.expanded())) == []


@pytest.mark.parametrize(("rule", "mistake"), MISTAKES)
def test_a_mistake_is_found(rule, mistake):
    template = deepcopy(source.expanded())

    mistake(template)

    assert list(rule(template)) != []


def test_each_rule_finds_some_mistake():
    assert {rule for rule, _ in MISTAKES} == set(rules.RULES)


def test_two_functions_on_one_route_are_no_template():
    template = source.read()
    event = properties(template, "ShowStatusFunction")["Events"]["Get"]
    properties(template, "ListFlipsFunction")["Events"]["Again"] = deepcopy(event)

    with pytest.raises(InvalidDocumentException, match="defined multiple times"):
        source.expand(template)


def test_cloudformation_reads_the_yaml():
    # It knows no aliases.
    kinds = {type(token) for token in yaml.scan(source.TEXT)}

    assert not kinds & {yaml.AliasToken, yaml.AnchorToken}
