"""Telegram: a message from a bot to a person, a group or a channel.

As documented at https://core.telegram.org/bots/api#sendmessage and, for errors,
https://core.telegram.org/bots/api#making-requests
"""

import re
from html import escape
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.http import Answer
from nightbell.alerts.kind import Kind, Settings, number, text
from nightbell.alerts.wording import Fact

KIND = Kind(
    code="telegram",
    title="Telegram",
    about="A message from your bot to a person, a group or a channel.",
    settings=(
        text(
            "token",
            "Token of the bot",
            "From BotFather",
            secret=True,
            pattern=r"[0-9]+:[A-Za-z0-9_-]+",
        ),
        text(
            "chat",
            "Chat",
            "Its id, or @name of a public channel",
            pattern=r"-?[0-9]{1,16}|@[A-Za-z0-9_]+",
            is_target=True,
        ),
        number("thread", "Topic", 0, 2**31 - 1, 0, "Its id, in a group that has topics"),
    ),
)

_API = "https://api.telegram.org"

# The token is not valid (401, 404); the bot was blocked or removed, or the account deleted (403).
_PERMANENT = {401, 403, 404}
# What the descriptions of errors with status 400 begin with when it is the same with 400.
_GONE = ("bad request: chat not found", "bad request: message thread not found")

_MAX_CHARS = 4096  # without tags, counted as UTF-16

# Behind a space or at the beginning these make a command or a hashtag, anywhere a mention.
_MEANING = re.compile(r"@|(?<!\S)[/#](?=\w)")


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert; raises Passing or Permanent."""
    answer = _post(settings["chat"], alert, settings)
    # A group that became a supergroup has another id since, which Telegram tells.
    moved_to = answer.member("parameters", "migrate_to_chat_id")
    if isinstance(moved_to, int):
        answer = _post(moved_to, alert, settings)
    description = answer.text("description")
    gone = answer.status == 400 and description.lower().startswith(_GONE)
    http.require_success(
        answer.with_pause(answer.member("parameters", "retry_after")),
        permanent=_PERMANENT | ({400} if gone else set()),
        explanation=description,
    )


def _post(chat: str | int, alert: Alert, settings: Settings) -> Answer:
    document: dict[str, Any] = {
        "chat_id": chat,
        "text": wording.fitted(
            alert, lambda facts, tail: _text(alert, facts, tail), _MAX_CHARS, _utf16_length
        ),
        "parse_mode": "HTML",
        # Nothing is fetched from addresses in what jobs and users wrote.
        "link_preview_options": {"is_disabled": True},
    }
    if settings["thread"]:
        document["message_thread_id"] = settings["thread"]
    return http.post_json(f"{_API}/bot{settings['token']}/sendMessage", document)


def _text(alert: Alert, facts: list[Fact], tail: str) -> str:
    lines = [f"<b>{_literal(wording.title(alert))}</b>", _literal(wording.summary(alert)), ""]
    lines += [f"<b>{fact.label}</b>: {_literal(fact.text)}" for fact in facts]
    if tail:
        lines += ["", "The last ping said:", f"<pre>{escape(tail, quote=False)}</pre>"]
    if alert.url:
        lines += ["", f'<a href="{escape(alert.url)}">Details</a>']
    return "\n".join(lines)


def _literal(text: str) -> str:
    """Return the text as HTML, without mentions and commands: a space of no width breaks them."""
    return escape(_MEANING.sub("\\g<0>\u200b", text), quote=False)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
