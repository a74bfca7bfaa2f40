"""Google Chat: a card in a space, by an incoming webhook.

As documented at https://developers.google.com/workspace/chat/quickstart/webhooks and
https://developers.google.com/workspace/chat/format-messages#card-formatting
"""

import json
from html import escape
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, url
from nightbell.alerts.wording import Fact

KIND = Kind(
    code="googlechat",
    title="Google Chat",
    about="A card in a space, a thread for each check, by an incoming webhook.",
    settings=(url("url", "Address of the incoming webhook"),),
)

# Google's words for: the webhook, its token or its space is gone, or may not be used. Without one
# of these the answer may be that of something in between.
_PERMANENT = ("NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED")

_MAX_BYTES = 30_000  # of 32,000 for text and cards; the rest of the message takes some


def send(alert: Alert, settings: Settings) -> None:
    """Post the alert, all of a check in one thread; raises Passing or Permanent."""
    # Without this the key of the thread is not looked at, and each alert begins a thread.
    address = http.with_query(
        settings["url"], messageReplyOption="REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    )
    answer = http.post_json(address, _message(alert))
    # Of the error's fields the message may name projects and addresses; the status is one word.
    status = answer.text("error", "status")
    http.require_success(
        answer,
        permanent={answer.status} if status in _PERMANENT else (),
        explanation=status,
    )


def _message(alert: Alert) -> dict[str, Any]:
    title = wording.title(alert)
    return {
        "fallbackText": f"{title}. {wording.summary(alert)}",  # plain; what a phone shows first
        "thread": {"threadKey": alert.unique_key},
        "cardsV2": [
            {
                "cardId": "alert",
                "card": wording.fitted(
                    alert,
                    lambda facts, tail: _card(alert, facts, tail),
                    _MAX_BYTES,
                    lambda card: len(json.dumps(card)),
                ),
            }
        ],
    }


def _card(alert: Alert, facts: list[Fact], tail: str) -> dict[str, Any]:
    """Return the card. Its texts are HTML of a few tags, and mention nobody."""
    title, summary = _escape(wording.title(alert)), _escape(wording.summary(alert))
    widgets: list[dict[str, Any]] = [{"textParagraph": {"text": f"<b>{title}</b>\n{summary}"}}]
    widgets += [
        {
            "decoratedText": {
                "topLabel": fact.label,
                "text": _escape(fact.text),
                "wrapText": True,
            }
        }
        for fact in facts
    ]
    if tail:
        said = f"<b>The last ping said</b>\n{_escape(tail)}"
        widgets.append({"textParagraph": {"text": said}})
    if alert.url:
        button = {"text": "Details", "onClick": {"openLink": {"url": alert.url}}}
        widgets.append({"buttonList": {"buttons": [button]}})
    return {"sections": [{"widgets": widgets}]}


def _escape(text: str) -> str:
    return escape(text, quote=False)
