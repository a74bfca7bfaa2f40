"""Export, apply, import: a project written to a file, and put in force from a file or a server."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nightbell import clock, settings
from nightbell.cli.deployment import Target, connect, use_stack
from nightbell.cli.output import as_json, progress

if TYPE_CHECKING:
    from nightbell.cli.api import Api
    from nightbell.cli.transfer.carry_out import CreateWithUuid, Outcome
    from nightbell.cli.transfer.plan import Wishes
    from nightbell.cli.transfer.steps import Plan
    from nightbell.project_file import Document

_SOMETHING_TO_DO = 3  # exit status


@dataclass(frozen=True, kw_only=True)
class _Manner:
    """How a plan is dealt with."""

    only_show: bool
    check: bool
    ask: bool
    as_json: bool


def _in_a_manner(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about what is done with its plan."""
    for option in (
        as_json,
        click.option("--yes", is_flag=True, help="Carry the plan out without asking."),
        click.option(
            "--check",
            is_flag=True,
            help=f"Only show the plan, and exit with {_SOMETHING_TO_DO} if it is not empty.",
        ),
        click.option("--dry-run", is_flag=True, help="Only show the plan."),
    ):
        command = option(command)
    return command


def _manner(*, dry_run: bool, check: bool, yes: bool, as_json: bool) -> _Manner:
    only_show = dry_run or check
    if as_json and not (only_show or yes):
        raise click.UsageError("With --json nothing is asked: say --dry-run, --check or --yes.")
    return _Manner(only_show=only_show, check=check, ask=not yes, as_json=as_json)


@click.command("export")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of the terminal.",
)
@click.option(
    "--with-uuids",
    is_flag=True,
    help="Write the UUIDs of checks, too. Who has them can ping: such a file is for you only.",
)
@click.pass_context
def export_project(ctx: click.Context, output: Path | None, with_uuids: bool) -> None:
    """Write a project's checks and channels as one JSON document.

    The same project makes the same document, so that it can be kept in git. Secret settings of
    channels are not in it, for nobody is shown them; {"secret": …} stands where there is one.
    Neither are pings and changes of status.

    \b
    Example:
      nightbell export --output project.json
    """
    api = connect(ctx)
    from nightbell import project_file
    from nightbell.cli.transfer.fetch import fetch

    text = project_file.write(fetch(api), with_uuids=with_uuids)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text, is_secret=with_uuids)


def _write(path: Path, text: str, *, is_secret: bool) -> None:
    try:
        opener = _opened_for_me if is_secret else None
        with open(path, "w", encoding="utf-8", opener=opener) as file:
            if is_secret:
                path.chmod(0o600)  # it may have been there
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None


def _opened_for_me(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@click.command("apply")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--prune", is_flag=True, help="Delete the checks and channels that the file does not have."
)
@click.option(
    "--renew-secrets",
    is_flag=True,
    help="Send secret settings again: it cannot be told whether those that are there are the same.",
)
@click.option(
    "--keep-uuids",
    is_flag=True,
    help="New checks get the UUIDs in the file. Needs AWS credentials, and --stack or its tables.",
)
@_in_a_manner
@click.pass_context
def apply_file(
    ctx: click.Context,
    /,
    file: Any,
    prune: bool,
    renew_secrets: bool,
    keep_uuids: bool,
    **manner: bool,
) -> None:
    """Make a project what a file says.

    The file is one that `nightbell export` wrote, or you. Shows what would be created and changed,
    and asks. What the file says nothing of stays as it is: a check that it does not have (but see
    --prune), a field that a check in it does not have. A check is found by its UUID if the file
    has it, else by its slug or its name. May be repeated, also after it was stopped: it does what
    is left to do.

    A new channel needs its secrets. Write them into the file in place of {"secret": …}, or name
    environment variables that hold them: "url": {"env": "SLACK_URL"}.

    Exits with 1 if something could not be done.

    \b
    Example:
      nightbell apply project.json --dry-run
    """
    how = _manner(**manner)
    api = _connect(ctx, with_tables=keep_uuids)
    from nightbell import project_file
    from nightbell.cli.transfer.plan import Wishes

    try:
        wanted = project_file.read(file.read())
    except UnicodeDecodeError:
        raise click.ClickException("The file is no text in UTF-8.") from None
    except project_file.DocumentError as error:
        raise click.ClickException(str(error)) from None
    if keep_uuids and not any(check.uuid for check in wanted.checks or ()):
        raise click.ClickException("The file has no UUIDs: it was exported without --with-uuids.")
    wishes = Wishes(keep_uuids=keep_uuids, prune=prune, renew_secrets=renew_secrets)
    _put_in_force(ctx, api, wanted, wishes, how)


