"""One alert, sent to one channel, and what became of it."""

import json
import random
import re
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nightbell import clock
from nightbell.alerts import facts, operator, registry, sealing
from nightbell.alerts.alert import Alert
from nightbell.alerts.outcome import DeliveryFailed, NothingToSend, Passing, Permanent
from nightbell.domain.alerts import Order, is_news, retry_delay
from nightbell.domain.channels import Channel
from nightbell.domain.check import Delivery
from nightbell.domain.errors import NotFound
from nightbell.domain.notification import Notification, check_id_of_test
from nightbell.logs import logger
from nightbell.settings import settings
from nightbell.store import channels, checks, notifications, projects

# Where somebody else is about to find out whether a channel answers, it does as a rule, and soon.
_SHORTLY = timedelta(seconds=1)

# A channel that has failed for so long is reported to who runs Nightbell.
_REPORTED_AFTER = timedelta(hours=1)

# What looks like a token, in JSON, addresses and headers; words of English do not.
_TOKEN = re.compile(r"(?=[^\W\d_]*[\d_-])[\w.~+-]{8,}")


def deliver(order: Order, tries: int) -> timedelta | None:
    """Tell the channel about the flip, unless it has been told.

    `tries`: how often this was tried, this time included. Returns None when there is nothing more
    to do, else how long to wait before the next try.

    What was sent is recorded after it was sent: whoever is killed in between makes the next one
    send it again. There is no way to be sure of once, and an alert is better heard twice.
    """
    now = clock.now()
    notification = notifications.find(order) or notifications.queued(order, now)
    if notification.state in (Delivery.SENT, Delivery.SKIPPED):
        return None
    try:
        check = checks.get(order.check_id, order.project_id)
    except NotFound:
        return None  # and its notifications are deleted with it
    if notifications.is_overtaken(order):
        _end(notification, Delivery.SKIPPED, "a later change was told before")
        return None
    try:
        channel = channels.get(order.project_id, order.channel_id)
    except NotFound:
        _end(notification, Delivery.SKIPPED, "the channel has been deleted")
        return None
    if channel.disabled:
        _end(notification, Delivery.FAILED, f"the channel is disabled: {channel.error}")
        return None
    if not is_news(order.flip, check, now, timedelta(hours=settings.alert_max_age)):
        _end(notification, Delivery.SKIPPED, "it is no news any more")
        return None
    if channel.retry_at and now < channel.retry_at:
        error = f"waiting for the channel, which failed: {channel.error}"
        return _try_again(notification, error, tries, now, at_least=channel.retry_at - now)
    if tries < settings.alert_tries and not channels.take_turn(channel, now):
        # The second time, as after an attempt: each counts, and all of them are to last for hours.
        later = retry_delay(tries, random.random())
        return _SHORTLY if tries == 1 else max(channels.TURN, later)

    notification = replace(notification, attempts=notification.attempts + 1)
    project = projects.get(order.project_id)
    try:
        _send(channel, facts.gather(order, check, project, now))
    except NothingToSend:
        _end(notification, Delivery.SKIPPED, "the channel is not told of this")
        channels.end_turn(channel, clock.now())
        return None
    except Passing as failure:
        channel = _note(channel, failure)
        _report_if_it_lasts(channel)
        at_least = failure.retry_after or timedelta()
        return _try_again(notification, failure.error, tries, clock.now(), at_least=at_least)
    except Permanent as failure:
        _disable(channel, failure.error)
        _end(notification, Delivery.FAILED, failure.error)
        return None
    notifications.record(replace(notification, state=Delivery.SENT, error="", updated=clock.now()))
    channels.note_success(channel, clock.now())
    return None


def test(project_id: str, channel_id: str, site: str) -> str | None:
    """Send a made-up alert to a channel; return None if it was sent, else what went wrong.

    `site`: base of the API's own URLs, as the client who asks for it sees it. A channel that takes
    it is enabled again. Raises NotFound.
    """
    now = clock.now()
    channel = channels.get(project_id, channel_id)
    alert = facts.made_up(channel, projects.get(project_id), site, now)
    error = None
    try:
        with suppress(NothingToSend):
            _send(channel, alert)
        channels.note_success(channel, clock.now())
    except DeliveryFailed as failure:
        error = failure.error
        if not channel.disabled:
            channels.note_failure(channel, error, now)
    notifications.record(
        Notification(
            check_id=check_id_of_test(channel_id),
            channel_id=channel_id,
            flip=now,
            status=alert.status,
            reason=alert.reason,
            state=Delivery.FAILED if error else Delivery.SENT,
            updated=clock.now(),
            attempts=1,
            error=error or "",
        )
    )
    return error


def log_fault(event: str, error: Exception) -> None:
    """Log an error that nobody expected: where it was, not its text, which may hold secrets."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{where.filename}:{where.lineno}"
    logger.error(event, error=type(error).__name__, at=at)


def _send(channel: Channel, alert: Alert) -> None:
    """Send the alert; raises NothingToSend, and Passing or Permanent whatever goes wrong."""
    secrets: dict[str, Any] = {}
    try:
        secrets = sealing.unseal(channel)
        module = registry.module(channel.kind)
        module.send(alert, module.KIND.complete({**channel.settings, **secrets}))
    except DeliveryFailed as failure:
        failure.args = (_without(secrets, failure.error),)
        raise
    except NothingToSend:
        raise
    except Exception as error:
        log_fault("An alert could not be sent", error)
        raise Passing("internal error") from error


def _without(secrets: Mapping[str, Any], error: str) -> str:
    """Return the error without what a service may have repeated in it of the secret settings."""
    for word in _TOKEN.findall(json.dumps(list(secrets.values()))):
        error = error.replace(word, "…")
    return error


def _end(notification: Notification, state: Delivery, error: str) -> None:
    notifications.record(replace(notification, state=state, error=error, updated=clock.now()))


def _try_again(
    notification: Notification, error: str, tries: int, now: datetime, *, at_least: timedelta
) -> timedelta:
    """Record that it failed, and return how long to wait.

    After the last try it is given up: received once more, at once, it is a dead letter.
    """
    is_last = tries >= settings.alert_tries
    state = Delivery.FAILED if is_last else Delivery.RETRYING
    notifications.record(replace(notification, state=state, error=error, updated=now))
    return timedelta() if is_last else max(at_least, retry_delay(tries, random.random()))


def _note(channel: Channel, failure: Passing) -> Channel:
    now = clock.now()
    if failure.unreachable:
        return channels.note_silence(channel, failure.error, now)
    return channels.note_failure(channel, failure.error, now, leave_alone=failure.retry_after)


def _report_if_it_lasts(channel: Channel) -> None:
    failing_since = channel.failing_since
    if failing_since is None or channel.reported:
        return
    if clock.now() - failing_since >= _REPORTED_AFTER and channels.claim_report(channel):
        operator.report("A channel keeps failing", channel)


def _disable(channel: Channel, error: str) -> None:
    if channels.disable(channel, error, clock.now()):
        operator.report("A channel has been disabled", replace(channel, error=error))
