"""What a channel is told: a change of status of a check, in plain values.

No text of an alert holds the check's UUID or the project's ping key, wherever they were written
(a job's output may well repeat its ping URL). Only `code` is the UUID; only a webhook whose user
wrote `$CODE` sends it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nightbell.domain.check import Reason, Signal, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPing:
    """The last ping of a check."""

    created: datetime
    kind: Signal
    exitstatus: int | None = None
    body: bytes = b""  # as it came
    subject: str = ""  # of a mail
    text: bytes | None = None  # of a mail, as people read it, in UTF-8; None if it came by HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A change of status of one check. All moments are in UTC."""

    delivery_id: str  # of this alert to this channel, the same each time it is tried
    status: Status  # DOWN or UP
    reason: Reason  # FAIL, TIMEOUT or NAG of an alert that is DOWN, SUCCESS of one that is UP
    since: datetime  # when the check took this status
    sent: datetime  # now

    project_id: str
    channel_id: str
    project: str  # its name
    code: str  # the check's UUID, a secret
    unique_key: str  # tells checks apart, and is no secret
    name: str  # never empty: that of a check without one is "unnamed"
    slug: str = ""
    tags: tuple[str, ...] = ()
    desc: str = ""
    schedule: str = ""  # in words: "every 1 hour", "0 3 * * * (Europe/Riga)"
    tz: str = "UTC"  # the check's own zone

    expected: datetime | None = None  # when the ping that did not come was expected
    run_started: datetime | None = None  # of a run that has not come to its end in time
    last_ping: LastPing | None = None
    down_for: timedelta | None = None  # of an alert that is UP: how long the check was down
    url: str = ""  # of the page that shows the check, empty if the service does not know it
    document: str = ""  # the check as the API shows it to a read-only key, JSON
    is_test: bool = False  # the check is made up
    unsubscribe_url: str = ""  # for mail: by it a recipient ends these alerts
