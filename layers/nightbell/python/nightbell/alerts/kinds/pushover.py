"""Pushover: a push message to a user or a group.

As documented at https://pushover.net/api and https://pushover.net/api/receipts
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, number, text
from nightbell.alerts.outcome import NothingToSend
from nightbell.domain.check import Reason, Status

_KEY = "[A-Za-z0-9_-]+"
_NOT_SENT, _EMERGENCY = -3, 2
_PRIORITIES = "-2 to 1; 2 rings until somebody acknowledges it; -3: nothing is sent"

# A repetition each 30 seconds at the most, for three hours at the longest.
_SHORTEST, _LONGEST = 30, 10_800

KIND = Kind(
    code="po",
    title="Pushover",
    about="A push message, with priority 2 until somebody acknowledges it.",
    settings=(
        text("user", "Key of the user or group", secret=True, pattern=_KEY),
        text(
            "token",
            "Token of the application",
            "One that you made at Pushover",
            secret=True,
            pattern=_KEY,
        ),
        number("priority_down", "Priority when down", _NOT_SENT, _EMERGENCY, 0, _PRIORITIES),
        number("priority_up", "Priority when up", _NOT_SENT, _EMERGENCY, 0, _PRIORITIES),
        number("retry", "Seconds from ring to ring", _SHORTEST, _LONGEST, 300, "With priority 2"),
        number("expire", "Seconds to ring", _SHORTEST, _LONGEST, _LONGEST, "With priority 2"),
    ),
)

_API = "https://api.pushover.net/1"

# Characters
_MAX_TITLE = 250
_MAX_MESSAGE = 1024
_MAX_URL = 512


def send(alert: Alert, settings: Settings) -> None:
    """Send the message; raises NothingToSend, Passing or Permanent."""
    was_ringing = settings["priority_down"] == _EMERGENCY and _ends_ringing(alert)
    if was_ringing:
        # Before the message: if it is tried again, that is of no harm.
        _post(f"receipts/cancel_by_tag/{alert.unique_key}.json", {"token": settings["token"]})
    priority = settings[f"priority_{alert.status.value}"]
    if priority == _NOT_SENT:
        if was_ringing:
            return
        raise NothingToSend
    form = {
        "token": settings["token"],
        "user": settings["user"],
        "title": wording.cut(wording.title(alert), _MAX_TITLE),
        "message": wording.plain_text(alert, _MAX_MESSAGE),
        "priority": str(priority),
    }
    if alert.url and len(alert.url) <= _MAX_URL:
        form["url"] = alert.url
    if priority == _EMERGENCY:
        form["retry"] = str(settings["retry"])
        form["expire"] = str(settings["expire"])
        form["tags"] = alert.unique_key
    _post("messages.json", form)


def _ends_ringing(alert: Alert) -> bool:
    """Tell whether an earlier message about the check is to ring no more: this one replaces it."""
    return alert.status is Status.UP or alert.reason is Reason.NAG


def _post(path: str, form: Mapping[str, str]) -> None:
    answer = http.send(
        "POST",
        f"{_API}/{path}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )
    # Pushover names what is wrong; other faults of a message may be Nightbell's own.
    unknown = "invalid" in (answer.member("user"), answer.member("token"))
    errors = answer.member("errors")
    http.require_success(
        answer,
        permanent={400} if unknown else (),
        explanation="; ".join(map(str, errors)) if isinstance(errors, list) else "",
    )
