"""Discord: a message with an embed, by a webhook.

As documented at https://docs.discord.com/developers/resources/webhook#execute-webhook, the limits
at https://docs.discord.com/developers/resources/message#embed-object-embed-limits.
"""

from typing import Any

from nightbell.alerts import http, markdown, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, url
from nightbell.alerts.wording import Fact
from nightbell.domain.check import Status

KIND = Kind(
    code="discord",
    title="Discord",
    about="A message in a channel or a thread, by a webhook.",
    settings=(url("url", "Address of the webhook", "With ?thread_id=… behind it for a thread"),),
)

# Of Discord's error codes: unknown channel (or thread), unknown webhook, invalid webhook token.
_GONE = (10003, 10015, 50027)

_GREEN, _RED = 0x2EB67D, 0xD0021B

_MAX_CHARS = 6000  # of all texts of an embed together
_MAX_FIELD = 500  # half of what a field may have: each character may get a backslash


def send(alert: Alert, settings: Settings) -> None:
    """Post the alert; raises Passing or Permanent."""
    # Only when it waits for the message to be stored does Discord say that it was not.
    answer = http.post_json(http.with_query(settings["url"], wait="true"), _message(alert))
    permanent = {answer.status} if answer.member("code") in _GONE else set()
    http.require_success(
        answer.with_pause(answer.member("retry_after")),
        permanent=permanent,
        explanation=answer.text("message"),
    )


def _message(alert: Alert) -> dict[str, Any]:
    title = markdown.escape(wording.title(alert))

    def write(facts: list[Fact], tail: str) -> dict[str, Any]:
        description = markdown.escape(wording.summary(alert))
        if tail:
            description += f"\n{_block(tail)}"
        return {
            "title": title,
            "description": description,
            "color": _GREEN if alert.status is Status.UP else _RED,
            "timestamp": alert.since.isoformat(),
            "fields": [
                {
                    "name": fact.label,
                    "value": markdown.keep_links(
                        wording.cut(fact.text, _MAX_FIELD), markdown.escape
                    ),
                    "inline": len(fact.text) < 40,
                }
                for fact in facts
            ],
            **({"url": alert.url} if alert.url else {}),
        }

    return {
        # What a phone shows first. Discord would fetch an address in it and show what is there.
        "content": title.replace("://", ":\u200b//"),
        "embeds": [wording.fitted(alert, write, _MAX_CHARS, _chars)],
        "allowed_mentions": {"parse": []},  # nobody is mentioned, whatever a text says
    }


def _chars(embed: dict[str, Any]) -> int:
    fields = (field["name"] + field["value"] for field in embed["fields"])
    return sum(map(len, (embed["title"], embed["description"], *fields)))


def _block(text: str) -> str:
    # Here a block of code ends at the first three backticks, however many it began with: spaces of
    # no width keep them apart.
    apart = text.replace("`", "`\u200b")
    return f"```\n{apart}\n```"
