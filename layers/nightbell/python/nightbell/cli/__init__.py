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
from click.core import ParameterSource

from nightbell.cli.deployment import Target, use_stack

# Where each command is.
_COMMANDS = {
    "check": "nightbell.cli.check:check",
    "exec": "nightbell.cli.exec:exec_command",
    "channel": "nightbell.cli.channel:channel",
    "project": "nightbell.cli.project:project",
    "import": "nightbell.cli.transfer.commands:import_project",
    "export": "nightbell.cli.transfer.commands:export_project",
    "apply": "nightbell.cli.transfer.commands:apply_file",
    "dead-letters": "nightbell.cli.dead_letters:dead_letters",
    "flips": "nightbell.cli.flips:flips",
    "restore": "nightbell.cli.restore:restore",
    "cost": "nightbell.cli.cost:cost",
    "completion": "nightbell.cli.completion:completion",
}

# Those on the tables and queues of a stack, which want to know them first.
_ON_TABLES = {"channel", "project", "dead-letters", "flips", "restore"}


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


_TYPED = ParameterSource.COMMANDLINE
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_Commands, context_settings=_SETTINGS)
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
    """Watch jobs, and manage what watches them.

    check, exec, import, export and apply use the API of a server: --url, or the stack's, and --key.
    The others work on a stack, with AWS credentials.

    \b
    Examples:
      nightbell --stack nightbell project create "Web shop"
      nightbell check list --status down

    Exits with 0 if all went well, 1 if something did not, 2 if it was called in a wrong way.
    """
    named = {name for name in ("stack", "url") if ctx.get_parameter_source(name) is _TYPED}
    if named == {"stack"}:
        url = None  # what is typed goes before a variable
    ctx.obj = Target(stack, url, key)
    if stack and ctx.invoked_subcommand in _ON_TABLES:
        use_stack(stack)
