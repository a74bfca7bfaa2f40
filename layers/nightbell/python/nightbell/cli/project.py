"""Projects: made, listed, limited, deleted, their keys renewed."""

from dataclasses import asdict
from typing import Any

import click

from nightbell import clock, settings
from nightbell.cli.output import as_json, as_text, progress, show, show_list
from nightbell.domain.errors import NotFound
from nightbell.domain.project import Project

DEFAULT_PING_LOG_LIMIT = 100

_of_project = click.argument("project_id", metavar="PROJECT")
_CHECK_LIMIT = click.IntRange(min=0)
_PING_LOG_LIMIT = click.IntRange(1, 1000)  # the log keeps 1000


def find(project_id: str) -> Project:
    """Return a project, or tell that there is none."""
    from nightbell.store import projects

    try:
        return projects.get(project_id)
    except NotFound:
        raise click.ClickException("There is no such project.") from None


@click.group()
def project() -> None:
    """Make, list, limit and delete projects, and renew their keys.

    PROJECT is the id that `create` and `list` show.

    \b
    Example:
      nightbell --stack nightbell project list
    """


@project.command("create")
@click.argument("name")
@click.option(
    "--check-limit",
    type=_CHECK_LIMIT,
    help="How many checks the project may have. Default: as the stack's parameter CheckLimit says.",
)
@click.option(
    "--ping-log-limit",
    type=_PING_LOG_LIMIT,
    default=DEFAULT_PING_LOG_LIMIT,
    show_default=True,
    help="How many pings of each check are shown.",
)
@as_json
def create_project(name: str, check_limit: int | None, ping_log_limit: int, as_json: bool) -> None:
    """Make a project. Its API keys are shown now and never again.

    \b
    Example:
      nightbell project create "Web shop" --check-limit 200
    """
    from nightbell.store import projects

    if check_limit is None:
        check_limit = settings.settings.check_limit
    keys = projects.create(
        name, check_limit=check_limit, ping_log_limit=ping_log_limit, now=clock.now()
    )
    show(asdict(keys), as_json=as_json)


@project.command("rotate-keys")
@_of_project
@click.option("--ping-key", is_flag=True, help="Renew the ping key, too; it is in jobs' URLs.")
@as_json
def rotate_keys(project_id: str, ping_key: bool, as_json: bool) -> None:
    """Give a project new API keys. The old ones end at once.

    A renewed ping key is known everywhere after five minutes.

    \b
    Example:
      nightbell project rotate-keys 5c2e… --ping-key
    """
    from nightbell.store import projects

    find(project_id)
    show(asdict(projects.rotate_keys(project_id, ping_key=ping_key)), as_json=as_json)


@project.command("list")
@as_json
def list_projects(as_json: bool) -> None:
    """List the projects, oldest first.

    \b
    Example:
      nightbell project list --json
    """
    from nightbell.store import projects

    show_list([_shown(project) for project in projects.list_all()], as_json=as_json)


@project.command("limits")
@_of_project
@click.option("--check-limit", type=_CHECK_LIMIT, help="How many checks the project may have.")
@click.option(
    "--ping-log-limit", type=_PING_LOG_LIMIT, help="How many pings of each check are shown."
)
@as_json
def change_limits(
    project_id: str, check_limit: int | None, ping_log_limit: int | None, as_json: bool
) -> None:
    """Show the limits of a project, or change those that are named.

    What is there already stays, also beyond a limit.

    \b
    Example:
      nightbell project limits 5c2e… --check-limit 500
    """
    from nightbell.store import projects

    find(project_id)
    changed = projects.change_limits(
        project_id, check_limit=check_limit, ping_log_limit=ping_log_limit
    )
    show(_shown(changed), as_json=as_json)


@project.command("delete")
@_of_project
@click.option("--yes", is_flag=True, help="Do not ask for the project's name.")
@as_json
def delete_project(project_id: str, yes: bool, as_json: bool) -> None:
    """Delete a project with its checks, channels and keys, for ever.

    Asks for its name. It may be repeated when it was cut short, and until it is done `list` shows
    the project. Pings, flips and notifications of the checks follow within minutes.

    \b
    Example:
      nightbell project delete 5c2e…
    """
    from nightbell.store import project_deletion

    found = find(project_id)
    if not yes:
        _ask_for_name(found)
    deleted = 0
    with progress("Checks", found.check_count) as bar:
        for _ in project_deletion.delete(project_id):
            deleted += 1
            bar.update(1)
    show(_shown(found) | {"checks": deleted}, as_json=as_json)


def _ask_for_name(project: Project) -> None:
    """Let nobody delete a project that he does not mean."""
    name = project.name or project.project_id
    typed = click.prompt(
        f"This deletes {as_text(name)} with {project.check_count} checks, for ever. Its name",
        err=True,
    )
    if typed != name:
        raise click.ClickException("That is not its name. Nothing was deleted.")


def _shown(project: Project) -> dict[str, Any]:
    return {
        "project_id": project.project_id,
        "name": project.name,
        "checks": project.check_count,
        "check_limit": project.check_limit,
        "ping_log_limit": project.ping_log_limit,
    }
