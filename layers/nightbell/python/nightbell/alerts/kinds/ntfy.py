"""ntfy: a push message by the public server, or by one's own.

As documented at https://docs.ntfy.sh/publish/#publish-as-json
"""

import json
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, number, text, url
from nightbell.alerts.outcome import NothingToSend

_PRIORITIES = "1 to 5; 0: nothing is sent"
_TAGS = r"[\w+-]+(,[\w+-]+)*"

KIND = Kind(
    code="ntfy",
    title="ntfy",
    about="A push message by ntfy.sh, or by your own server.",
    settings=(
        url("url", "Address of the server", required=False, default="https://ntfy.sh"),
        # Whoever knows the topic of a public server reads and writes it.
        text(
            "topic",
            "Topic to publish to",
            "Who knows it can read what is published, unless the server forbids it",
            secret=True,
            pattern="[-_A-Za-z0-9]{1,64}",
        ),
        text(
            "token",
            "Access token",
            "Where the server asks for one",
            required=False,
            secret=True,
            pattern="[!-~]+",
        ),
        number("priority_down", "Priority when down", 0, 5, 4, _PRIORITIES),
        number("priority_up", "Priority when up", 0, 5, 3, _PRIORITIES),
        text(
            "tags_down",
            "Emojis and tags when down",
            "Separated by commas",
            required=False,
            pattern=_TAGS,
            default="red_circle",
        ),
        text(
            "tags_up",
            "Emojis and tags when up",
            "Separated by commas",
            required=False,
            pattern=_TAGS,
            default="green_circle",
        ),
    ),
)

# A message of more bytes becomes an attachment.
_MAX_MESSAGE = 4096

# Token or password unknown, no right to write to the topic, no such topic possible. Only with these
# codes of its own: another server that stands in front of ntfy may be at fault for a while.
_PERMANENT_CODES = (40101, 40301, 40009, 40010)


def send(alert: Alert, settings: Settings) -> None:
    """Publish the alert; raises NothingToSend, Passing or Permanent."""
    status = alert.status.value
    if not settings[f"priority_{status}"]:
        raise NothingToSend
    document: dict[str, Any] = {
        "topic": settings["topic"],
        "title": wording.title(alert),
        "message": _message(alert),
        "priority": settings[f"priority_{status}"],
        "tags": settings[f"tags_{status}"].split(","),
    }
    if alert.url:
        document["click"] = alert.url
    headers = {"Content-Type": "application/json"}
    if settings["token"]:
        headers["Authorization"] = f"Bearer {settings['token']}"
    # Not in ASCII: ntfy reads no more than twice the size of a message.
    body = json.dumps(document, ensure_ascii=False).encode()
    answer = http.send("POST", settings["url"], headers=headers, body=body)
    code = answer.member("code")
    http.require_success(
        answer,
        permanent={answer.status} if code in _PERMANENT_CODES else (),
        explanation=answer.text("error") if isinstance(code, int) else "",
    )


def _message(alert: Alert) -> str:
    # A character has at most four bytes.
    for limit in (_MAX_MESSAGE, _MAX_MESSAGE // 2, _MAX_MESSAGE // 4):
        message = wording.plain_text(alert, limit)
        if len(message.encode()) <= _MAX_MESSAGE:
            break
    return message
