"""The tables: one pynamodb model for each kind of item.

A model's attributes have the names of the domain value's fields, and short names in DynamoDB:
an update is billed by the size of the whole item, names included.
"""

import hashlib
from datetime import datetime
from threading import Lock
from typing import Any, Self

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import TableConnection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from nightbell.domain.check import Delivery, Kind, Reason, Signal, Status
from nightbell.settings import settings
from nightbell.store.attributes import (
    ChoiceAttribute,
    ExpiryAttribute,
    MomentAttribute,
    SpanAttribute,
    TextSetAttribute,
    WholeNumberAttribute,
)
from nightbell.store.connection import connection
from nightbell.store.fields import values_in

# Partitions over which the checks of a project are spread; stored in keys, so never to change.
CHECK_SHARDS = 4

# The log keeps this many pings of a check.
LOG_SLOTS = 1000

_connecting = Lock()


class _Table(Model):
    @classmethod
    def _get_connection(cls) -> TableConnection:
        own = cls._connection
        if own is None or own.connection is not connection:
            own = cls._connect()
        return own

    @classmethod
    def _connect(cls) -> TableConnection:
        """Let the model use the one connection; several threads may come for it at once."""
        with _connecting:
            own = super()._get_connection()
            if own.connection is not connection:
                connection.add_meta_table(own.get_meta_table())
                own.connection = connection
            return own

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        item = cls.__new__(cls)
        item.attribute_values = values_in(cls, attribute_values)
        return item


class ProjectItem(_Table):
    """A project. Key: its id."""

    class Meta:
        table_name = settings.projects_table

    project_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    created = MomentAttribute()
    ping_key = UnicodeAttribute()
    badge_key = UnicodeAttribute()
    badge_secret = UnicodeAttribute()
    badge_label = UnicodeAttribute(null=True)
    check_limit = WholeNumberAttribute()
    check_count = WholeNumberAttribute()
    ping_log_limit = WholeNumberAttribute()
    write_digest = UnicodeAttribute()
    read_digest = UnicodeAttribute()


class KeyItem(_Table):
    """A name by which something is found. Keys: see the functions of `keys.py`."""

    class Meta:
        table_name = settings.keys_table

    key = UnicodeAttribute(hash_key=True)
    project_id = UnicodeAttribute(null=True)
    check_id = UnicodeAttribute(null=True)
    check_ids = TextSetAttribute(null=True)  # of a slug
    read_only = BooleanAttribute(null=True)  # of an API key
    revision = WholeNumberAttribute(null=True)  # of an upsert lock
    expires = ExpiryAttribute(null=True)  # of an upsert lock, or of a mail
    started = MomentAttribute(null=True)  # of a scan
    outages = TextSetAttribute(null=True)  # of the scan


