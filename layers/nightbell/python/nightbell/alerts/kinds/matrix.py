"""Matrix: a message in a room.

As documented at https://spec.matrix.org/v1.11/client-server-api/
"""

import json
from html import escape
from typing import Any
from urllib.parse import quote

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.http import Answer
from nightbell.alerts.kind import Kind, Settings, text, url

KIND = Kind(
    code="matrix",
    title="Matrix",
    about="A message in a room that is not encrypted.",
    settings=(
        url(
            "homeserver",
            "Address of the homeserver",
            "https://matrix.org, for example",
            secret=False,
        ),
        text(
            "access_token", "Access token of the account that sends", secret=True, max_length=1000
        ),
        text(
            "room",
            "Room",
            "Its id (!…) or alias (#…:server); an invitation to it is accepted",
            max_length=255,
            pattern=r"!\S+|#\S+:\S+",
            is_target=True,
        ),
    ),
)

# Error codes: the token or its account is gone; the account is not invited to the room, banned from
# it, or may not write there.
_PERMANENT = ("M_FORBIDDEN", "M_MISSING_TOKEN", "M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED")


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert, after joining the room where needed; raises Passing or Permanent."""
    room: str = settings["room"]
    if room.startswith("#"):
        _send_to(_join(room, settings), alert, settings)
        return
    answer = _put(room, alert, settings)
    if answer.text("errcode") == "M_FORBIDDEN":  # perhaps only invited yet
        _send_to(_join(room, settings), alert, settings)
        return
    _require_success(answer)


def _send_to(room_id: str, alert: Alert, settings: Settings) -> None:
    _require_success(_put(room_id, alert, settings))


def _join(room: str, settings: Settings) -> str:
    """Return the room's id; joining again changes nothing."""
    answer = _request("POST", f"join/{quote(room, safe='')}", {}, settings)
    _require_success(answer)
    return answer.text("room_id") or room


def _put(room_id: str, alert: Alert, settings: Settings) -> Answer:
    # A server takes a transaction once: an alert that is sent again is not shown twice.
    path = (
        f"rooms/{quote(room_id, safe='')}/send/m.room.message/{quote(alert.delivery_id, safe='')}"
    )
    return _request("PUT", path, _message(alert), settings)


def _request(method: str, path: str, document: dict[str, Any], settings: Settings) -> Answer:
    address = f"{settings['homeserver'].rstrip('/')}/_matrix/client/v3/{path}"
    headers = {
        "Authorization": f"Bearer {settings['access_token']}",
        "Content-Type": "application/json",
    }
    return http.send(method, address, headers=headers, body=json.dumps(document).encode())


def _require_success(answer: Answer) -> None:
    milliseconds = answer.member("retry_after_ms")
    if isinstance(milliseconds, int | float):
        answer = answer.with_pause(-(-milliseconds // 1000))
    code = answer.text("errcode")
    http.require_success(
        answer,
        permanent={answer.status} if code in _PERMANENT else (),
        explanation=code,
    )


def _message(alert: Alert) -> dict[str, Any]:
    title = wording.title(alert)
    return {
        "msgtype": "m.text",  # of an m.notice no phone rings
        "body": f"{title}\n{wording.plain_text(alert)}",
        "format": "org.matrix.custom.html",
        "formatted_body": _html(alert),
        "m.mentions": {},  # nobody is mentioned, whatever a text says
    }


def _html(alert: Alert) -> str:
    tail = wording.body_tail(alert)
    facts = "".join(
        f"<li><strong>{fact.label}</strong>: {_lines(fact.text)}</li>"
        for fact in wording.facts(alert)
    )
    said = f"<p>The last ping said:</p><pre><code>{escape(tail)}</code></pre>" if tail else ""
    link = f'<p><a href="{escape(alert.url)}">Details</a></p>' if alert.url else ""
    return (
        f"<p><strong>{escape(wording.title(alert))}</strong><br>{escape(wording.summary(alert))}</p>"
        f"<ul>{facts}</ul>{said}{link}"
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
