"""What the template, expanded, lets each function do."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
BUCKET = "s3://sources/"


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource."""

    resource: str  # by its logical id, with what is below it: ChecksTable/index/due
    action: str
    policy: str  # calls: what the function itself asks; another name: what AWS asks on its behalf
    when: str  # condition of the template on which it is given; empty: always
    only: str  # keys of a condition that each request has to meet; empty: none


@cache
def expanded() -> dict[str, Any]:
    """Return the template as CloudFormation expands it; the code lies in a bucket."""
    template = yaml_parse(TEMPLATE.read_text())
    for resource in template["Resources"].values():
        for place in ("CodeUri", "ContentUri"):
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = BUCKET + resource["Properties"][place]
    # It warns of features that it looks for and does not need.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session = boto3.Session(region_name="eu-west-1")
    return Translator({}, Parser(), boto_session=session).translate(template, {})


def functions() -> dict[str, str]:
    """Return the folder of each function's code by the logical id of its role."""
    return {
        resource["Properties"]["Role"]["Fn::GetAtt"][0]: Path(
            resource["Properties"]["Code"]["S3Key"]
        ).name
        for resource in expanded()["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def grants() -> dict[str, set[Grant]]:
    """Return what each function may do, by its folder."""
    by_role: dict[str, set[Grant]] = {role: set() for role in functions()}
    for name, resource in expanded()["Resources"].items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::IAM::Role" if name in by_role:
                for policy in properties.get("Policies", []):
                    by_role[name] |= set(_grants_of(policy["PolicyDocument"], policy["PolicyName"]))
                for managed in properties.get("ManagedPolicyArns", []):
                    shared = expanded()["Resources"][managed["Ref"]]["Properties"]
                    by_role[name] |= set(_grants_of(shared["PolicyDocument"], managed["Ref"]))
            case "AWS::IAM::Policy":
                for role in properties["Roles"]:
                    found = _grants_of(properties["PolicyDocument"], properties["PolicyName"])
                    by_role[role["Ref"]] |= set(found)
    return {functions()[role]: found for role, found in by_role.items()}


def _grants_of(document: dict[str, Any], policy: str) -> Iterator[Grant]:
    for given in document["Statement"]:
        when, statement = given["Fn::If"][:2] if "Fn::If" in given else ("", given)
        assert statement["Effect"] == "Allow"
        only = ", ".join(
            f"{key} {value}"
            for limits in statement.get("Condition", {}).values()
            for key, value in ((key, _written(value)) for key, value in limits.items())
        )
        for resource in _resources_of(statement):
            for action in statement["Action"]:
                yield Grant(resource, action, policy, when, only)


def _resources_of(statement: dict[str, Any]) -> list[str]:
    if "NotResource" in statement:
        return [f"all but {_written(statement['NotResource'])}"]
    named = statement["Resource"]
    return [_written(one) for one in (named if isinstance(named, list) else [named])]


def _written(value: Any) -> str:
    """Return how an ARN in the template is written in the table of permissions."""
    match value:
        case str():
            return value
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::GetAtt": [name, "Arn"]} | {"Ref": name}:
            return str(name)
        case {"Fn::Split": [_, {"Ref": name}]}:
            return f"each of {name}"
        case {"Fn::If": [_, first, second]}:
            return f"{_written(first)} or {_written(second)}"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(?:AWS::)?(\w+)(?:\.Arn)?\}", r"\1", text)
    raise AssertionError(value)
