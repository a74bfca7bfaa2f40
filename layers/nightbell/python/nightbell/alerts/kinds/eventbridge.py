"""EventBridge: an event on a bus, one of those that the service allows.

As documented at https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
What an event holds is described in docs/channels.md.
"""

import json
from datetime import datetime
from typing import Any

from nightbell.alerts import aws, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, text
from nightbell.alerts.outcome import Passing
from nightbell.domain.check import Reason, Status
from nightbell.domain.errors import InvalidSpec
from nightbell.settings import settings as deployment


def _check(settings: Settings) -> None:
    if not aws.is_listed(settings["bus"], deployment.alert_buses):
        raise InvalidSpec("settings.bus", "is not a bus that this service may put events on")


KIND = Kind(
    code="eventbridge",
    title="Amazon EventBridge",
    about="An event on a bus, for rules and other services of AWS.",
    settings=(
        text(
            "bus",
            "ARN of the event bus",
            "One that the service allows",
            max_length=400,
            pattern=r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9/._-]{1,256}",
            is_target=True,
        ),
    ),
    check=_check,
    is_set_up=lambda: bool(deployment.alert_buses),
)

_SERVICE = "Amazon EventBridge"
_NOT_ALLOWED = "this service may not put events on the bus"
_PASSING = {"AccessDeniedException": _NOT_ALLOWED}
_PERMANENT = {"ResourceNotFoundException": "the event bus does not exist"}


def send(alert: Alert, settings: Settings) -> None:
    """Put the alert on the bus; raises Passing or Permanent."""
    bus = settings["bus"]
    if not aws.is_listed(bus, deployment.alert_buses):
        # Whoever runs the service has changed its list, perhaps by mistake.
        raise Passing(_NOT_ALLOWED)
    entry = {
        "EventBusName": bus,
        "Source": "nightbell",
        "DetailType": _detail_type(alert),
        "Time": alert.sent,
        "Detail": json.dumps(_detail(alert)),
    }
    with aws.errors_of(_SERVICE, passing=_PASSING, permanent=_PERMANENT):
        answer = aws.client("events", aws.region_of(bus)).put_events(Entries=[entry])
    # Events are refused one by one, in an answer that is a success.
    if answer["FailedEntryCount"]:
        code = answer["Entries"][0].get("ErrorCode", "nothing")
        raise aws.failure(_SERVICE, code, passing=_PASSING, permanent=_PERMANENT)


def _detail_type(alert: Alert) -> str:
    if alert.reason is Reason.NAG:
        return "Check Still Down"
    return "Check Up" if alert.status is Status.UP else "Check Down"


def _detail(alert: Alert) -> dict[str, Any]:
    """Return all fields, null where there is nothing; moments in ISO 8601, lengths in seconds."""
    last_ping = alert.last_ping
    return {
        "delivery": alert.delivery_id,
        "test": alert.is_test,
        "status": alert.status.value,
        "reason": alert.reason.value,
        "since": _iso(alert.since),
        "project": alert.project,
        "check": {
            "name": alert.name,
            "slug": alert.slug,
            "tags": list(alert.tags),
            "desc": wording.cut(alert.desc, 1000),
            "unique_key": alert.unique_key,
            "schedule": alert.schedule,
            "url": alert.url or None,
        },
        "expected": _iso(alert.expected),
        "run_started": _iso(alert.run_started),
        "last_ping": last_ping
        and {
            "created": _iso(last_ping.created),
            "kind": last_ping.kind.value,
            "exitstatus": last_ping.exitstatus,
            "body_tail": wording.body_tail(alert),
        },
        "down_for": None if alert.down_for is None else int(alert.down_for.total_seconds()),
        "title": wording.title(alert),
        "summary": wording.summary(alert),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
