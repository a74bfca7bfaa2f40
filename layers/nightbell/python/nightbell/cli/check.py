"""Checks: listed, shown, made, changed, paused, resumed, snoozed and deleted, through the API."""

import re
from collections.abc import Callable
from typing import Any

import click

from nightbell import clock
from nightbell.cli.api import Api, ApiError
from nightbell.cli.deployment import connect
from nightbell.cli.length import LENGTH, from_now, in_words
from nightbell.cli.output import as_json, show, show_list

_STATUSES = ("new", "up", "grace", "down", "paused")
_UNIQUE = ("name", "slug", "tags", "timeout", "grace")

# A UUID, and the unique_key that read-only keys see in its place.
_CODE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40}", re.ASCII)

# The fields of a check that the API takes: name, kind of value, help.
_FIELDS: tuple[tuple[str, Any, str], ...] = (
    ("name", str, "What people call it."),
    ("slug", str, "Its name in ping addresses."),
    ("tags", str, "Tags, separated by spaces."),
    ("desc", str, "What it is about."),
    ("timeout", LENGTH, "Time between two pings: seconds, or 5m, 1h30m, 2d."),
    ("grace", LENGTH, "How late a ping may be."),
    ("schedule", str, "Cron or OnCalendar expression, in place of a timeout."),
    ("tz", str, "Time zone of the schedule, such as Europe/Berlin."),
    ("channels", str, "Ids or names of channels, separated by commas; * for all."),
    ("nag_interval", LENGTH, "Time between reminders that it is still down; 0 for none."),
    ("manual_resume", bool, "Whether a ping leaves it paused."),
    ("methods", str, "POST to take pings by POST only."),
    ("start_kw", str, "Keywords of a start, separated by commas."),
    ("success_kw", str, "Keywords of a success."),
    ("failure_kw", str, "Keywords of a failure."),
    ("filter_subject", bool, "Whether keywords are looked for in subjects of mails."),
    ("filter_body", bool, "Whether keywords are looked for in bodies of mails."),
    ("filter_http_body", bool, "Whether keywords are looked for in bodies of pings."),
    ("filter_default_fail", bool, "Whether what has no keyword is a failure."),
    ("subject", str, "Keywords of a success, in subjects of mails; an older form."),
    ("subject_fail", str, "Keywords of a failure, in subjects of mails; an older form."),
)


