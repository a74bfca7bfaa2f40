"""The command line: projects, channels and alerts of a stack.

It works on the stack's tables and queues with the AWS credentials and endpoint of its environment.
Their names come from the outputs of the stack that is named, else from the environment, as the
functions have them (PROJECTS_TABLE and so on). So whatever holds these names, the store to begin
with, is loaded by the commands and not before.
"""

from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from nightbell.cli.channel import channel
from nightbell.cli.dead_letters import dead_letters
from nightbell.cli.deployment import use_stack
from nightbell.cli.flips import flips
from nightbell.cli.project import project
from nightbell.domain.errors import InvalidSpec, UserError
from nightbell.store.connection import ContentionError


class _Commands(click.Group):
    """Commands whose failures are told in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidSpec as error:
            raise click.ClickException(error.problem) from None
        except UserError as error:
            raise click.ClickException(error.message) from None
        except ContentionError:
            raise click.ClickException("Others keep changing the same. Try again.") from None
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            raise click.ClickException(f"AWS did not do it: {error}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightbell")
@click.option(
    "--stack",
    envvar="NIGHTBELL_STACK",
    help="Name of the CloudFormation stack. Without it, the environment names tables and queues.",
)
def main(stack: str | None) -> None:
    """Manage the projects, channels and alerts of a Nightbell stack."""
    if stack:
        use_stack(stack)


for command in (project, channel, flips, dead_letters):
    main.add_command(command)
