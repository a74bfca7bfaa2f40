"""Slack: a message by an incoming webhook.

As documented at https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ and
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments/: attachments
rather than blocks, because what else speaks Slack's webhooks knows only those.
"""

import re
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, url
from nightbell.domain.check import Status

KIND = Kind(
    code="slack",
    title="Slack",
    about="A message in a channel, by an incoming webhook; also what else takes Slack's webhooks.",
    settings=(url("url", "Address of the incoming webhook", "https://hooks.slack.com/services/…"),),
)

# The webhook, its channel or its workspace is gone (no_service, no_active_hooks, channel_not_found,
# channel_is_archived, team_disabled), or may not be used (invalid_token, action_prohibited).
_PERMANENT = {403, 404, 410}

# Slack says what is wrong in one such word; an answer with another body is that of something else,
# and not told.
_REASON = re.compile(rb"[a-z_]{1,60}")


def send(alert: Alert, settings: Settings) -> None:
    """Post the alert; raises Passing or Permanent."""
    answer = http.post_json(settings["url"], _message(alert))
    reason = _REASON.fullmatch(answer.body.strip())
    http.require_success(
        answer,
        permanent=_PERMANENT if reason else (),
        explanation=reason[0].decode() if reason else "",
    )


def _message(alert: Alert) -> dict[str, Any]:
    title, summary = _escape(wording.title(alert)), _escape(wording.summary(alert))
    tail = wording.body_tail(alert)
    said = {"title": "The last ping said", "text": _escape(tail), "mrkdwn_in": []}
    return {
        # Nothing is fetched from addresses in what jobs and users wrote.
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [
            {
                "color": "good" if alert.status is Status.UP else "danger",
                "fallback": f"{title}. {summary}",  # what a phone shows first
                "title": title,
                **({"title_link": alert.url} if alert.url else {}),
                "text": summary,
                "fields": [
                    {"title": fact.label, "value": _escape(fact.text), "short": len(fact.text) < 40}
                    for fact in wording.facts(alert)
                ],
                "mrkdwn_in": [],  # no field is read as Slack's Markdown
            },
            *([said] if tail else []),
        ],
    }


def _escape(text: str) -> str:
    """Return the text with what has a meaning for Slack taken literally, mentions among it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
