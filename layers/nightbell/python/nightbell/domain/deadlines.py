"""What the scan does about a check whose entry in the due index has come up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nightbell.domain.check import Change, Check
from nightbell.domain.nagging import next_nag
from nightbell.domain.status import going_down_after
from nightbell.domain.transitions import go_down, nag

# An entry whose deadline is further off than this moves there; one that is nearer stays and is
# looked at again, which is cheaper.
WORTH_MOVING = timedelta(minutes=30)

# The longest time that a check is given to report after an outage of the scan.
LONGEST_RESPITE = timedelta(hours=1)


@dataclass(frozen=True)
class Outage:
    """A time in which no scan ran: from the start of the last one before to that of the next."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a check: a change to write, a moment to wait for, or nothing."""

    check: Check  # as it was judged
    change: Change | None = None
    wait_until: datetime | None = None


def deadline(check: Check, outages: Sequence[Outage] = ()) -> datetime | None:
    """Return the moment at which the check is taken down, in UTC; None if it has no deadline.

    A deadline that passed during an outage (of these, oldest first) is put off to the end of the
    outage and one grace period, at most an hour: the job may have had nobody to report to.
    """
    moment = going_down_after(check)
    for outage in outages:
        if moment and outage.start < moment <= outage.end:
            moment = outage.end + min(check.grace, LONGEST_RESPITE)
    return moment


def judge(check: Check, now: datetime, outages: Sequence[Outage] = ()) -> Verdict:
    """Return what is to be done about the check at this moment."""
    if check.due_at is None:
        return Verdict(check)
    moment = deadline(check, outages)
    if moment and moment <= now:
        return Verdict(check, change=go_down(check, moment))
    reminder = next_nag(check)
    if reminder and reminder <= now:
        return Verdict(check, change=nag(check, now))
    moment = moment or reminder
    if moment is None or moment - now > WORTH_MOVING:
        moved = replace(check, due_at=moment)
        return Verdict(check, change=Change(before=check, after=moved))
    return Verdict(check, wait_until=moment)
