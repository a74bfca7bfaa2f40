"""Channels: added, listed, changed, tested and deleted, and what they were told."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import click

from nightbell import clock, settings
from nightbell.alerts import registry
from nightbell.alerts.kind import Kind, Setting
from nightbell.cli.deployment import require
from nightbell.cli.output import as_json, show, show_list
from nightbell.cli.project import find as find_project
from nightbell.domain.channels import Channel
from nightbell.domain.errors import NotFound

_MOST_NOTIFICATIONS = 1000
_NAME_HELP = "What people call it; checks may name it so."

_in_project = click.option(
    "--project",
    "project_id",
    envvar="NIGHTBELL_PROJECT",
    show_envvar=True,
    required=True,
    metavar="PROJECT",
    help="Id of the project.",
)
_of_channel = click.argument("channel_id", metavar="CHANNEL")


class _Kinds(click.Group):
    """A command for each kind of channel, with an option for each of its settings."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(registry.CODES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in registry.CODES:
            return None
        return _adding(registry.get(cmd_name))


@click.group()
def channel() -> None:
    """Add, list, change, test and delete channels of a project.

    CHANNEL is the id that `list` shows.

    \b
    Example:
      NIGHTBELL_PROJECT=5c2e… nightbell --stack nightbell channel list
    """


@channel.group("add", cls=_Kinds)
def add_channel() -> None:
    """Add a channel of some kind.

    Each kind has settings of its own: see nightbell channel add KIND --help.

    \b
    Example:
      nightbell channel add slack --name Ops --url
    """


def _adding(kind: Kind) -> click.Command:
    def add(project_id: str, name: str, as_json: bool, **given: str | None) -> None:
        from nightbell.alerts import setup

        require("secrets_key")
        find_project(project_id)
        values = {
            setting.name: setting.from_text(text)
            for setting in kind.settings
            if (text := given[_parameter(setting)]) is not None
        }
        document = {"kind": kind.code, "name": name, "settings": values}
        _show(setup.create(project_id, document, clock.now()), as_json=as_json)

    command: Callable[..., Any] = as_json(add)
    for setting in reversed(kind.settings):
        command = _option(setting)(command)
    command = click.option("--name", default="", help=_NAME_HELP)(command)
    return click.command(
        kind.code,
        help=f"Add a channel of kind {kind.title}.\n\n\b\nExample:\n  {example(kind)}",
        short_help=kind.title,
    )(_in_project(command))


