"""What AWS asks of a template and neither linter nor emulator looks at.

Each rule takes an expanded template and yields what is wrong with it, in words.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tests.template.source import ROOT

Template = dict[str, Any]
Rule = Callable[[Template], Iterator[str]]

RUNTIMES = {"python3.11", "python3.12", "python3.13", "python3.14"}

# One in a function's resource policy, of which SAM makes one for each event of an API.
PERMISSION_BYTES = 420

# A name or an address that CloudFormation makes up, in the environment of a function.
MADE_UP_BYTES = 110

# Which property would give a resource a name that a second stack could not have.
FIXED_NAMES = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::ReceiptRuleSet": "RuleSetName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}

READS_STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
READS_QUEUES = {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of each resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::{kind}"
    }


def runtimes_exist(template: Template) -> Iterator[str]:
    for name, function in of_type(template, "Lambda::Function").items():
        if function["Runtime"] not in RUNTIMES:
            yield f"{name} runs on {function['Runtime']}"


def handlers_exist(template: Template) -> Iterator[str]:
    for name, function in of_type(template, "Lambda::Function").items():
        module, _, attribute = function["Handler"].rpartition(".")
        path = ROOT / function["Code"]["S3Key"] / f"{module}.py"
        if not path.is_file():
            yield f"{name} has no module {module}"
        elif attribute not in _defined_in(ast.parse(path.read_text())):
            yield f"{name} has no {attribute} in {module}"


def _defined_in(module: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def schedules_are_written_as_eventbridge_reads_them(template: Template) -> Iterator[str]:
    rate = r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)"
    for name, rule in of_type(template, "Events::Rule").items():
        schedule = rule.get("ScheduleExpression", "")
        if not re.fullmatch(rf"{rate}|cron\(\S+( \S+){{5}}\)", schedule):
            yield f"{name} is due at {schedule!r}"


def queues_hide_messages_for_long_enough(template: Template) -> Iterator[str]:
    queues, functions = of_type(template, "SQS::Queue"), of_type(template, "Lambda::Function")
    for name, mapping in of_type(template, "Lambda::EventSourceMapping").items():
        queue = queues.get(_named(mapping["EventSourceArn"]))
        if queue is not None:
            timeout = functions[_named(mapping["FunctionName"])]["Timeout"]
            if queue.get("VisibilityTimeout", 30) < 6 * timeout:
                yield f"{name}: messages come again before six times {timeout} s"


def batches_are_of_a_size_that_lambda_takes(template: Template) -> Iterator[str]:
    queues = of_type(template, "SQS::Queue")
    for name, mapping in of_type(template, "Lambda::EventSourceMapping").items():
        size = mapping.get("BatchSize", 10)
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        queue = queues.get(_named(mapping["EventSourceArn"]))
        if queue is None:
            largest = 10_000
        elif queue.get("FifoQueue"):
            largest = 10
            if window:
                yield f"{name}: a FIFO queue has no batching window"
        else:
            largest = 10_000 if window else 10
        if not 1 <= size <= largest:
            yield f"{name}: {size} in a batch, {largest} at most"
        if not 0 <= window <= 300:
            yield f"{name}: a window of {window} s, 300 at most"


def streams_are_there(template: Template) -> Iterator[str]:
    tables = of_type(template, "DynamoDB::Table")
    for name, mapping in of_type(template, "Lambda::EventSourceMapping").items():
        source = mapping["EventSourceArn"].get("Fn::GetAtt", ["", ""])
        if source[1] == "StreamArn" and "StreamSpecification" not in tables[source[0]]:
            yield f"{name}: {source[0]} has no stream"


def mappings_may_read_what_they_map(template: Template) -> Iterator[str]:
    functions = of_type(template, "Lambda::Function")
    for name, mapping in of_type(template, "Lambda::EventSourceMapping").items():
        role = _named(functions[_named(mapping["FunctionName"])]["Role"])
        source = mapping["EventSourceArn"]
        stream = source["Fn::GetAtt"][1] == "StreamArn"
        needed = [
            (f"{'dynamodb' if stream else 'sqs'}:{action}", source)
            for action in (READS_STREAMS if stream else READS_QUEUES)
        ]
        if failed := mapping.get("DestinationConfig", {}).get("OnFailure"):
            needed.append(("sqs:SendMessage", failed["Destination"]))
        allowed = [
            (action, statement["Resource"])
            for policy in template["Resources"][role]["Properties"].get("Policies", [])
            for statement in map(_unconditional, policy["PolicyDocument"]["Statement"])
            if "Resource" in statement
            for action in statement["Action"]
        ]
        for action, resource in needed:
            if (action, resource) not in allowed:
                yield f"{name}: {role} lacks {action}"


def dead_letters_are_of_the_kind_of_their_queue(template: Template) -> Iterator[str]:
    queues = of_type(template, "SQS::Queue")
    for name, queue in queues.items():
        if "RedrivePolicy" in queue:
            dead = queues[_named(queue["RedrivePolicy"]["deadLetterTargetArn"])]
            if queue.get("FifoQueue", False) != dead.get("FifoQueue", False):
                yield f"{name} and its dead letters differ in order"


def nothing_needs_itself(template: Template) -> Iterator[str]:
    resources = template["Resources"]
    graph = {
        name: {needed for needed in _needed_by(resource) if needed in resources}
        for name, resource in resources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " needs ".join(reversed(error.args[1]))


def references_lead_somewhere(template: Template) -> Iterator[str]:
    known = {*template["Resources"], *template["Parameters"]}
    for part in ("Resources", "Outputs", "Conditions", "Rules"):
        for name, value in template[part].items():
            for needed in _needed_by(value):
                if needed not in known and not needed.startswith("AWS::"):
                    yield f"{name} refers to {needed}, which is nothing"


def _needed_by(value: Any) -> Iterator[str]:
    """Yield all names to which something refers, those of parameters as well."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(path)}:
            yield path.partition(".")[0]
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)[.}]", text)
        case {"Fn::Sub": [str(text), dict(own)]}:
            yield from (name for name in re.findall(r"\$\{(\w+)[.}]", text) if name not in own)
            yield from _needed_by(own)
        case dict():
            for key, part in value.items():
                if key == "DependsOn":
                    yield from [part] if isinstance(part, str) else part
                else:
                    yield from _needed_by(part)
        case list():
            for part in value:
                yield from _needed_by(part)


