"""Which deployment the commands work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from nightbell import settings

if TYPE_CHECKING:
    from nightbell.cli.api import Api


@dataclass(frozen=True)
class Target:
    """What the options before the command name: a stack, or a server and a key of it."""

    stack: str | None = None
    url: str | None = None
    key: str | None = field(default=None, repr=False)


def outputs_of(stack: str) -> Mapping[str, str]:
    """Return the outputs of a CloudFormation stack, by their names."""
    import boto3

    stacks = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = stacks[0].get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in outputs}


def use_stack(name: str) -> None:
    """Take the settings that a CloudFormation stack has among its outputs."""
    found = settings.in_outputs(outputs_of(name))
    if "projects_table" not in found:
        raise click.ClickException(f"The stack {name} is none of Nightbell's.")
    settings.use(found)


def require(setting: str) -> str:
    """Return a setting that has no default which could be of use."""
    value = str(getattr(settings.settings, setting))
    if not value:
        raise click.ClickException(f"Name the stack with --stack, or set {setting.upper()}.")
    return value


def connect(ctx: click.Context) -> "Api":
    """Return the API of the server that --url names, else of the stack, with the key of --key."""
    from nightbell.cli.api import Api

    target = ctx.find_object(Target) or Target()
    if not target.key:
        raise click.UsageError("Give the project's API key: set NIGHTBELL_API_KEY, or --key.")
    if target.url:
        return Api(target.url, target.key)
    if target.stack:
        use_stack(target.stack)
    url = settings.settings.site_url
    if not url:
        raise click.UsageError("Name the server with --url, or the stack with --stack.")
    return Api(url, target.key)
