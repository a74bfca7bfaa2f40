"""Opsgenie: an alert that is created, and closed when the check is up again.

As documented at https://docs.opsgenie.com/docs/alert-api and https://docs.opsgenie.com/docs/response
"""

import re
from html import escape
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, choice, text
from nightbell.domain.check import Status

_HOSTS = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}

KIND = Kind(
    code="opsgenie",
    title="Opsgenie",
    about="An alert that is closed when the check is up again.",
    settings=(
        text("key", "Key of an API integration", secret=True, pattern="[0-9A-Za-z-]+"),
        choice("region", "Service region of the account", tuple(_HOSTS), "us"),
        choice("priority", "Priority", ("P1", "P2", "P3", "P4", "P5"), "P3"),
        text("team", "Name of the team to call", required=False, is_target=True),
    ),
)

_SOURCE = "Nightbell"

# Characters
_MAX_MESSAGE = 130
_MAX_DESCRIPTION = 15_000
_MAX_TAG = 50
_MAX_TAGS = 20  # tags

_NO_SUCH_KEY = 401
_NOT_FOR_ALERTS = (403, 40301)  # status, and Opsgenie's code beside it
_NO_KEY_AT_ALL = (422, "Key format is not valid!")  # status, and Opsgenie's message


def send(alert: Alert, settings: Settings) -> None:
    """Create or close the alert; raises Passing or Permanent."""
    address = f"{_HOSTS[settings['region']]}/v2/alerts"
    if alert.status is Status.UP:
        address += f"/{alert.unique_key}/close?identifierType=alias"
        document: dict[str, Any] = {"source": _SOURCE, "note": _description(alert)}
    else:
        document = _new_alert(alert, settings)
    answer = http.post_json(address, document, {"Authorization": f"GenieKey {settings['key']}"})
    message = answer.text("message")
    useless = (
        answer.status == _NO_SUCH_KEY
        or (answer.status, answer.member("code")) == _NOT_FOR_ALERTS
        or (answer.status, message) == _NO_KEY_AT_ALL
    )
    http.require_success(answer, permanent={answer.status} if useless else (), explanation=message)


def _new_alert(alert: Alert, settings: Settings) -> dict[str, Any]:
    document: dict[str, Any] = {
        "message": _escaped(wording.title(alert), _MAX_MESSAGE),
        # One more with the alias of an open alert is counted there.
        "alias": alert.unique_key,
        "description": _description(alert),
        "tags": [wording.cut(tag, _MAX_TAG) for tag in alert.tags[:_MAX_TAGS]],
        "entity": alert.project,
        "source": _SOURCE,
        "priority": settings["priority"],
    }
    if settings["team"]:
        document["responders"] = [{"type": "team", "name": settings["team"]}]
    return document


def _description(alert: Alert) -> str:
    return _escaped(wording.plain_text(alert), _MAX_DESCRIPTION)


def _escaped(text: str, limit: int) -> str:
    """Return the text as HTML, which these fields are, of so many characters."""
    html = escape(text, quote=False)
    return html if len(html) <= limit else re.sub("&[a-z]*$", "", html[: limit - 1]) + "…"