@click.command("import")
@click.argument("source", metavar="URL")
@click.option(
    "--from-key",
    envvar="NIGHTBELL_FROM_KEY",
    show_envvar=True,
    help="Read-write API key of the project there; it is asked for if it is not given.",
)
@click.option(
    "--keep-uuids",
    is_flag=True,
    help="New checks get the same UUIDs, so that jobs ping as before; else they get new ping URLs. "
    "Needs AWS credentials, and --stack or its tables.",
)
@_in_a_manner
@click.pass_context
def import_project(
    ctx: click.Context, /, source: str, from_key: str | None, keep_uuids: bool, **manner: bool
) -> None:
    """Take over the checks of a project on a Healthchecks server.

    Shows what would be created and changed, and asks. Checks come with all their fields and
    whether they are paused. Pings, changes of status and the addresses of badges stay behind. Of
    channels Healthchecks shows names and kinds only: those that the project here has, too, are
    matched by these, others are listed with the command that makes them.

    May be repeated: a check is found by its UUID if it has the same here, else by its slug or its
    name.

    \b
    Example:
      nightbell import https://healthchecks.io --dry-run
    """
    how = _manner(**manner)
    api = _connect(ctx, with_tables=keep_uuids)
    from nightbell.cli.api import Api, ApiError
    from nightbell.cli.transfer.fetch import fetch
    from nightbell.cli.transfer.plan import Wishes

    if from_key is None:
        from_key = click.prompt("API key of the project there", hide_input=True, err=True)
    try:
        wanted = fetch(Api(source, from_key))
    except ApiError as error:
        raise click.ClickException(f"Nothing can be imported. {error.message}") from None
    _put_in_force(ctx, api, wanted, Wishes(keep_uuids=keep_uuids), how)


def _put_in_force(
    ctx: click.Context, api: "Api", wanted: "Document", wishes: "Wishes", how: _Manner
) -> None:
    """Show what has to be done, ask, do it, and end the command."""
    from nightbell.cli.transfer import plan as planner
    from nightbell.cli.transfer import show
    from nightbell.cli.transfer.fetch import fetch_own

    variables = _values_of(wanted.variables())
    plan = planner.make(wanted, fetch_own(api), wishes, variables)
    if not how.as_json:
        for line in show.lines(plan):
            click.echo(line)
    if how.only_show or not plan.steps:
        if how.as_json:
            click.echo(json.dumps(show.document(plan)))
        is_something_to_do = how.check and plan.steps
        ctx.exit(1 if plan.problems else _SOMETHING_TO_DO if is_something_to_do else 0)
    create_with_uuid = _creator(ctx) if wishes.keep_uuids else None
    if how.ask:
        click.confirm("Carry this out?", abort=True, err=True)
        if planner.make(wanted, fetch_own(api), wishes, variables) != plan:
            raise click.ClickException("The project has been changed meanwhile. Try again.")
    outcomes, stopped_by = _carry_out(plan, api, create_with_uuid)
    if how.as_json:
        click.echo(json.dumps(show.document(plan, outcomes)))
    else:
        for outcome in outcomes:
            if outcome.error:
                click.echo(show.failure(outcome), err=True)
        click.echo(show.done(outcomes))
    if stopped_by:
        raise click.ClickException(f"{stopped_by}\nRun it again: it does what is left.")
    ctx.exit(1 if plan.problems or any(one.error for one in outcomes) else 0)


def _carry_out(
    plan: "Plan", api: "Api", create_with_uuid: "CreateWithUuid | None"
) -> tuple[list["Outcome"], str | None]:
    """Return what became of the steps, and why those after them were not tried, if so."""
    from nightbell.cli.api import ApiError
    from nightbell.cli.failures import in_a_sentence
    from nightbell.cli.transfer.carry_out import carry_out

    outcomes = []
    with progress("Carrying it out", len(plan.steps)) as bar:
        try:
            for outcome in carry_out(plan, api, create_with_uuid):
                outcomes.append(outcome)
                bar.update(1)
        except ApiError as error:
            return outcomes, error.message
        except Exception as error:
            sentence = in_a_sentence(error)
            if sentence is None:
                raise
            return outcomes, sentence
    return outcomes, None


def _connect(ctx: click.Context, *, with_tables: bool) -> "Api":
    """Return the API that the options name; from then on the stack's tables are known, too."""
    api = connect(ctx)
    target = ctx.find_object(Target)
    if with_tables and target and target.url and target.stack:
        use_stack(target.stack)
    return api


def _creator(ctx: click.Context) -> "CreateWithUuid":
    """Return what creates checks with given UUIDs in the project of the API key."""
    from nightbell.cli.transfer import uuids

    target = ctx.find_object(Target)
    project_id = uuids.project_of(target.key if target and target.key else "")

    def create(uuid: str, fields: Mapping[str, Any], channels: list[str]) -> None:
        uuids.create(project_id, uuid, fields, channels, clock.now())

    return create


def _values_of(variables: Iterable[str]) -> dict[str, str]:
    """Return the values of those environment variables that are set."""
    values = ((name, settings.variable(name)) for name in variables)
    return {name: value for name, value in values if value is not None}
