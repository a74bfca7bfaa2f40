"""Projects: made, listed, their keys renewed."""

from dataclasses import asdict

import click

from nightbell import clock
from nightbell.cli.output import as_json, show, show_list
from nightbell.domain.errors import NotFound
from nightbell.domain.project import Project

DEFAULT_CHECK_LIMIT = 1000
DEFAULT_PING_LOG_LIMIT = 100
MAX_PING_LOG_LIMIT = 1000


def find(project_id: str) -> Project:
    """Return a project, or tell that there is none."""
    from nightbell.store import projects

    try:
        return projects.get(project_id)
    except NotFound:
        raise click.ClickException("There is no such project.") from None


@click.group()
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
    show(asdict(keys), as_json=as_json)


@project.command("rotate-keys")
@click.argument("project_id", metavar="PROJECT")
@click.option("--ping-key", is_flag=True, help="Renew the ping key, too; it is in jobs' URLs.")
@as_json
def rotate_keys(project_id: str, ping_key: bool, as_json: bool) -> None:
    """Give a project new API keys. The old ones end at once.

    A renewed ping key is known everywhere after five minutes.
    """
    from nightbell.store import projects

    find(project_id)
    show(asdict(projects.rotate_keys(project_id, ping_key=ping_key)), as_json=as_json)


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
    show_list(rows, as_json=as_json)
