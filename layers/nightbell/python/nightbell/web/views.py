"""What the API shows of checks, pings, flips, channels, notifications and badges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain import badge
from nightbell.domain.channels import Channel
from nightbell.domain.check import Check, Flip, Kind, LoggedPing, Status, unique_key_of
from nightbell.domain.deadlines import Outage
from nightbell.domain.notification import Notification
from nightbell.domain.project import Project
from nightbell.domain.status import next_ping, run_is_overdue, shown_status
from nightbell.settings import settings


@dataclass(frozen=True)
class Urls:
    """Where this service is, as its client sees it."""

    site: str
    version: str

    def check(self, check: Check) -> str:
        """Return the address of a check in the version of the API that was asked."""
        return f"{self.site}/api/{self.version}/checks/{check.check_id}"

    def page(self, check: Check) -> str:
        """Return the address of the page that shows a check to people; it holds no secret."""
        return f"{self.site}/projects/{check.project_id}/checks/{check.unique_key}"

    def badge(self, check: Check) -> str:
        """Return the address of a check's own badge."""
        return f"{self.site}/b/2/{check.badge_key}.svg"

    def tag_badges(self, project: Project, tag: str | None) -> dict[str, str]:
        """Return the addresses of a tag's badge in all forms; of the badge for all if None."""
        signature = badge.signature(project.badge_secret, "*" if tag is None else tag)
        name = "" if tag is None else f"/{quote(tag, safe='')}"
        return {
            f"{fmt}{states}": f"{self.site}/badge/{project.badge_key}/{signature}{form}{name}.{fmt}"
            for fmt in badge.FORMATS
            for states, form in (("", "-2"), ("3", ""))
        }


def urls_of(event: APIGatewayProxyEvent, version: str) -> Urls:
    """Return the addresses as the request came: below the stage, or below a domain of one's own."""
    if settings.site_url:
        return Urls(settings.site_url.removesuffix("/"), version)
    context = event.request_context
    stage = context.path.removesuffix(event.path)
    return Urls(f"https://{context.domain_name}{stage}", version)


def check_json(
    check: Check, urls: Urls, now: datetime, *, read_only: bool = False
) -> dict[str, Any]:
    """Return the check as the API shows it to a key of this kind."""
    running = check.last_start is not None
    started = urls.version == "v1" and running and not run_is_overdue(check, now)
    document: dict[str, Any] = {
        "name": check.name,
        "slug": check.slug,
        "tags": check.tags,
        "desc": check.desc,
        "grace": int(check.grace.total_seconds()),
        "n_pings": check.n_pings,
        "status": "started" if started else shown_status(check, now).value,
        "started": running,
        "last_ping": _seconds(check.last_ping),
        "next_ping": _seconds(next_ping(check, now)),
        "manual_resume": check.manual_resume,
        "methods": check.methods,
        "subject": check.success_kw if check.filter_subject else "",
        "subject_fail": check.failure_kw if check.filter_subject else "",
        "start_kw": check.start_kw,
        "success_kw": check.success_kw,
        "failure_kw": check.failure_kw,
        "filter_subject": check.filter_subject,
        "filter_body": check.filter_body,
        "filter_http_body": check.filter_http_body,
        "filter_default_fail": check.filter_default_fail,
        "badge_url": urls.badge(check),
    }
    if urls.version == "v3":
        document |= _nagging(check, now)
    if check.last_duration is not None:
        document["last_duration"] = int(check.last_duration.total_seconds())
    if read_only:
        document["unique_key"] = check.unique_key
    else:
        url = urls.check(check)
        document |= {
            "uuid": check.check_id,
            "ping_url": settings.ping_url + check.check_id,
            "update_url": url,
            "pause_url": f"{url}/pause",
            "resume_url": f"{url}/resume",
            "channels": ",".join(sorted(check.channels)),
        }
    if check.kind is Kind.SIMPLE:
        document["timeout"] = int(check.timeout.total_seconds())
    else:
        document |= {"schedule": check.schedule, "tz": check.tz}
    return document


def ping_json(logged: LoggedPing, check: Check, urls: Urls) -> dict[str, Any]:
    """Return a ping as the log shows it."""
    ping = logged.ping
    document: dict[str, Any] = {
        "type": ping.kind.value,
        "date": ping.created.isoformat(timespec="microseconds"),
        "n": ping.n,
        "scheme": ping.scheme,
        "remote_addr": ping.remote_addr,
        "method": ping.method,
        "ua": ping.ua,
        "rid": ping.rid,
    }
    if logged.duration is not None:
        document["duration"] = round(logged.duration.total_seconds(), 2)
    has_body = logged.has_body
    document["body_url"] = f"{urls.check(check)}/pings/{ping.n}/body" if has_body else None
    return document


def flips_json(flips: Iterable[Flip], version: str) -> list[dict[str, Any]] | dict[str, Any]:
    """Return flips: the list itself in v3, an object that holds it before."""
    shown = [
        {"timestamp": _seconds(flip.created), "up": int(flip.new_status is Status.UP)}
        for flip in flips
    ]
    return shown if version == "v3" else {"flips": shown}


def channel_json(channel: Channel) -> dict[str, str]:
    """Return a channel as the list of channels shows it."""
    return {"id": channel.channel_id, "name": channel.name, "kind": channel.kind}


def channel_details_json(channel: Channel) -> dict[str, Any]:
    """Return all that is shown of a channel; of secret settings, that they are there."""
    return channel_json(channel) | {
        "settings": dict(channel.settings),
        "disabled": channel.disabled,
        "error": channel.error or None,
        "failing_since": _seconds(channel.failing_since),
        "created": _seconds(channel.created),
    }


def notification_json(notification: Notification, *, read_only: bool = False) -> dict[str, Any]:
    """Return what became of telling a channel about a flip, as shown to a key of this kind."""
    check_id = notification.check_id
    shown_id = unique_key_of(check_id) if read_only else check_id
    return {
        "check": None if notification.is_test else shown_id,
        "channel": notification.channel_id,
        "flip": _seconds(notification.flip),
        "status": notification.status.value,
        "reason": notification.reason.value,
        "state": notification.state.value,
        "attempts": notification.attempts,
        "error": notification.error or None,
        "updated": _seconds(notification.updated),
    }


def outage_json(outage: Outage) -> dict[str, str | None]:
    """Return a time in which nobody looked after deadlines."""
    return {"start": _seconds(outage.start), "end": _seconds(outage.end)}


def badges_json(project: Project, tags: Iterable[str], urls: Urls) -> Mapping[str, dict[str, str]]:
    """Return the addresses of the badges of these tags, and of the one for all checks."""
    badges = {tag: urls.tag_badges(project, tag) for tag in sorted(set(tags))}
    return badges | {"*": urls.tag_badges(project, None)}


def _nagging(check: Check, now: datetime) -> dict[str, Any]:
    """Return the members about reminders, which are there only where there is something to say."""
    document: dict[str, Any] = {}
    if check.nag_interval:
        document["nag_interval"] = int(check.nag_interval.total_seconds())
    if check.snoozed_until and check.snoozed_until > now:
        document["snoozed_until"] = _seconds(check.snoozed_until)
    return document


def _seconds(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
