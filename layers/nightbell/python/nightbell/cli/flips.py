"""Flips: dispatched once more."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import click

from nightbell import clock
from nightbell.cli.deployment import require
from nightbell.cli.output import as_json, progress_over, show

if TYPE_CHECKING:
    from nightbell.alerts.dispatch import Announcement

_AT_ONCE = 500  # flips


def _moment(text: str) -> datetime:
    """Return a moment in ISO 8601, which is in UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no moment such as 2026-03-01T12:00 or 2026-03-01T13:00+01:00."
        ) from None


@click.group()
def flips() -> None:
    """Deal with changes of status.

    \b
    Example:
      nightbell --stack nightbell flips dispatch --from 2026-03-01T12:00
    """


@flips.command("dispatch")
@click.option("--from", "start", type=_moment, required=True, metavar="MOMENT", help="Since when.")
@click.option(
    "--to", "end", type=_moment, metavar="MOMENT", help="Until when; until now if not given."
)
@click.option("--project", "project_id", metavar="PROJECT", help="Of this project only.")
@as_json
@click.pass_context
def dispatch_flips(
    ctx: click.Context,
    start: datetime,
    end: datetime | None,
    project_id: str | None,
    as_json: bool,
) -> None:
    """Tell channels about the flips of a period once more.

    For flips that were lost on their way, as the alarm for failed dispatches says. It reads the
    whole Flips table, and may be repeated: no channel hears twice of what it has been told.

    Moments are in UTC unless they say otherwise.

    \b
    Example:
      nightbell flips dispatch --from 2026-03-01T12:00 --to 2026-03-01T18:00
    """
    from nightbell.alerts.dispatch import dispatch
    from nightbell.domain.alerts import is_announced

    require("alert_queue")
    now = clock.now()
    end = end or now
    if end <= start:
        raise click.UsageError("The end is not after the start.")
    counts = {"flips": 0, "dispatched": 0, "failed": 0}
    with progress_over("Flips", _found(start, end, project_id)) as bar:
        found = iter(bar)
        # After a failure no more, for a later flip would be told before.
        while not counts["failed"] and (batch := list(islice(found, _AT_ONCE))):
            announced = [one for one in batch if is_announced(one.flip)]
            failed = dispatch(announced, now)
            counts["flips"] += len(batch)
            counts["dispatched"] += len(announced) - len(failed)
            counts["failed"] += len(failed)
    show(counts, as_json=as_json)
    if counts["failed"]:
        click.echo("Some could not be dispatched, and none after them was. Try again.", err=True)
        ctx.exit(1)


def _found(start: datetime, end: datetime, project_id: str | None) -> "Iterator[Announcement]":
    from nightbell.alerts.dispatch import Announcement
    from nightbell.store import flips

    for owner, check_id, flip in flips.scan_between(start, end):
        if project_id in (None, owner):
            yield Announcement(owner, check_id, flip)