class DueIndex(GlobalSecondaryIndex["CheckItem"]):  # type: ignore[no-untyped-call]
    """The checks that have a deadline, under a moment that is never later than it."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = WholeNumberAttribute(hash_key=True)
    due_at = MomentAttribute(range_key=True)


class CheckItem(_Table):
    """A check, or its long texts. Keys: `<project_id>#<shard>`, `<check_id>` or `<check_id>#text`.

    The first item stays under 1 KB, for each ping updates it; see `check_items.py`.
    """

    class Meta:
        table_name = settings.checks_table

    shard = UnicodeAttribute(hash_key=True)
    check_id = UnicodeAttribute(range_key=True, attr_name="id")
    due_shard = WholeNumberAttribute(null=True)
    due_at = MomentAttribute(null=True)
    due = DueIndex()

    created = MomentAttribute(null=True, attr_name="cr")
    badge_key = UnicodeAttribute(null=True, attr_name="bk")
    name = UnicodeAttribute(null=True, attr_name="nm")
    slug = UnicodeAttribute(null=True, attr_name="sl")
    tags = UnicodeAttribute(null=True, attr_name="tg")
    desc = UnicodeAttribute(null=True, attr_name="ds")
    kind = ChoiceAttribute(Kind, null=True, attr_name="kd")
    timeout = SpanAttribute(null=True, attr_name="to")
    grace = SpanAttribute(null=True, attr_name="gr")
    schedule = UnicodeAttribute(null=True, attr_name="sc")
    tz = UnicodeAttribute(null=True, attr_name="tz")
    manual_resume = BooleanAttribute(null=True, attr_name="mr")
    methods = UnicodeAttribute(null=True, attr_name="mt")
    start_kw = UnicodeAttribute(null=True, attr_name="ks")
    success_kw = UnicodeAttribute(null=True, attr_name="ku")
    failure_kw = UnicodeAttribute(null=True, attr_name="kf")
    filter_subject = BooleanAttribute(null=True, attr_name="fs")
    filter_body = BooleanAttribute(null=True, attr_name="fb")
    filter_http_body = BooleanAttribute(null=True, attr_name="fh")
    filter_default_fail = BooleanAttribute(null=True, attr_name="fd")
    channels = TextSetAttribute(null=True, attr_name="ch")
    nag_interval = SpanAttribute(null=True, attr_name="ni")

    status = ChoiceAttribute(Status, null=True, attr_name="st")
    n_pings = WholeNumberAttribute(null=True, attr_name="n")
    last_ping = MomentAttribute(null=True, attr_name="lp")
    last_start = MomentAttribute(null=True, attr_name="ls")
    last_start_rid = UnicodeAttribute(null=True, attr_name="lr")
    last_duration = SpanAttribute(null=True, attr_name="ld")
    last_flip = MomentAttribute(null=True, attr_name="lf")
    last_nag = MomentAttribute(null=True, attr_name="ln")
    snoozed_until = MomentAttribute(null=True, attr_name="sn")
    revision = WholeNumberAttribute(null=True, attr_name="rv")
    text_revision = WholeNumberAttribute(null=True, attr_name="tx")  # of the second item, if any


class PingItem(_Table):
    """A logged ping, or its body. Keys: check id; `<slot>` or `body#<slot>`.

    Ping n is in slot n mod 1000, four digits. An item with a greater n is never overwritten by
    one with a smaller.
    """

    class Meta:
        table_name = settings.pings_table

    check_id = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    n = WholeNumberAttribute()
    created = MomentAttribute(null=True, attr_name="cr")
    kind = ChoiceAttribute(Signal, null=True, attr_name="kd")
    rid = UnicodeAttribute(null=True)
    exitstatus = WholeNumberAttribute(null=True, attr_name="ex")
    scheme = UnicodeAttribute(null=True, attr_name="sc")
    remote_addr = UnicodeAttribute(null=True, attr_name="ra")
    method = UnicodeAttribute(null=True, attr_name="mt")
    ua = UnicodeAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True, attr_name="b")
    body_apart = BooleanAttribute(null=True, attr_name="ba")


class FlipItem(_Table):
    """A flip or a reminder. Keys: check id; its moment in microseconds."""

    class Meta:
        table_name = settings.flips_table

    check_id = UnicodeAttribute(hash_key=True)
    created = MomentAttribute(range_key=True)
    project_id = UnicodeAttribute()
    old_status = ChoiceAttribute(Status)
    new_status = ChoiceAttribute(Status)
    reason = ChoiceAttribute(Reason)
    expires = ExpiryAttribute()


class ChannelItem(_Table):
    """A channel. Keys: project id; channel id."""

    class Meta:
        table_name = settings.channels_table

    project_id = UnicodeAttribute(hash_key=True)
    channel_id = UnicodeAttribute(range_key=True)
    created = MomentAttribute()
    kind = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    settings = JSONAttribute(null=True)
    sealed = JSONAttribute(null=True)
    disabled = BooleanAttribute(null=True)
    error = UnicodeAttribute(null=True)
    failing_since = MomentAttribute(null=True)
    retry_at = MomentAttribute(null=True)
    reported = BooleanAttribute(null=True)
    answered = MomentAttribute(null=True)
    busy_until = MomentAttribute(null=True)
    tested = MomentAttribute(null=True)


class ChannelNotifications(GlobalSecondaryIndex["NotificationItem"]):  # type: ignore[no-untyped-call]
    """What one channel was told."""

    class Meta:
        index_name = "channel"
        projection = AllProjection()

    channel_id = UnicodeAttribute(hash_key=True)
    delivery = UnicodeAttribute(range_key=True)


class NotificationItem(_Table):
    """What became of telling a channel about a flip. Keys: check id; see `delivery_key`."""

    class Meta:
        table_name = settings.notifications_table

    check_id = UnicodeAttribute(hash_key=True)
    delivery = UnicodeAttribute(range_key=True)
    of_channel = ChannelNotifications()
    channel_id = UnicodeAttribute()
    flip = MomentAttribute()
    status = ChoiceAttribute(Status)
    reason = ChoiceAttribute(Reason)
    state = ChoiceAttribute(Delivery)
    updated = MomentAttribute()
    attempts = WholeNumberAttribute(null=True)
    error = UnicodeAttribute(null=True)
    expires = ExpiryAttribute()


class SessionItem(_Table):
    """A session of the dashboard, or the attempts to sign in from a network.

    Keys: project id; digest of the browser's token. Or `attempts#<network>`; start of the window.
    """

    class Meta:
        table_name = settings.sessions_table

    project_id = UnicodeAttribute(hash_key=True)
    token = UnicodeAttribute(range_key=True)
    key = UnicodeAttribute(null=True)
    created = MomentAttribute(null=True)
    seen = MomentAttribute(null=True)
    remote_addr = UnicodeAttribute(null=True)
    ua = UnicodeAttribute(null=True)
    wall = BooleanAttribute(null=True)
    attempts = WholeNumberAttribute(null=True)
    expires = ExpiryAttribute()


def check_shard(project_id: str, check_id: str) -> str:
    """Return the partition of a check: its project and a hash of its id."""
    return f"{project_id}#{_hash(check_id) % CHECK_SHARDS}"


def project_shards(project_id: str) -> list[str]:
    """Return the partitions that hold the checks of a project."""
    return [f"{project_id}#{shard}" for shard in range(CHECK_SHARDS)]


def due_shard(check_id: str) -> int:
    """Return the partition of the due index that a check belongs to."""
    return _hash(check_id) % settings.due_shards


def log_slot(n: int) -> str:
    """Return the place of ping n in the log of its check."""
    return f"{n % LOG_SLOTS:04}"


def body_slot(n: int) -> str:
    """Return the place of the body of ping n, where it has an item of its own."""
    return f"body#{log_slot(n)}"


def delivery_key(flip: datetime, channel_id: str) -> str:
    """Return the key of telling this channel about the flip of that moment, in order of flips."""
    return f"{MomentAttribute().serialize(flip):0>17}#{channel_id}"


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
