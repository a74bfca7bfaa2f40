"""Zulip: a message to a stream or to people, sent by a bot.

As documented at https://zulip.com/api/send-message and https://zulip.com/api/rest-error-handling;
its Markdown at https://zulip.com/help/format-your-message-using-markdown has no escapes.
"""

import json
from base64 import b64encode
from urllib.parse import urlencode

from nightbell.alerts import http, markdown, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, choice, text, url
from nightbell.alerts.wording import Fact
from nightbell.domain.errors import InvalidSpec


def _check(settings: Settings) -> None:
    if settings["type"] == "private" and not _people(settings):
        raise InvalidSpec("settings.to", "has unexpected value")


KIND = Kind(
    code="zulip",
    title="Zulip",
    about="A message from your bot to a stream or to people.",
    settings=(
        url("site", "Address of the organization", "https://….zulipchat.com", secret=False),
        text("bot_email", "The bot's address", max_length=254, pattern=r"[^@:\s]+@[^@:\s]+"),
        text("api_key", "The bot's API key", secret=True),
        choice("type", "Where to", ("stream", "private"), "stream"),
        text(
            "to",
            "Stream or people",
            "Name of the stream, or mail addresses of people, separated by commas",
            is_target=True,
        ),
        text(
            "topic", "Topic", "In the stream; else the check's name", required=False, max_length=60
        ),
    ),
    check=_check,
)

_MAX_TOPIC = 60
_MAX_CONTENT = 10_000

# Codes of errors that no other try mends.
_PERMANENT = (
    "INVALID_API_KEY",
    "REALM_DEACTIVATED",
    "STREAM_DOES_NOT_EXIST",
    "UNAUTHORIZED",
    "USER_DEACTIVATED",
)


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert; raises Passing or Permanent."""
    login = b64encode(f"{settings['bot_email']}:{settings['api_key']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {login}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address = f"{settings['site'].rstrip('/')}/api/v1/messages"
    body = urlencode(_message(alert, settings)).encode()
    answer = http.send("POST", address, headers=headers, body=body)
    http.require_success(
        answer.with_pause(answer.member("retry-after")),
        permanent={answer.status} if answer.text("code") in _PERMANENT else (),
        explanation=answer.text("msg") if answer.text("result") == "error" else "",
    )


def _message(alert: Alert, settings: Settings) -> dict[str, str]:
    content = wording.fitted(alert, lambda facts, tail: _content(alert, facts, tail), _MAX_CONTENT)
    if settings["type"] == "private":
        return {"type": "private", "to": json.dumps(_people(settings)), "content": content}
    # One topic for each check, so that its ups and downs stand together.
    topic = settings["topic"] or wording.one_line(alert.name) or "unnamed"
    return {
        "type": "stream",
        "to": settings["to"],
        "topic": wording.cut(topic, _MAX_TOPIC),
        "content": content,
    }


def _content(alert: Alert, facts: list[Fact], tail: str) -> str:
    lines = [markdown.code(wording.title(alert)), wording.summary(alert), ""]
    for fact in facts:
        told = markdown.keep_links(wording.one_line(fact.text), markdown.code)
        lines.append(f"* **{fact.label}**: {told}")
    if alert.url:
        lines += ["", f"[Details]({alert.url})"]
    if tail:
        lines += ["", "The last ping said:", markdown.block(tail)]
    return "\n".join(lines)


def _people(settings: Settings) -> list[str]:
    return [address.strip() for address in settings["to"].split(",") if address.strip()]
