"""What the template, expanded, lets each function do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.template.source import expanded


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource."""

    resource: str  # by its logical id, with what is below it: ChecksTable/index/due
    action: str
    policy: str  # calls: what the function itself asks; another name: what AWS asks on its behalf
    when: str  # condition of the template on which it is given; empty: always
    only: str  # keys of a condition that each request has to meet; empty: none


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


def table(policies: set[str]) -> list[str]:
    """Return the lines of a Markdown table of what some policies let functions do."""
    allowed = grants()
    rows: dict[tuple[str, str, str], set[str]] = {}
    for function, found in allowed.items():
        for grant in found:
            if grant.policy in policies:
                limits = " and ".join(filter(None, [grant.when, grant.only]))
                rows.setdefault((function, grant.resource, limits), set()).add(grant.action)
    everybody = _of_everybody(rows, set(allowed))
    lines = ["| function | on | may | if |", "| --- | --- | --- | --- |"]
    for (function, resource, limits), actions in sorted(rows.items()):
        if (resource, limits) not in everybody:
            lines.append(_row(f"`{function}`", resource, actions, limits))
    for (resource, limits), actions in everybody.items():
        lines.append(_row("all", resource, actions, limits))
    return lines


def _of_everybody(
    rows: dict[tuple[str, str, str], set[str]], functions: set[str]
) -> dict[tuple[str, str], set[str]]:
    """Return the rows that are the same for every function."""
    holders: dict[tuple[str, str], set[str]] = {}
    for function, resource, limits in rows:
        holders.setdefault((resource, limits), set()).add(function)
    shared = {}
    for (resource, limits), held_by in holders.items():
        actions = {frozenset(rows[function, resource, limits]) for function in held_by}
        if held_by == functions and len(actions) == 1:
            shared[resource, limits] = set(actions.pop())
    return shared


def _row(function: str, resource: str, actions: set[str], limits: str) -> str:
    if_ = f"`{limits}`" if limits else ""
    return f"| {function} | `{resource}` | {', '.join(sorted(actions))} | {if_} |"
