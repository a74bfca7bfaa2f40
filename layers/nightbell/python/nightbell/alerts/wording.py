"""What alerts say, in words that every kind of channel shares; each kind escapes them itself."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from nightbell.alerts.alert import Alert, LastPing
from nightbell.domain import schedule
from nightbell.domain.check import Reason, Signal, Status

# Characters that are told of a text that users wrote (a description may have 10,000), and of a
# body: its end, for there the error is.
_TEXT_CHARS = 1000
_TAIL_CHARS = 1000
# The same, for ever less room: a description goes before what the job said.
_LESS_AND_LESS = (
    (_TEXT_CHARS, _TAIL_CHARS),
    (500, _TAIL_CHARS),
    (200, _TAIL_CHARS),
    (50, _TAIL_CHARS),
    (50, 500),
    (50, 200),
    (50, 0),
)

# By these sequences programs colour what they print.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Tabs and line breaks are not among them; what turns the direction of text round is.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_T = TypeVar("_T")


class Fact(NamedTuple):
    """One line of an alert: a label and what is to be said under it, both plain text."""

    label: str
    text: str


def title(alert: Alert) -> str:
    """Return one short line: the check and what has happened to it."""
    verb = "is still" if alert.reason is Reason.NAG else "is"
    test = "[test] " if alert.is_test else ""
    return f"{test}{one_line(alert.name) or 'unnamed'} {verb} {alert.status.value.upper()}"


def summary(alert: Alert) -> str:
    """Return what happened, and when, in one sentence: true also if it is told late."""
    since = moment(alert.since, alert.tz)
    if alert.status is Status.UP:
        again = f"Up again after {span(alert.down_for)}: a" if alert.down_for else "A"
        return f"{again} success signal came at {since}."
    if alert.reason is Reason.NAG:
        return f"Down for {span(alert.sent - alert.since)}, since {since}."
    if alert.reason is Reason.FAIL:
        return f"The job reported a failure{_failed_with(alert.last_ping)} at {since}."
    if alert.run_started:
        started = moment(alert.run_started, alert.tz)
        return f"The job started at {started} and did not finish in time."
    if alert.expected:
        expected, grace = moment(alert.expected, alert.tz), span(alert.since - alert.expected)
        return f"The ping expected at {expected} did not come within {grace}."
    return "No ping came in time."


def facts(alert: Alert, limit: int = _TEXT_CHARS) -> list[Fact]:
    """Return what else a person needs to know, the most useful first; nothing is empty.

    `limit`: how many characters are told of each text that users wrote.
    """
    since = "Up since" if alert.status is Status.UP else "Down since"
    told = [
        Fact("Project", cut(one_line(alert.project), limit)),
        Fact(since, moment(alert.since, alert.tz)),
        Fact("Was down for", span(alert.down_for) if alert.down_for else ""),
        Fact("Expected", moment(alert.expected, alert.tz) if alert.expected else ""),
        Fact("Run started", moment(alert.run_started, alert.tz) if alert.run_started else ""),
        Fact("Last ping", _last_ping(alert.last_ping, alert)),
        Fact("Schedule", cut(one_line(alert.schedule), limit)),
        Fact("Tags", cut(one_line(" ".join(alert.tags)), limit)),
        Fact("Description", cut(_shown(alert.desc).strip(), limit)),
    ]
    return [fact for fact in told if fact.text]


def body_tail(alert: Alert, limit: int = _TAIL_CHARS) -> str:
    """Return the last characters of the last ping's body, "" if it has none.

    Of a mail the subject, and the last characters of its text.
    """
    if alert.last_ping is None or limit < 1:
        return ""
    ping = alert.last_ping
    subject = cut(one_line(ping.subject), limit // 2)
    head = f"{subject}\n\n" if subject else ""
    text = _shown((ping.body if ping.text is None else ping.text).decode(errors="replace")).strip()
    room = limit - len(head)
    tail = text if len(text) <= room else "…" + text[len(text) - room + 1 :]
    return f"{head}{tail}".rstrip()


def plain_text(alert: Alert, limit: int | None = None) -> str:
    """Return the whole alert as plain text of several lines, of at most `limit` characters."""

    def write(told: list[Fact], tail: str) -> str:
        lines = [summary(alert), "", *(f"{fact.label}: {fact.text}" for fact in told)]
        if tail:
            lines += ["", "The last ping said:", tail]
        if alert.url:
            lines += ["", alert.url]
        return "\n".join(lines)

    if limit is None:
        return write(facts(alert), body_tail(alert))
    return cut(fitted(alert, write, limit), limit)


def short_text(alert: Alert) -> str:
    """Return the alert in one line without its title, for where there is little room."""
    tags = one_line(" ".join(alert.tags))
    told = f" Tags: {tags}." if tags else ""
    return f"{summary(alert)} Project: {one_line(alert.project)}.{told}"


def fitted(
    alert: Alert,
    write: Callable[[list[Fact], str], _T],
    limit: int,
    size: Callable[[_T], int] = len,  # type: ignore[assignment]
) -> _T:
    """Return what `write` makes of the facts and the tail of the body, of at most this size.

    What is told of them is cut for it; title and summary are not. If that is not enough, the
    smallest that there is is returned.
    """
    for text_chars, tail_chars in _LESS_AND_LESS:
        message = write(facts(alert, text_chars), body_tail(alert, tail_chars))
        if size(message) <= limit:
            break
    return message


def cut(text: str, limit: int) -> str:
    """Return the text; if it has more characters than that, its beginning and a mark."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + "…" if limit > 0 else ""


def one_line(text: str) -> str:
    """Return the text with each run of white space and of what cannot be printed as one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def moment(at: datetime, tz: str) -> str:
    """Return a moment for people: in the check's zone, and in UTC if that is another."""
    utc = at.astimezone(UTC)
    local = schedule.in_zone(at, tz)
    if not local.utcoffset():
        return f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    day = "" if local.date() == utc.date() else f"{utc:%Y-%m-%d} "
    return f"{local:%Y-%m-%d %H:%M:%S} {tz} ({day}{utc:%H:%M:%S} UTC)"


def span(length: timedelta) -> str:
    """Return a length of time for people: in its largest unit and the one below that."""
    seconds = max(0, int(length.total_seconds()))
    counts: list[tuple[int, str]] = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if counts or count:
            counts.append((count, unit))
    told = [f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in counts[:2] if count]
    return " ".join(told) or "0 seconds"


def _shown(text: str) -> str:
    """Return the text without what would control a terminal, and with plain line breaks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _TERMINAL.sub("", lines))


def _failed_with(ping: LastPing | None) -> str:
    # Later pings than the one that failed may have come by now.
    if ping is None or ping.kind is not Signal.FAIL or not ping.exitstatus:
        return ""
    return f" (exit status {ping.exitstatus})"


def _last_ping(ping: LastPing | None, alert: Alert) -> str:
    if ping is None:
        return "never"
    signal = "ignored" if ping.kind is Signal.IGNORE else ping.kind.value
    status = f", exit status {ping.exitstatus}" if ping.exitstatus is not None else ""
    ago = span(alert.sent - ping.created)
    return f"{signal}{status}, {moment(ping.created, alert.tz)}, {ago} ago"
