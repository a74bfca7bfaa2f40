"""Lengths of time, as people write them and read them."""

import re
from datetime import datetime, timedelta
from typing import Any

import click

_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}  # seconds
_PARTS = re.compile(r"(?:\d{1,9}[wdhms] ?)+", re.ASCII)
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


class _Length(click.ParamType[int]):
    """Seconds, written as such or in larger units: 90, 5m, 1h30m, 2d."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if _SECONDS.fullmatch(text):
            return int(text)
        if _PARTS.fullmatch(text):
            parts = re.findall(r"(\d+)([wdhms])", text)
            return sum(int(number) * _UNITS[unit] for number, unit in parts)
        self.fail(f"{text!r} is no length such as 90 (seconds), 5m, 1h30m or 2d.", param, ctx)


LENGTH = _Length()


def in_words(seconds: float) -> str:
    """Return a length in its two largest units, down to whole seconds: 1d 2h, 90s is 1m 30s."""
    rest, parts = int(seconds), []
    for unit, size in _UNITS.items():
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"


def from_now(moment: str | None, now: datetime) -> str:
    """Return how far away a moment in ISO 8601 is: 5m ago, in 2h; nothing for None."""
    if moment is None:
        return ""
    distance = datetime.fromisoformat(moment) - now
    if distance > timedelta(0):
        return f"in {in_words(distance.total_seconds())}"
    return f"{in_words(-distance.total_seconds())} ago"