def routes_are_written_as_api_gateway_takes_them(template: Template) -> Iterator[str]:
    paths = [path for api in _rest_paths(template) for path in api]
    paths += [
        route["RouteKey"].partition(" ")[2]
        for route in of_type(template, "ApiGatewayV2::Route").values()
    ]
    for path in paths:
        if path != "/" and path.endswith("/"):
            yield f"{path} ends in a slash"
        for part in path.split("/"):
            if not re.fullmatch(r"[A-Za-z0-9._~:-]*|\{\w+\+?\}", part):
                yield f"{path} has a part that mixes text and variable"
        if "+}/" in path:
            yield f"{path} goes on after its greedy variable"


def variables_at_one_place_have_one_name(template: Template) -> Iterator[str]:
    for api in _rest_paths(template):
        names: dict[tuple[str, ...], set[str]] = {}
        for path in api:
            parts = path.split("/")
            for place, part in enumerate(parts):
                if part.startswith("{") and not part.endswith("+}"):
                    names.setdefault(tuple(parts[:place]), set()).add(part)
        for before, found in names.items():
            if len(found) > 1:
                yield f"{'/'.join(before)}/ has {' and '.join(sorted(found))}"


def _rest_paths(template: Template) -> Iterator[dict[str, Any]]:
    for api in of_type(template, "ApiGateway::RestApi").values():
        yield api["Body"]["paths"]


def routes_differ(template: Template) -> Iterator[str]:
    routes = of_type(template, "ApiGatewayV2::Route").values()
    keys = Counter((_named(route["ApiId"]), route["RouteKey"]) for route in routes)
    for (api, key), count in keys.items():
        if count > 1:
            yield f"{api} has {key} {count} times"


def there_is_room_in_the_stack(template: Template) -> Iterator[str]:
    count, size = len(template["Resources"]), len(json.dumps(template))
    if count > 450:
        yield f"{count} resources, 500 at most"
    if size > 900_000:
        yield f"{size} bytes, a million at most"


