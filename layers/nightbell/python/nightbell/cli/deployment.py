"""Which deployment the commands work on."""

import boto3
import click

from nightbell import settings


def use_stack(name: str) -> None:
    """Take the settings that a CloudFormation stack has among its outputs."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = stacks[0].get("Outputs", [])
    found = settings.in_outputs({each["OutputKey"]: each["OutputValue"] for each in outputs})
    if "projects_table" not in found:
        raise click.ClickException(f"The stack {name} is none of Nightbell's.")
    settings.use(found)


def require(setting: str) -> str:
    """Return a setting that has no default which could be of use."""
    value = str(getattr(settings.settings, setting))
    if not value:
        raise click.ClickException(f"Name the stack with --stack, or set {setting.upper()}.")
    return value
