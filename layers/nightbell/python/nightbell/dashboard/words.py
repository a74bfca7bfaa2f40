"""Times and lengths of time as people say them. The script says them in the same words."""

from datetime import date, datetime, timedelta

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def span(length: timedelta) -> str:
    """Return a length in its two largest units: `1 d 3 h`, `12 min`, `4.2 s`; no sign."""
    seconds = abs(length.total_seconds())
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    parts: list[tuple[int, str]] = []
    whole = int(seconds)
    for size, name in (*_UNITS, (1, "s")):
        count, whole = divmod(whole, size)
        if count or parts:
            parts.append((count, name))
    return " ".join(f"{count} {name}" for count, name in parts[:2] if count)


def relative(moment: datetime, now: datetime) -> str:
    """Return how far a moment is from now, in one unit: `now`, `in 12 min`, `3 h ago`."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < 5:
        return "now"
    length = _largest_unit(abs(seconds))
    return f"in {length}" if seconds > 0 else f"{length} ago"


def lasting(since: datetime, now: datetime) -> str:
    """Return for how long something has lasted, in one unit and at least a second: `12 min`."""
    return _largest_unit(max((now - since).total_seconds(), 1))


def _largest_unit(seconds: float) -> str:
    size, name = next(((s, n) for s, n in _UNITS if seconds >= s), (1, "s"))
    return f"{int(seconds // size)} {name}"


def moment(local: datetime, today: date, *, seconds: bool = False) -> str:
    """Return a moment by the clock of its zone, with its day unless that is today.

    `09:14`, `21 Nov 09:14`, `21 Nov 2025 09:14`; with seconds if asked for.
    """
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today:
        return clock
    day = f"{local.day} {local:%b}"
    return f"{day} {clock}" if local.year == today.year else f"{day} {local.year} {clock}"


def percent(part: float) -> str:
    """Return a part of 1 in percent, never as `100 %` or `0 %` unless it is: `99.98 %`."""
    hundredths = round(part * 1_000_000) // 100
    if 0 < part < 1:
        hundredths = min(max(hundredths, 1), 9_999)
    return f"{hundredths / 100:.2f}".removesuffix("0").removesuffix(".0") + " %"


def size(count: int) -> str:
    """Return a number of bytes: `0 B`, `240 B`, `9.8 kB`."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB"
