"""GET and POST /unsubscribe/{project}/{channel}/{signature}: end the alerts of a channel.

Only POST does it: programs that look through mail open every address in it. It is also what mail
programs send for `List-Unsubscribe-Post`, as in RFC 8058.
"""

from contextlib import suppress
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.alerts.unsubscribe import is_valid
from nightbell.domain.errors import NotFound
from nightbell.store import channels, projects
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.pages import page

app = create_app()


@app.get("/unsubscribe/<project>/<channel>/<signature>")
def show_button(project: str, channel: str, signature: str) -> Response[Any]:
    _require_signature(project, channel, signature)
    return page(
        "End these alerts",
        "Nothing will be sent to this address any more, until it is enabled again.",
        button="Send no more alerts",
    )


@app.post("/unsubscribe/<project>/<channel>/<signature>")
def unsubscribe(project: str, channel: str, signature: str) -> Response[Any]:
    now = clock.now()
    _require_signature(project, channel, signature)
    with suppress(NotFound):  # deleted, which ends them as well
        channels.disable(channels.get(project, channel), "unsubscribed by the recipient", now)
    return page("No more alerts", "Nothing will be sent to this address any more.")


def _require_signature(project: str, channel: str, signature: str) -> None:
    secret = projects.get(require_uuid(project)).badge_secret
    if not is_valid(signature, require_uuid(channel), secret):
        raise NotFound


lambda_handler = entry_point(app)
