"""Mails that came back, and recipients who complained.

Amazon SES takes a mail and tells later that nobody got it, by an event to an SNS topic. Each mail
is marked with its channel, and the event has the marks:
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from nightbell.alerts import operator
from nightbell.alerts.alert import Alert
from nightbell.domain.errors import NotFound
from nightbell.settings import settings
from nightbell.store import channels


def marks(alert: Alert) -> dict[str, Any]:
    """Return what to tell SES with a mail so that its events come, and name the channel."""
    if not settings.mail_configuration:
        return {}
    tags = {"project": alert.project_id, "channel": alert.channel_id}
    return {
        "ConfigurationSetName": settings.mail_configuration,
        "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
    }


def record(event: Mapping[str, Any], now: datetime) -> None:
    """Disable the channel whose mail came back for good, or was complained about."""
    error = _error(event)
    tags = event["mail"].get("tags", {})
    if error is None or "channel" not in tags:
        return
    (project_id,), (channel_id,) = tags["project"], tags["channel"]
    try:
        channel = channels.get(project_id, channel_id)
    except NotFound:
        return
    if channels.disable(channel, error, now):
        operator.report("A channel has been disabled", replace(channel, error=error))


def _error(event: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the address, None if nothing that lasts."""
    match event["eventType"]:
        case "Bounce" if event["bounce"]["bounceType"] == "Permanent":
            return "mail to the address came back"
        case "Complaint":
            return "the recipient complained about a mail"
    return None
