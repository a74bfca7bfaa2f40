"""What there is to tell about a flip, gathered from the store."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from nightbell.alerts.alert import Alert, LastPing
from nightbell.alerts.unsubscribe import url_for
from nightbell.alerts.wording import span
from nightbell.domain.alerts import Order
from nightbell.domain.channels import Channel
from nightbell.domain.check import Check, Flip, Kind, Reason, Signal, Status
from nightbell.domain.masking import Mask
from nightbell.domain.project import Project
from nightbell.domain.status import grace_start
from nightbell.store import flips, pings
from nightbell.web.views import Urls, check_json

_VERSION = "v3"


def gather(order: Order, check: Check, project: Project, now: datetime) -> Alert:
    """Return the alert about a flip of this check of this project."""
    flip = order.flip
    urls = _urls(order.site)
    last_ping = _last_ping(check, project)
    expected, run_started = _missed(flip, check)
    alert = Alert(
        delivery_id=order.delivery_id,
        status=flip.new_status,
        reason=flip.reason,
        since=(check.last_flip or flip.created) if flip.reason is Reason.NAG else flip.created,
        sent=now,
        project_id=order.project_id,
        channel_id=order.channel_id,
        project=project.name,
        code=check.check_id,
        unique_key=check.unique_key,
        name=check.shown_name,
        slug=check.slug,
        tags=tuple(check.tag_list()),
        desc=check.desc,
        schedule=_schedule(check),
        tz=check.tz if check.kind is not Kind.SIMPLE else "UTC",
        expected=expected,
        run_started=run_started,
        last_ping=last_ping,
        down_for=_down_for(flip, check),
        url=urls.page(check) if urls.site else "",
        document=json.dumps(check_json(check, urls, now, read_only=True)),
        unsubscribe_url=_unsubscribe_url(order, project),
    )
    return _without_secrets(alert, check.check_id, project.ping_key)


def made_up(channel: Channel, project: Project, site: str, now: datetime) -> Alert:
    """Return an alert about a check that there is not, to try a channel with.

    `site`: base of the API's own URLs.
    """
    name = "Example"
    check = Check(
        check_id="00000000-0000-4000-8000-000000000000",
        project_id=channel.project_id,
        created=now,
        badge_key="",
        name=name,
        tags="test",
        status=Status.DOWN,
    )
    since = now - timedelta(minutes=5)
    flip = Flip(created=since, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
    order = Order(
        project_id=channel.project_id,
        check_id=check.check_id,
        channel_id=channel.channel_id,
        flip=flip,
        site=site,
    )
    urls = _urls(site)
    return Alert(
        delivery_id=replace(order, flip=replace(flip, created=now)).delivery_id,
        status=Status.DOWN,
        reason=Reason.TIMEOUT,
        since=since,
        sent=now,
        project_id=order.project_id,
        channel_id=order.channel_id,
        project=project.name,
        code=check.check_id,
        unique_key=check.unique_key,
        name=name,
        tags=("test",),
        desc="This is a test notification. No job is late.",
        schedule=_schedule(check),
        expected=since - check.grace,
        last_ping=LastPing(
            created=since - check.grace - check.timeout,
            kind=Signal.SUCCESS,
            body=b"42 files, 0 errors",
        ),
        url=urls.site,
        document=json.dumps(check_json(check, urls, now, read_only=True)),
        unsubscribe_url=_unsubscribe_url(order, project),
        is_test=True,
    )


def _missed(flip: Flip, check: Check) -> tuple[datetime | None, datetime | None]:
    """Return when the ping that did not come was expected, or when the run began that did not end.

    One of them is None, and both are if the check went down for another reason.
    """
    if flip.reason is not Reason.TIMEOUT:
        return None, None
    start = grace_start(replace(check, status=Status.UP))
    # After an outage of the scan checks go down later than at the end of their grace. And since
    # they did, they may have been pinged again, or have been given other schedules.
    if start is None or start + check.grace > flip.created:
        start = flip.created - check.grace
    return (None, start) if start == check.last_start else (start, None)


def _down_for(flip: Flip, check: Check) -> timedelta | None:
    if flip.new_status is not Status.UP:
        return None
    down = flips.down_before(check.check_id, flip.created)
    return flip.created - down.created if down else None


def _last_ping(check: Check, project: Project) -> LastPing | None:
    latest = pings.list_latest(check, 2)  # the very last may be counted and not be logged yet
    if not latest:
        return None
    ping = latest[0].ping
    body = b""
    if latest[0].has_body:
        body = pings.get_body(check, ping.n, project.ping_log_limit) or b""
    last = LastPing(created=ping.created, kind=ping.kind, exitstatus=ping.exitstatus, body=body)
    return _by_mail(last) if ping.scheme == "email" else last


def _by_mail(ping: LastPing) -> LastPing:
    from nightbell.mail import reading  # few pings come so

    mail = reading.read(ping.body)
    if mail is None:
        return ping
    return replace(ping, subject=mail.subject, text=mail.text.encode(errors="replace"))


def _schedule(check: Check) -> str:
    grace = f"grace {span(check.grace)}"
    if check.kind is Kind.SIMPLE:
        return f"every {span(check.timeout)}, {grace}"
    return f"{'; '.join(check.schedule.split(chr(10)))} ({check.tz}), {grace}"


def _urls(site: str) -> Urls:
    return Urls(site.removesuffix("/"), _VERSION)


def _unsubscribe_url(order: Order, project: Project) -> str:
    if not order.site:
        return ""
    return url_for(order.channel_id, order.project_id, project.badge_secret, order.site)


def _without_secrets(alert: Alert, check_id: str, ping_key: str) -> Alert:
    """Return the alert with the secrets masked in whatever users and jobs wrote."""
    mask = Mask(check_id, ping_key)
    last_ping = alert.last_ping
    if last_ping:
        last_ping = replace(
            last_ping,
            body=mask.beginning(last_ping.body),
            subject=mask.text(last_ping.subject),
            text=None if last_ping.text is None else mask.beginning(last_ping.text),
        )
    return replace(
        alert,
        project=mask.text(alert.project),
        name=mask.text(alert.name),
        slug=mask.text(alert.slug),
        tags=tuple(map(mask.text, alert.tags)),
        desc=mask.text(alert.desc),
        document=mask.text(alert.document),
        last_ping=last_ping,
    )