def _option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option for a setting; a secret that is not given with it is asked for."""
    asked: dict[str, Any] = {}
    if setting.secret:
        asked = {"prompt": setting.label, "prompt_required": False, "hide_input": True}
    return click.option(
        f"--{setting.name.replace('_', '-')}",
        _parameter(setting),
        required=setting.required,
        help=f"{setting.description}.{_default(setting)}",
        metavar=setting.name.upper(),
        **asked,
    )


def _default(setting: Setting) -> str:
    if setting.required or setting.default in ("", {}):
        return ""
    default = setting.default
    return f" Default: {default if isinstance(default, str) else json.dumps(default)}."


def _parameter(setting: Setting) -> str:
    return f"setting_{setting.name}"


def example(kind: Kind, name: str = "Ops") -> str:
    """Return a command that makes a channel of this kind, with what stands for its settings."""
    needed = [one for one in kind.settings if one.required]
    needed = needed or [one for one in kind.settings if one.is_address][:1]
    options = (f"--{one.name.replace('_', '-')} {one.name.upper()}" for one in needed)
    return f"nightbell channel add {kind.code} --name {shlex.quote(name)} {' '.join(options)}"


@channel.command("list")
@_in_project
@as_json
def list_channels(project_id: str, as_json: bool) -> None:
    """List the channels of a project, oldest first.

    \b
    Example:
      nightbell channel list --project 5c2e…
    """
    from nightbell.store import channels

    find_project(project_id)
    rows = [
        {
            "id": one.channel_id,
            "name": one.name,
            "kind": one.kind,
            "disabled": one.disabled,
            "error": one.error or None,
        }
        for one in channels.list_for(project_id)
    ]
    show_list(rows, as_json=as_json)


@channel.command("show")
@_of_channel
@_in_project
@as_json
def show_channel(channel_id: str, project_id: str, as_json: bool) -> None:
    """Show a channel; of its secret settings, that they are there.

    \b
    Example:
      nightbell channel show 4ec5a071…
    """
    _show(_find(project_id, channel_id), as_json=as_json)


@channel.command("update")
@_of_channel
@_in_project
@click.option("--name", help=_NAME_HELP)
@click.option(
    "assignments",
    "--set",
    multiple=True,
    metavar="SETTING=VALUE",
    help="A setting and its new value; without one it is asked for. May be given several times.",
)
@as_json
def update_channel(
    channel_id: str, project_id: str, name: str | None, assignments: tuple[str, ...], as_json: bool
) -> None:
    """Change a channel's name and settings.

    A channel that is disabled is enabled again.

    \b
    Example:
      nightbell channel update 4ec5a071… --set url=https://hooks.example.org/new
    """
    from nightbell.alerts import setup

    found = _find(project_id, channel_id)
    document: dict[str, Any] = {}
    if name is not None:
        document["name"] = name
    if assignments:
        require("secrets_key")
        kind = registry.get(found.kind)
        document["settings"] = dict(_assigned(kind, one) for one in assignments)
    _show(setup.update(found, document), as_json=as_json)


def _assigned(kind: Kind, assignment: str) -> tuple[str, Any]:
    name, equals, text = assignment.partition("=")
    settings = {setting.name: setting for setting in kind.settings}
    setting = settings.get(name.replace("-", "_"))
    if setting is None:
        known = ", ".join(settings)
        raise click.UsageError(f"A channel of kind {kind.title} has no {name!r}, but {known}.")
    if not equals:
        text = click.prompt(setting.label, hide_input=setting.secret, err=True)
    return setting.name, setting.from_text(text)


@channel.command("delete")
@_of_channel
@_in_project
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def delete_channel(channel_id: str, project_id: str, yes: bool, as_json: bool) -> None:
    """Delete a channel.

    It is taken out of the checks and groups that name it.

    \b
    Example:
      nightbell channel delete 4ec5a071… --yes
    """
    from nightbell.alerts import setup

    found = _find(project_id, channel_id)
    if not yes:
        click.confirm("Delete the channel, and take it out of all checks?", abort=True, err=True)
    setup.delete(found)
    _show(found, as_json=as_json)


@channel.command("test")
@_of_channel
@_in_project
@as_json
@click.pass_context
def test_channel(ctx: click.Context, channel_id: str, project_id: str, as_json: bool) -> None:
    """Send a test notification to a channel. Fails if it was not sent.

    \b
    Example:
      nightbell channel test 4ec5a071…
    """
    from nightbell.alerts import trial

    require("deliver_function")
    found = _find(project_id, channel_id)
    error = trial.send(found, settings.settings.site_url, clock.now())
    show({"sent": False, "error": error} if error else {"sent": True}, as_json=as_json)
    ctx.exit(1 if error else 0)


@channel.command("notifications")
@_of_channel
@_in_project
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST_NOTIFICATIONS),
    default=100,
    show_default=True,
    help="How many.",
)
@as_json
def list_notifications(channel_id: str, project_id: str, limit: int, as_json: bool) -> None:
    """List what a channel was told, the latest first.

    \b
    Example:
      nightbell channel notifications 4ec5a071… --limit 10
    """
    from nightbell.store import notifications
    from nightbell.web.views import notification_json

    found = _find(project_id, channel_id)
    listed = notifications.list_for_channel(found.channel_id, limit, clock.now())
    show_list([notification_json(one) for one in listed], as_json=as_json)


def _find(project_id: str, channel_id: str) -> Channel:
    from nightbell.store import channels

    try:
        return channels.get(project_id, channel_id)
    except NotFound:
        raise click.ClickException("There is no such channel in this project.") from None


def _show(channel: Channel, *, as_json: bool) -> None:
    from nightbell.web.views import channel_details_json

    show(channel_details_json(channel), as_json=as_json)
