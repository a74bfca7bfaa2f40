"""Run a command and tell a check of its start and end."""

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from urllib.parse import quote
from uuid import uuid4

import click
from click.core import ParameterSource

from nightbell.cli.address import is_address
from nightbell.cli.job import CannotStart, Job
from nightbell.cli.monitor import Monitor

_FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP")
_WAYS = {"ping_url": "--ping-url", "uuid": "--uuid", "slug": "--slug"}


@click.command("exec", context_settings={"allow_interspersed_args": False})
@click.option(
    "--ping-url",
    envvar="NIGHTBELL_PING_URL",
    show_envvar=True,
    metavar="URL",
    help="Ping address of the check. Others see it on the command line: prefer the variable.",
)
@click.option(
    "--uuid",
    envvar="NIGHTBELL_UUID",
    show_envvar=True,
    help="The check by its UUID, below --ping-base.",
)
@click.option(
    "--slug",
    envvar="NIGHTBELL_SLUG",
    show_envvar=True,
    help="The check by its slug, below --ping-base, with --ping-key.",
)
@click.option(
    "--ping-key",
    envvar="NIGHTBELL_PING_KEY",
    show_envvar=True,
    metavar="KEY",
    help="Ping key of the project.",
)
@click.option(
    "--ping-base",
    envvar=["NIGHTBELL_PING_BASE", "PING_URL"],
    show_envvar=True,
    metavar="URL",
    help="What ping addresses begin with: the stack's output PingUrl, https://hc-ping.com.",
)
@click.option("--create", is_flag=True, help="Make the check if the slug is new.")
@click.option("--no-start", is_flag=True, help="Tell of the end only.")
@click.option("--no-output", is_flag=True, help="Send no output, and leave the command's alone.")
@click.option(
    "--body-limit",
    type=click.IntRange(0, 1_000_000),
    default=10_000,
    show_default=True,
    metavar="BYTES",
    help="How much of the end of the output is sent.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0, 3600),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long to try to tell of the end.",
)
@click.option("--quiet", is_flag=True, help="Do not say when the monitor cannot be told.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def exec_command(
    ctx: click.Context,
    uuid: str | None,
    slug: str | None,
    ping_url: str | None,
    ping_key: str | None,
    ping_base: str | None,
    create: bool,
    no_start: bool,
    no_output: bool,
    body_limit: int,
    patience: float,
    quiet: bool,
    command: tuple[str, ...],
) -> None:
    """Run a command, and tell a check how it goes.

    Tells when it starts, how it ends, and the end of its output. Exits as the command does: with
    its status, 128 + n if signal n ended it, 127 if there is no such command and 126 if it cannot
    be run. SIGTERM, SIGINT and SIGHUP are passed on to it. Whether or not the monitor can be
    reached, the command runs, at once; only at the end its news may take as long as --patience
    says.

    Output is passed through as it comes, both streams. The command sees a pipe for it, which ends
    with it; with --no-output it writes where nightbell would.

    \b
    Examples:
      NIGHTBELL_PING_URL=https://…/ping/UUID nightbell exec -- backup.sh --full
      nightbell exec --slug backup --create -- backup.sh
    """
    given = {"ping_url": ping_url, "uuid": uuid, "slug": slug}
    url = _address(_way(ctx, given), given, ping_base, ping_key)
    if create and not slug:
        raise click.UsageError("--create goes with --slug.")
    if create:
        url += "?create=1"
    keep = 0 if no_output else body_limit
    ctx.exit(_run(command, url, keep=keep, start=not no_start, patience=patience, quiet=quiet))


def _way(ctx: click.Context, given: dict[str, str | None]) -> str:
    """Return which of the options names the check: an option goes before a variable."""
    for source in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
        ways = [way for way in _WAYS if given[way] and ctx.get_parameter_source(way) is source]
        if len(ways) > 1:
            named = " and ".join(_WAYS[way] for way in ways)
            raise click.UsageError(f"Name the check once, not with {named}.")
        if ways:
            return ways[0]
    raise click.UsageError("Name the check with --ping-url, --uuid or --slug.")


def _address(way: str, given: dict[str, str | None], base: str | None, key: str | None) -> str:
    """Return the ping address of the check."""
    name = given[way] or ""
    if way != "ping_url":
        if not base:
            raise click.UsageError("Say with --ping-base what ping addresses begin with.")
        if way == "slug" and not key:
            raise click.UsageError("A slug needs the project's ping key: --ping-key.")
        parts = [name] if way == "uuid" else [key or "", name]
        name = "/".join([base.rstrip("/"), *(quote(part, safe="") for part in parts)])
    if not is_address(name):
        raise click.UsageError("The address to ping has to begin with https:// or http://.")
    return name


def _run(
    command: Sequence[str], url: str, *, keep: int, start: bool, patience: float, quiet: bool
) -> int:
    """Run the command beside its monitor, and return its status."""
    signals = _Signals()
    job: Job | None
    try:
        job = Job(command, keep=keep)
    except CannotStart as error:
        _say(error.message)
        job, status, output = None, error.status, error.message.encode(errors="replace")
    monitor = Monitor(url, str(uuid4()), _do_nothing if quiet else _say)
    if job:
        signals.go_to(job.signal)
        if start:
            monitor.started()
        status, output = job.wait(), job.output()
    with suppress(_Hurried):
        signals.go_to(signals.hurry)
        monitor.ended(status, output, within=patience)
    return status


class _Hurried(Exception):
    """Nobody is to wait any longer."""


class _Signals:
    """Signals that are meant for the command. Those that we were started to ignore stay ignored."""

    def __init__(self) -> None:
        """Keep them until there is somebody to take them."""
        self._early: list[int] = []
        self._take: Callable[[int], object] = self._early.append
        for number in (getattr(signal, name) for name in _FORWARDED):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._receive)

    def go_to(self, take: Callable[[int], object]) -> None:
        """Hand those that came, and all that will come, to this function."""
        self._take = take
        while self._early:
            take(self._early.pop(0))

    def hurry(self, _number: int) -> None:
        """Raise _Hurried, once."""
        self._take = _do_nothing
        raise _Hurried

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._take(number)


def _say(message: str) -> None:
    """Tell on standard error, whatever may have become of that."""
    with suppress(OSError):
        os.write(2, f"nightbell: {message}\n".encode(errors="replace"))


def _do_nothing(_of: object) -> None:
    """Leave it at that."""
