"""Gotify: a push message by one's own server.

As documented at https://gotify.net/docs/pushmsg and https://gotify.net/docs/msgextras
"""

from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, number, text, url

_PRIORITIES = "The app vibrates from 8 on, makes a sound from 4 on, and is silent below"

KIND = Kind(
    code="gotify",
    title="Gotify",
    about="A push message by your own server.",
    settings=(
        url("url", "Address of the server"),
        text("token", "Token of the application", secret=True, pattern="[!-~]+"),
        number("priority_down", "Priority when down", 0, 10, 8, _PRIORITIES),
        number("priority_up", "Priority when up", 0, 10, 4, _PRIORITIES),
    ),
)

# The application is gone, or its token another. Only if Gotify itself says so.
_PERMANENT = {401, 403}


def send(alert: Alert, settings: Settings) -> None:
    """Post the message; raises Passing or Permanent."""
    document: dict[str, Any] = {
        "title": wording.title(alert),
        "message": wording.plain_text(alert),
        "priority": settings[f"priority_{alert.status.value}"],
        "extras": {"client::display": {"contentType": "text/plain"}},
    }
    if alert.url:
        document["extras"]["client::notification"] = {"click": {"url": alert.url}}
    address = settings["url"].rstrip("/") + "/message"
    answer = http.post_json(address, document, {"X-Gotify-Key": settings["token"]})
    from_gotify = answer.member("errorCode") == answer.status
    http.require_success(
        answer,
        permanent=_PERMANENT if from_gotify else (),
        explanation=answer.text("errorDescription") if from_gotify else "",
    )
