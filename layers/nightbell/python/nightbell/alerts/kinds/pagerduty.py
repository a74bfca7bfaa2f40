"""PagerDuty: an incident that is triggered, and resolved when the check is up again.

As documented at https://developer.pagerduty.com/docs/send-alert-event
"""

from typing import Any

from nightbell.alerts import http, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, choice, text
from nightbell.domain.check import Status

_HOSTS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}

KIND = Kind(
    code="pd",
    title="PagerDuty",
    about="An incident that is resolved when the check is up again.",
    settings=(
        text(
            "routing_key",
            "Integration key",
            "Of an Events API v2 integration: 32 letters and digits",
            secret=True,
            pattern="[0-9A-Za-z]{32}",
        ),
        choice("severity", "Severity", ("critical", "error", "warning", "info"), "critical"),
        choice("region", "Service region of the account", tuple(_HOSTS), "us"),
    ),
)

_MAX_SUMMARY = 1024  # characters


def send(alert: Alert, settings: Settings) -> None:
    """Trigger or resolve the incident; raises Passing or Permanent."""
    answer = http.post_json(f"{_HOSTS[settings['region']]}/v2/enqueue", _event(alert, settings))
    errors = answer.member("errors")
    explanation = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
    # Among the reasons for this answer it is the one that is the channel's.
    of_key = "routing_key" in explanation or "routing key" in explanation.lower()
    http.require_success(
        answer,
        permanent={400} if of_key else (),
        explanation=explanation or answer.text("message"),
    )


def _event(alert: Alert, settings: Settings) -> dict[str, Any]:
    details = {fact.label: fact.text for fact in wording.facts(alert)}
    if tail := wording.body_tail(alert):
        details["The last ping said"] = tail
    event: dict[str, Any] = {
        "routing_key": settings["routing_key"],
        "event_action": "resolve" if alert.status is Status.UP else "trigger",
        # A reminder adds to the incident that there is.
        "dedup_key": alert.unique_key,
        "client": "Nightbell",
        "payload": {
            "summary": wording.cut(
                f"{wording.title(alert)}. {wording.summary(alert)}", _MAX_SUMMARY
            ),
            "source": wording.one_line(alert.name) or "unnamed",
            "severity": settings["severity"],
            "timestamp": alert.since.isoformat(),
            "group": alert.project,
            "custom_details": details,
        },
    }
    if alert.url:
        event["client_url"] = alert.url
        event["links"] = [{"href": alert.url, "text": "The check in Nightbell"}]
    return event