def inline_policies_are_short(template: Template) -> Iterator[str]:
    documents: dict[str, list[Any]] = {
        name: [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        for name, role in of_type(template, "IAM::Role").items()
    }
    for policy in of_type(template, "IAM::Policy").values():
        for role in policy["Roles"]:
            documents[_named(role)].append(policy["PolicyDocument"])
    for name, found in documents.items():
        size = sum(len(json.dumps(document)) for document in found)
        if size > 10_240:
            yield f"{name} has policies of {size} characters"


def environments_are_small(template: Template) -> Iterator[str]:
    defaults = {
        name: len(str(parameter.get("Default", "")))
        for name, parameter in template["Parameters"].items()
    }
    for name, function in of_type(template, "Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {})
        size = sum(len(key) + _bytes_of(value, defaults) for key, value in variables.items())
        if size > 4096:
            yield f"{name} has an environment of {size} bytes"


def _bytes_of(value: Any, defaults: dict[str, int]) -> int:
    match value:
        case {"Fn::If": [_, first, second]}:
            return max(_bytes_of(first, defaults), _bytes_of(second, defaults))
        case {"Ref": name} if name in defaults:
            return defaults[name]
        case dict():
            return MADE_UP_BYTES
    return len(str(value))


def resource_policies_have_room(template: Template) -> Iterator[str]:
    callers = Counter(
        _named(permission["FunctionName"])
        for permission in of_type(template, "Lambda::Permission").values()
    )
    for name, count in callers.items():
        if count * PERMISSION_BYTES > 16_384:
            yield f"{name} has {count} callers"


def names_are_made_up(template: Template) -> Iterator[str]:
    for kind, key in FIXED_NAMES.items():
        for name, properties in of_type(template, kind.removeprefix("AWS::")).items():
            value = properties.get(key)
            if value is not None and "AWS::StackName" not in json.dumps(value):
                yield f"{name} is always called {value}"


def functions_have_roles_of_their_own(template: Template) -> Iterator[str]:
    roles = Counter(
        (_named(function["Role"]), function["Code"]["S3Key"])
        for function in of_type(template, "Lambda::Function").values()
    )
    shared = Counter(role for role, _ in roles)
    for role, count in shared.items():
        if count > 1:
            yield f"{role} is that of {count} functions"
    for role, properties in of_type(template, "IAM::Role").items():
        for managed in properties.get("ManagedPolicyArns", []):
            if not isinstance(managed, dict):
                yield f"{role} has {managed}, which somebody else writes"


STARS = [
    # In the sandbox of SES it matters to whom mail is sent, too.
    {"Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"},
    # SES names the objects; there is nothing else in the bucket.
    {"Fn::Sub": "${PingMailBucket.Arn}/*"},
]


def permissions_name_their_resources(template: Template) -> Iterator[str]:
    for kind in ("IAM::Role", "IAM::Policy", "IAM::ManagedPolicy"):
        for name, properties in of_type(template, kind).items():
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
            for document in documents:
                for statement in map(_unconditional, document["Statement"]):
                    yield from (f"{name} may {found}" for found in _stars_in(statement))


def _stars_in(statement: dict[str, Any]) -> Iterator[str]:
    yield from (action for action in statement["Action"] if "*" in action)
    if "NotResource" in statement:
        # A text message goes to a number, which is no resource; whatever has an ARN is none.
        if statement["Action"] != ["sns:Publish"]:
            yield f"{statement['Action']} but on {statement['NotResource']}"
        return
    named = statement["Resource"]
    for resource in named if isinstance(named, list) else [named]:
        if "*" in json.dumps(resource) and resource not in STARS:
            yield f"{statement['Action']} on {resource}"


def _unconditional(statement: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = statement["Fn::If"][1] if "Fn::If" in statement else statement
    return given


def _named(value: Any) -> str:
    """Return the logical id to which a value refers, the first if there is a choice."""
    return next(_needed_by(value["Fn::If"][2] if "Fn::If" in value else value))


RULES: list[Rule] = [
    runtimes_exist,
    handlers_exist,
    schedules_are_written_as_eventbridge_reads_them,
    queues_hide_messages_for_long_enough,
    batches_are_of_a_size_that_lambda_takes,
    streams_are_there,
    mappings_may_read_what_they_map,
    dead_letters_are_of_the_kind_of_their_queue,
    nothing_needs_itself,
    references_lead_somewhere,
    routes_are_written_as_api_gateway_takes_them,
    variables_at_one_place_have_one_name,
    routes_differ,
    there_is_room_in_the_stack,
    inline_policies_are_short,
    environments_are_small,
    resource_policies_have_room,
    names_are_made_up,
    functions_have_roles_of_their_own,
    permissions_name_their_resources,
]