def _slugs(ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """Return the slugs that begin so, for a shell; none where a server does not answer at once."""
    named = ctx.find_root().params
    try:
        checks = Api(named["url"] or "", named["key"] or "", hurried=True).checks()
    except ApiError:
        return []
    return sorted({one["slug"] for one in checks if one["slug"] and one["slug"].startswith(begun)})


_the_check = click.argument("identifier", metavar="CHECK", shell_complete=_slugs)


def _with_fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each field of a check."""
    for name, kind, text in reversed(_FIELDS):
        flag = name.replace("_", "-")
        command = click.option(
            f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}",
            name,
            type=kind,
            default=None,
            help=text,
        )(command)
    return command


@click.group()
def check() -> None:
    """List, show, make, change, pause, snooze and delete checks.

    They use the API, and need the address of the server, from --url or --stack, and an API key.
    CHECK is a UUID, or a slug or a name that only one check has.

    \b
    Example:
      NIGHTBELL_API_KEY=… nightbell --url https://… check list --status down
    """


@check.command("list")
@click.option("--tag", "tags", multiple=True, help="With this tag. May be given several times.")
@click.option("--slug", help="With this slug.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice(_STATUSES), help="Of this status."
)
@as_json
@click.pass_context
def list_checks(
    ctx: click.Context,
    tags: tuple[str, ...],
    slug: str | None,
    statuses: tuple[str, ...],
    as_json: bool,
) -> None:
    """List checks.

    \b
    Example:
      nightbell check list --tag prod --status down --status grace
    """
    found = connect(ctx).checks(slug=slug, tags=tags)
    if statuses:
        found = [one for one in found if one["status"] in statuses]
    now = clock.now()
    rows = [
        {
            "name": one["name"],
            "slug": one["slug"],
            "status": one["status"] + (", running" if one.get("started") else ""),
            "last ping": from_now(one["last_ping"], now),
            "next": from_now(one["next_ping"], now),
            "schedule": _schedule(one),
            "grace": in_words(one["grace"]),
        }
        for one in found
    ]
    show_list(rows, as_json=as_json, document=found)


def _schedule(check: dict[str, Any]) -> str:
    if "timeout" in check:
        return in_words(check["timeout"])
    return f"{check['schedule']} {check['tz']}"


@check.command("show")
@_the_check
@as_json
@click.pass_context
def show_check(ctx: click.Context, identifier: str, as_json: bool) -> None:
    """Show all of a check.

    \b
    Example:
      nightbell check show nightly-backup
    """
    show(_find(connect(ctx), identifier), as_json=as_json)


@check.command("create")
@_with_fields
@click.option(
    "--unique",
    multiple=True,
    type=click.Choice(_UNIQUE),
    help="Change the check that has the same of this instead, if there is one. May be repeated.",
)
@as_json
@click.pass_context
def create_check(
    ctx: click.Context, /, unique: tuple[str, ...], as_json: bool, **fields: Any
) -> None:
    """Make a check.

    \b
    Example:
      nightbell check create --name Backup --slug backup --schedule "0 3 * * *" --grace 1h
    """
    document = _given(fields)
    if unique:
        document["unique"] = list(unique)
    show(connect(ctx).create(document)[0], as_json=as_json)


@check.command("update")
@_the_check
@_with_fields
@as_json
@click.pass_context
def update_check(ctx: click.Context, /, identifier: str, as_json: bool, **fields: Any) -> None:
    """Change a check. What is not named stays as it is.

    \b
    Example:
      nightbell check update backup --grace 2h --tags "prod nightly"
    """
    document = _given(fields)
    if not document:
        raise click.UsageError("Name what is to be changed.")
    api = connect(ctx)
    show(api.update(_code(api, identifier), document), as_json=as_json)


@check.command("pause")
@_the_check
@as_json
@click.pass_context
def pause_check(ctx: click.Context, identifier: str, as_json: bool) -> None:
    """Expect no pings of a check for now.

    Until the next one comes (but see --manual-resume of update), or it is resumed.

    \b
    Example:
      nightbell check pause backup
    """
    api = connect(ctx)
    show(api.pause(_code(api, identifier)), as_json=as_json)


@check.command("resume")
@_the_check
@as_json
@click.pass_context
def resume_check(ctx: click.Context, identifier: str, as_json: bool) -> None:
    """Let a paused check wait for its next ping.

    \b
    Example:
      nightbell check resume backup
    """
    api = connect(ctx)
    show(api.resume(_code(api, identifier)), as_json=as_json)


@check.command("snooze")
@_the_check
@click.argument("seconds", metavar="LENGTH", type=LENGTH)
@as_json
@click.pass_context
def snooze_check(ctx: click.Context, identifier: str, seconds: int, as_json: bool) -> None:
    """Send no reminders that a check is down for a while.

    LENGTH is how long: 8h, 2d; 0 ends that.

    \b
    Example:
      nightbell check snooze backup 8h
    """
    api = connect(ctx)
    show(api.snooze(_code(api, identifier), {"seconds": seconds}), as_json=as_json)


@check.command("delete")
@_the_check
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_context
def delete_check(ctx: click.Context, identifier: str, yes: bool, as_json: bool) -> None:
    """Delete a check, with all that is known of its pings.

    \b
    Example:
      nightbell check delete backup --yes
    """
    api = connect(ctx)
    found = _find(api, identifier)
    if not yes:
        click.confirm(f"Delete the check {_called(found)}?", abort=True, err=True)
    show(api.delete(found.get("uuid", identifier)), as_json=as_json)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _code(api: Api, identifier: str) -> str:
    """Return what the API knows the check by."""
    if _CODE.fullmatch(identifier):
        return identifier
    found = _find(api, identifier)
    return str(found.get("uuid") or found["unique_key"])


def _find(api: Api, identifier: str) -> dict[str, Any]:
    """Return the check with this UUID or unique_key, else the one with this slug, or this name."""
    if _CODE.fullmatch(identifier):
        return api.check(identifier)
    everything = api.checks()
    for field in ("slug", "name"):
        found = [one for one in everything if one[field] == identifier]
        if len(found) > 1:
            raise click.ClickException(f"Several checks have this {field}: give a UUID.")
        if found:
            return found[0]
    raise click.ClickException("There is no such check in this project.")


def _called(check: dict[str, Any]) -> str:
    name = check["name"] or check["slug"]
    return f'"{name}"' if name else "without a name"
