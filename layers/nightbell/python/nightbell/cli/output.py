"""What commands print: for people, or as JSON."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_V = TypeVar("_V")

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def progress(label: str, length: int) -> "ProgressBar[int]":
    """Return a bar to use as a context, for work of so many steps; it shows on a terminal only."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def progress_over(label: str, items: Iterable[_V]) -> "ProgressBar[_V]":
    """Return a bar to use as a context, and to iterate over in place of so many items."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(items, label=label, show_pos=True, file=sys.stderr, hidden=hidden)


def show(document: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: a line for each member, also for those of an object in it."""
    if as_json:
        click.echo(json.dumps(document))
        return
    lines = dict(_lines(document))
    width = max(map(len, lines))
    for name, value in lines.items():
        click.echo(f"{name:{width}}  {as_text(value)}".rstrip())


def show_list(
    rows: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
    document: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Print things of one sort, as a table; as JSON the rows, or the document if there is one."""
    if as_json:
        click.echo(json.dumps(rows if document is None else document))
        return
    if not rows:
        click.echo("none")
        return
    table = [list(rows[0]), *([as_text(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = zip(line, widths, strict=True)
        click.echo("  ".join(f"{cell:{width}}" for cell, width in cells).rstrip())


def _lines(document: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for name, value in document.items():
        if isinstance(value, dict) and value:
            lines += _lines(value, f"{prefix}{name}.")
        else:
            lines.append((prefix + name, value))
    return lines


def as_text(value: Any) -> str:
    """Return a value on one line, without what could control a terminal."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return "".join(char if char.isprintable() else "�" for char in value)
    return json.dumps(value)
