"""The things a check is made of, and what is written of it: check, ping, flip."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha1

DEFAULT_TIMEOUT = timedelta(days=1)
DEFAULT_GRACE = timedelta(hours=1)
MAX_USER_AGENT = 200  # characters that are kept of what a client says it is
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Status(StrEnum):
    """The status of a check. GRACE is only shown, never stored."""

    NEW = "new"
    UP = "up"
    GRACE = "grace"
    DOWN = "down"
    PAUSED = "paused"


class Kind(StrEnum):
    """How a check says when it expects its pings."""

    SIMPLE = "simple"
    CRON = "cron"
    ONCALENDAR = "oncalendar"


class Signal(StrEnum):
    """What a ping says. IGNORE is a ping that was received and counts for nothing."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"
    IGNORE = "ign"


class Reason(StrEnum):
    """Why a check changed its status."""

    SUCCESS = "success"
    FAIL = "fail"
    TIMEOUT = "timeout"
    PAUSE = "pause"
    RESUME = "resume"
    NAG = "nag"  # no change: the check is still down, and somebody is to hear of it again


@dataclass(frozen=True, kw_only=True)
class Check:
    """One monitored job: its configuration and its state. All moments are in UTC."""

    check_id: str  # the check's UUID, a secret
    project_id: str
    created: datetime
    badge_key: str

    name: str = ""
    slug: str = ""
    tags: str = ""
    desc: str = ""
    kind: Kind = Kind.SIMPLE
    timeout: timedelta = DEFAULT_TIMEOUT
    grace: timedelta = DEFAULT_GRACE
    schedule: str = ""
    tz: str = "UTC"
    manual_resume: bool = False
    methods: str = ""
    start_kw: str = ""
    success_kw: str = ""
    failure_kw: str = ""
    filter_subject: bool = False
    filter_body: bool = False
    filter_http_body: bool = False
    filter_default_fail: bool = False
    channels: frozenset[str] = frozenset()
    nag_interval: timedelta = timedelta()  # between alerts that the check is still down; 0: none

    status: Status = Status.NEW
    n_pings: int = 0
    last_ping: datetime | None = None
    last_start: datetime | None = None  # set while a run is in progress
    last_start_rid: str | None = None
    last_duration: timedelta | None = None
    last_flip: datetime | None = None
    last_nag: datetime | None = None  # since the check went down
    snoozed_until: datetime | None = None  # no nagging before
    due_at: datetime | None = None  # in the due index under this moment, never after the deadline
    revision: int = 1  # grows with each change that concurrent pings must not overlook

    @property
    def unique_key(self) -> str:
        """The identifier shown to read-only keys; the UUID cannot be told from it."""
        return unique_key_of(self.check_id)

    @property
    def shown_name(self) -> str:
        """Its name, as people are told it: `unnamed` where there is nothing to be seen of it."""
        return self.name if self.name.strip() else "unnamed"

    def tag_list(self) -> list[str]:
        """Return the tags, in the order they were written."""
        return self.tags.split()


def unique_key_of(check_id: str) -> str:
    """Return the SHA-1 (hex) of the first 16 hex digits of the UUID, as Healthchecks does."""
    return sha1(check_id.replace("-", "")[:16].encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """One signal from a job."""

    created: datetime
    kind: Signal
    n: int = 0  # the check's count with this ping; 0 until it is counted
    rid: str | None = None
    exitstatus: int | None = None
    scheme: str = ""
    remote_addr: str = ""
    method: str = ""
    ua: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedPing:
    """A ping as the log shows it: without its body."""

    ping: Ping
    has_body: bool
    duration: timedelta | None = None  # of the run that this ping ended, if it was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One change of status, or a reminder that a check is still down (reason NAG)."""

    created: datetime
    old_status: Status
    new_status: Status
    reason: Reason


class Delivery(StrEnum):
    """How far a channel has been told about a flip."""

    QUEUED = "queued"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # it is no news any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a transition decided: the next state, and what must be written with it."""

    before: Check
    after: Check
    ping: Ping | None = None
    flip: Flip | None = None
