"""Microsoft Teams: an Adaptive Card, by a workflow that starts when a webhook is called.

As documented at https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-
microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498; cards at https://adaptivecards.io/explorer/.
"""

import json
from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, url
from nightbell.alerts.wording import Fact
from nightbell.domain.check import Status

KIND = Kind(
    code="msteamsw",
    title="Microsoft Teams",
    about="A card in a channel or a chat, by a workflow.",
    settings=(
        url(
            "url",
            "Address of the workflow's webhook",
            "Of a workflow that starts when a Teams webhook request is received",
        ),
    ),
)

# The signature in the address is not valid any more (401), the workflow is gone (404).
_PERMANENT = {401, 404}

# A message may have about 28 KB when Teams has made its own form of it.
_MAX_BYTES = 20_000


def send(alert: Alert, settings: Settings) -> None:
    """Post the alert; raises Passing or Permanent."""
    answer = http.post_json(settings["url"], _message(alert))
    # Of the error's fields the message names the workflow and tenant; the code is one word. Without
    # one the answer is that of something else.
    code = answer.text("error", "code")
    permanent = _PERMANENT if code else set()
    # A workflow that was only turned off has another state, and can be turned on again.
    if code == "WorkflowTriggerIsNotEnabled" and "'Deleted'" in answer.text("error", "message"):
        permanent = {answer.status}
    http.require_success(answer, permanent=permanent, explanation=code)


def _message(alert: Alert) -> dict[str, Any]:
    card = wording.fitted(
        alert,
        lambda facts, tail: _card(alert, facts, tail),
        _MAX_BYTES,
        lambda card: len(json.dumps(card)),
    )
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def _card(alert: Alert, facts: list[Fact], tail: str) -> dict[str, Any]:
    """Return the card. All its text is in text runs: those are not read as Markdown."""
    color = "Good" if alert.status is Status.UP else "Attention"
    body = [
        _line(_run(wording.title(alert), color=color, size="Large", weight="Bolder")),
        _line(_run(wording.summary(alert))),
        *(_line(_run(f"{fact.label}: ", weight="Bolder"), _run(fact.text)) for fact in facts),
    ]
    if tail:
        body += [
            _line(_run("The last ping said:", weight="Bolder")),
            _line(_run(tail, fontType="Monospace")),
        ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": wording.title(alert),
        "msteams": {"width": "Full"},
        "body": body,
    }
    if alert.url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Details", "url": alert.url}]
    return card


def _line(*runs: dict[str, str]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: str) -> dict[str, str]:
    # A space of no width takes its meaning from {{DATE(…)}}, which cards replace by a date.
    return {"type": "TextRun", "text": text.replace("{{", "{\u200b{"), **style}
