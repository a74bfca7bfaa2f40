"""The command line: checks and jobs through the API, a stack's projects, channels and alerts.

Commands about a stack work on its tables and queues, with the AWS credentials and endpoint of the
environment. Their names come from the outputs of the stack that is named, else from the environment
as the functions have them (PROJECTS_TABLE and so on). So whatever holds these names, the store to
begin with, is loaded by the commands and not before. And a command itself is loaded when it is
called: `exec` runs before many jobs, and loads nothing of AWS.
"""

from importlib import import_module
from typing import Any

import click

from nightbell.cli.deployment import Target, use_stack

# Where each command is. Those on a stack's tables and queues want to know them first.
_ON_TABLES = {
    "project": "nightbell.cli.project:project",
    "channel": "nightbell.cli.channel:channel",
    "flips": "nightbell.cli.flips:flips",
    "dead-letters": "nightbell.cli.dead_letters:dead_letters",
    "restore": "nightbell.cli.restore:restore",
}
_COMMANDS = _ON_TABLES | {
    "check": "nightbell.cli.check:check",
    "exec": "nightbell.cli.exec:exec_command",
    "import": "nightbell.cli.transfer.commands:import_project",
    "export": "nightbell.cli.transfer.commands:export_project",
    "apply": "nightbell.cli.transfer.commands:apply_file",
    "cost": "nightbell.cli.cost:cost",
}


class _Commands(click.Group):
    """Commands that are loaded when they are called, and whose failures are told in a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from nightbell.cli.failures import in_a_sentence

            sentence = in_a_sentence(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightbell")
@click.option(
    "--stack",
    envvar="NIGHTBELL_STACK",
    show_envvar=True,
    help="Name of the CloudFormation stack. Without it, the environment names tables and queues.",
)
@click.option(
    "--url",
    envvar="NIGHTBELL_URL",
    show_envvar=True,
    help="Address of the server whose API is used; without it, the stack's.",
)
@click.option(
    "--key",
    envvar="NIGHTBELL_API_KEY",
    show_envvar=True,
    help="API key of a project. On the command line others see it: prefer the variable.",
)
@click.pass_context
def main(ctx: click.Context, stack: str | None, url: str | None, key: str | None) -> None:
    """Manage the projects, channels and alerts of a Nightbell stack."""
    ctx.obj = Target(stack, url, key)
    if stack and ctx.invoked_subcommand in _ON_TABLES:
        use_stack(stack)
