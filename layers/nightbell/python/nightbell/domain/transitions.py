"""What happens to a check: each function decides the next state and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nightbell.domain.check import Change, Check, Flip, Kind, Ping, Reason, Signal, Status
from nightbell.domain.errors import NotDown, NotPaused
from nightbell.domain.keywords import classify
from nightbell.domain.nagging import due_moment
from nightbell.domain.run_times import elapsed
from nightbell.domain.slug import slugify
from nightbell.domain.status import going_down_after

if TYPE_CHECKING:
    from nightbell.domain.spec import Spec  # a ping need not load the schedule libraries

_ONE_TICK = timedelta(microseconds=1)

# The configuration that a deadline or a reminder depends on.
_TIMING = ("kind", "timeout", "schedule", "tz", "grace", "nag_interval")


def receive(check: Check, ping: Ping) -> Change:
    """Return what a ping does to the check.

    The kind of the given ping is what its URL says; that of the ping in the change is what it
    counts as. As Check.ping in healthchecks hc/api/models.py.
    """
    return _count(check, replace(ping, kind=_meaning(check, ping)))


def receive_mail(
    check: Check, ping: Ping, subject: Callable[[], str], body: Callable[[], str]
) -> Change:
    """Return what a ping by mail does to the check.

    Subject and body are asked for only if the check looks for its keywords there; without either,
    every mail is a success. `methods` and `filter_http_body` concern HTTP alone.
    As _process_message in healthchecks hc/api/management/commands/smtpd.py.

    Mails may wait, and pass each other on their way. One that is older than the latest success,
    fail or start, or than the check's pause or resumption, has nothing to say of now: it is counted
    and logged, and that is all.
    """
    kind = Signal.SUCCESS
    if _must_be_resumed(check):
        kind = Signal.IGNORE
    elif check.filter_subject or check.filter_body:
        filters = ((check.filter_subject, subject), (check.filter_body, body))
        kind = classify(check, "\n".join(text() for is_looked_at, text in filters if is_looked_at))
    change = _count(check, replace(ping, kind=kind))
    # A check that went down meanwhile is one that the mail may bring up again.
    pause = check.last_flip if check.status in (Status.PAUSED, Status.NEW) else None
    later = (check.last_ping, check.last_start, pause)
    if any(moment and ping.created < moment for moment in later):
        return replace(change, after=replace(check, n_pings=change.after.n_pings), flip=None)
    return change


def _count(check: Check, ping: Ping) -> Change:
    ping = replace(ping, n=check.n_pings + 1)
    after = replace(check, n_pings=ping.n)
    flip = None
    match ping.kind:
        case Signal.SUCCESS | Signal.FAIL:
            after = _end_run(after, ping)
            status, reason = (
                (Status.UP, Reason.SUCCESS)
                if ping.kind is Signal.SUCCESS
                else (Status.DOWN, Reason.FAIL)
            )
            after, flip = _turn(after, status, ping.created, reason)
        case Signal.START:
            after = replace(after, last_start=ping.created, last_start_rid=ping.rid)
            if check.status is not Status.DOWN:
                after = _due_by(after, ping.created + check.grace)
    return Change(before=check, after=after, ping=ping, flip=flip)


def pause(check: Check, now: datetime) -> Change:
    """Stop expecting pings. A run in progress is forgotten."""
    after = replace(check, last_start=None, last_start_rid=None)
    after, flip = _turn(after, Status.PAUSED, now, Reason.PAUSE)
    return Change(before=check, after=replace(after, due_at=None), flip=flip)


def resume(check: Check, now: datetime) -> Change:
    """Make a paused check new again; raises NotPaused for any other."""
    if check.status is not Status.PAUSED:
        raise NotPaused
    after = replace(check, last_ping=None, last_start=None, last_start_rid=None)
    after, flip = _turn(after, Status.NEW, now, Reason.RESUME)
    return Change(before=check, after=after, flip=flip)


def go_down(check: Check, deadline: datetime) -> Change:
    """Take down a check whose deadline has passed; the deadline is the time of the flip."""
    after, flip = _turn(check, Status.DOWN, deadline, Reason.TIMEOUT)
    return Change(before=check, after=after, flip=flip)


def nag(check: Check, now: datetime) -> Change:
    """Remind people of a check that is down."""
    flip = Flip(
        created=_later_than_all(check, now),
        old_status=check.status,
        new_status=check.status,
        reason=Reason.NAG,
    )
    after = replace(check, last_nag=flip.created, snoozed_until=None)
    return Change(before=check, after=replace(after, due_at=due_moment(after)), flip=flip)


def snooze(check: Check, until: datetime | None) -> Change:
    """Send no reminders before that moment, or as usual again if None; raises NotDown."""
    if check.status is not Status.DOWN:
        raise NotDown
    after = replace(check, snoozed_until=until)
    return Change(before=check, after=replace(after, due_at=due_moment(after)))


def add_channel(check: Check, channel_id: str) -> Change:
    """Tell the channel of the check, too."""
    return Change(before=check, after=replace(check, channels=check.channels | {channel_id}))


def remove_channel(check: Check, channel_id: str) -> Change:
    """Tell the channel of the check no more."""
    return Change(before=check, after=replace(check, channels=check.channels - {channel_id}))


def apply_spec(
    check: Check,
    spec: Spec,
    channels: frozenset[str] | None,
    now: datetime,
    *,
    slug_from_name: bool,
) -> Change:
    """Give the check the configuration that was sent; what was not sent stays.

    A check whose deadline is moved into the past goes down with it.

    `channels` are the ids that the spec's channel identifiers stand for, None if none were sent.
    `slug_from_name`: a changed name changes the slug, as in v1 and v2 of the API.
    """
    changes: dict[str, object] = {}
    if slug_from_name and spec.name is not None and spec.name != check.name:
        changes["slug"] = slugify(spec.name)
    if spec.schedule is not None:
        changes["kind"] = spec.schedule_kind
        changes["schedule"] = spec.schedule
    elif spec.timeout is not None:
        changes["kind"] = Kind.SIMPLE
        changes["timeout"] = spec.timeout
    if spec.subject is not None or spec.subject_fail is not None:
        success_kw = check.success_kw if spec.subject is None else spec.subject
        failure_kw = check.failure_kw if spec.subject_fail is None else spec.subject_fail
        changes["success_kw"] = success_kw
        changes["failure_kw"] = failure_kw
        changes["filter_subject"] = bool(success_kw or failure_kw)
    changes |= spec.plain_fields()
    if channels is not None:
        changes["channels"] = channels
    after = replace(check, **changes)  # type: ignore[arg-type]
    if all(getattr(check, name) == getattr(after, name) for name in _TIMING):
        return Change(before=check, after=after)
    deadline = going_down_after(after)
    if deadline and deadline <= now:
        return replace(go_down(after, deadline), before=check)
    # Exactly, so that a scan that waits for the old deadline sees the entry move.
    return Change(before=check, after=replace(after, due_at=due_moment(after)))


def _meaning(check: Check, ping: Ping) -> Signal:
    if check.methods and ping.method != check.methods:
        return Signal.IGNORE
    if _must_be_resumed(check):
        return Signal.IGNORE
    if check.filter_http_body:
        return classify(check, ping.body.decode(errors="replace"))
    return ping.kind


def _must_be_resumed(check: Check) -> bool:
    return check.status is Status.PAUSED and check.manual_resume


def _end_run(check: Check, ping: Ping) -> Check:
    """Return the check after a success or fail: heard of, its run measured and ended or not."""
    duration = None
    ended = ping.kind is Signal.FAIL or ping.rid is None
    if check.last_start and check.last_start_rid == ping.rid:
        duration = elapsed(check.last_start, ping.created)
        ended = True
    if ended:
        check = replace(check, last_start=None, last_start_rid=None)
    # Of two pings handled at once, the one that came last counts.
    if check.last_ping and ping.created < check.last_ping:
        return check
    return replace(check, last_ping=ping.created, last_duration=duration)


def _turn(check: Check, status: Status, at: datetime, reason: Reason) -> tuple[Check, Flip | None]:
    """Return the check with this status and the flip, None if it has the status already."""
    if check.status is status:
        return check, None
    at = _later_than_all(check, at)
    flip = Flip(created=at, old_status=check.status, new_status=status, reason=reason)
    check = replace(check, status=status, last_flip=at, last_nag=None, snoozed_until=None)
    if status is Status.DOWN:
        return replace(check, due_at=due_moment(check)), flip
    return _due_by(check, due_moment(check)), flip


def _later_than_all(check: Check, at: datetime) -> datetime:
    """Return the moment, or the next after the latest flip: by it they are told apart, in order."""
    latest = max((moment for moment in (check.last_flip, check.last_nag) if moment), default=None)
    return latest + _ONE_TICK if latest and at <= latest else at


def _due_by(check: Check, deadline: datetime | None) -> Check:
    """Return the check with its entry in the due index no later than the deadline.

    An entry that is early enough stays where it is: it is the scan that moves entries to later
    moments, for moving one with each ping would double the price of a ping.
    """
    if deadline is None:
        return replace(check, due_at=None)
    if check.due_at and check.due_at <= deadline:
        return check
    return replace(check, due_at=deadline)
