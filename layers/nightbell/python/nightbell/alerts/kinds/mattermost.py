"""Mattermost: a message with an attachment, by an incoming webhook.

As documented at https://developers.mattermost.com/integrate/webhooks/incoming/ and
https://developers.mattermost.com/integrate/reference/message-attachments/
"""

from typing import Any

from nightbell.alerts import http, markdown, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, url
from nightbell.domain.check import Status

KIND = Kind(
    code="mattermost",
    title="Mattermost",
    about="A message in a channel, by an incoming webhook.",
    settings=(url("url", "Address of the incoming webhook"),),
)

# With this and status 404 it says that the webhook's channel is gone; another 404 may be that of a
# proxy. "Invalid webhook" (400) is no reason to give up: it says so as well while its own database
# does not answer.
_CHANNEL_GONE = "web.incoming_webhook.channel.app_error"


def send(alert: Alert, settings: Settings) -> None:
    """Post the alert; raises Passing or Permanent."""
    answer = http.post_json(settings["url"], _message(alert))
    error = answer.text("id")
    http.require_success(
        answer,
        permanent={404} if error == _CHANNEL_GONE else (),
        explanation=answer.text("message") if error else "",
    )


def _message(alert: Alert) -> dict[str, Any]:
    """Return the message. What others wrote is code: Mattermost mentions nobody in that."""
    title = markdown.code(wording.title(alert))
    tail = wording.body_tail(alert)
    text = [wording.summary(alert)]
    if tail:
        text += ["The last ping said:", markdown.block(tail)]
    return {
        "text": title,
        "attachments": [
            {
                "color": "#2eb67d" if alert.status is Status.UP else "#d0021b",
                "fallback": wording.summary(alert),
                "text": "\n".join(text),
                "fields": [
                    {
                        "title": fact.label,
                        "value": markdown.keep_links(wording.one_line(fact.text), markdown.code),
                        "short": len(fact.text) < 40,
                    }
                    for fact in wording.facts(alert)
                ],
                **({"title": "Details", "title_link": alert.url} if alert.url else {}),
            }
        ],
    }
