"""The command line: projects and channels of a stack.

It reads and writes the stack's tables with the AWS credentials and endpoint of its environment.
The tables' names come from the outputs of the stack that is named, else from the environment, as
the functions have them (PROJECTS_TABLE and so on). So the store, whose models hold these names,
is loaded by the commands and not before.
"""

import json
from dataclasses import asdict, fields
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from nightbell import clock
from nightbell.domain.errors import NotFound
from nightbell.settings import Settings, use_tables

DEFAULT_CHECK_LIMIT = 1000
DEFAULT_PING_LOG_LIMIT = 100
MAX_PING_LOG_LIMIT = 1000

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


class _Commands(click.Group):
    """Commands whose failures at AWS are told in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NotFound:
            raise click.ClickException("There is no such project.") from None
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            raise click.ClickException(f"AWS did not do it: {error}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightbell")
@click.option(
    "--stack",
    envvar="NIGHTBELL_STACK",
    help="Name of the CloudFormation stack. Without it, the environment names the tables.",
)
def main(stack: str | None) -> None:
    """Manage the projects and channels of a Nightbell stack."""
    if stack:
        use_tables(_tables_of(stack))


@main.group()
def project() -> None:
    """Make and list projects, renew their keys."""


@project.command("create")
@click.argument("name")
@click.option(
    "--check-limit",
    type=click.IntRange(min=0),
    default=DEFAULT_CHECK_LIMIT,
    show_default=True,
    help="How many checks the project may have.",
)
@click.option(
    "--ping-log-limit",
    type=click.IntRange(1, MAX_PING_LOG_LIMIT),
    default=DEFAULT_PING_LOG_LIMIT,
    show_default=True,
    help="How many pings of each check are shown.",
)
@as_json
def create_project(name: str, check_limit: int, ping_log_limit: int, as_json: bool) -> None:
    """Make a project. Its API keys are shown now and never again.

    Example: nightbell project create "Web shop" --check-limit 200
    """
    from nightbell.store import projects

    keys = projects.create(
        name, check_limit=check_limit, ping_log_limit=ping_log_limit, now=clock.now()
    )
    _print(asdict(keys), as_json=as_json)


@project.command("rotate-keys")
@click.argument("project_id", metavar="PROJECT")
@click.option("--ping-key", is_flag=True, help="Renew the ping key, too; it is in jobs' URLs.")
@as_json
def rotate_keys(project_id: str, ping_key: bool, as_json: bool) -> None:
    """Give a project new API keys. The old ones end at once.

    A renewed ping key is known everywhere after five minutes.
    """
    from nightbell.store import projects

    _print(asdict(projects.rotate_keys(project_id, ping_key=ping_key)), as_json=as_json)


@project.command("list")
@as_json
def list_projects(as_json: bool) -> None:
    """List the projects, oldest first."""
    from nightbell.store import projects

    rows = [
        {
            "project_id": project.project_id,
            "name": project.name,
            "checks": project.check_count,
            "check_limit": project.check_limit,
            "ping_log_limit": project.ping_log_limit,
        }
        for project in projects.list_all()
    ]
    _print_rows(rows, as_json=as_json)


@main.group()
def channel() -> None:
    """Add and list the channels of a project."""


@channel.command("add")
@click.argument("project_id", metavar="PROJECT")
@click.argument("kind")
@click.argument("value")
@click.option("--name", default="", help="What people call it; checks may name it so.")
@as_json
def add_channel(project_id: str, kind: str, value: str, name: str, as_json: bool) -> None:
    """Add a channel: its KIND (email, webhook, …) and the VALUE, such as the address.

    Example: nightbell channel add 5f0c… email ops@example.org --name "Ops"
    """
    from nightbell.store import channels, projects

    projects.get(project_id)
    added = channels.add(project_id, kind=kind, value=value, name=name, now=clock.now())
    _print({"id": added.channel_id, "name": added.name, "kind": added.kind}, as_json=as_json)


@channel.command("list")
@click.argument("project_id", metavar="PROJECT")
@as_json
def list_channels(project_id: str, as_json: bool) -> None:
    """List the channels of a project, oldest first."""
    from nightbell.store import channels, projects

    projects.get(project_id)
    rows: list[dict[str, Any]] = [
        {"id": channel.channel_id, "name": channel.name, "kind": channel.kind}
        for channel in channels.list_for(project_id)
    ]
    _print_rows(rows, as_json=as_json)


def _tables_of(stack: str) -> dict[str, str]:
    """Return the stack's tables by the field of Settings; output `KeysTable` is `keys_table`."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    names = [field.name for field in fields(Settings) if field.name.endswith("_table")]
    return {name: outputs[name.title().replace("_", "")] for name in names}


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document))
        return
    width = max(map(len, document))
    for name, value in document.items():
        click.echo(f"{name:{width}}  {value}")


def _print_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("none")
        return
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in rows[0]}
    click.echo("  ".join(f"{name:{width}}" for name, width in widths.items()).rstrip())
    for row in rows:
        line = "  ".join(f"{row[name]!s:{width}}" for name, width in widths.items())
        click.echo(line.rstrip())
