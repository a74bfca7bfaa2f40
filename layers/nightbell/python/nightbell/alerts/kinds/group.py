"""Group: several channels of a project under one name.

It has no `send`: who is to be told by a group is told by the channels in it, each on its own.
"""

import re
from typing import Any

from nightbell.alerts.kind import Input, Kind, Setting
from nightbell.domain.channels import GROUP
from nightbell.domain.errors import InvalidSpec

_MAX_CHANNELS = 20
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def _read(label: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise InvalidSpec(label, "is not an array")
    if not value:
        raise InvalidSpec(label, "is empty")
    if len(value) > _MAX_CHANNELS:
        raise InvalidSpec(label, "is too long")
    ids = [item.lower() if isinstance(item, str) else "" for item in value]
    if not all(map(_UUID.fullmatch, ids)):
        raise InvalidSpec(label, "has unexpected value", of_item=True)
    if len(set(ids)) < len(ids):
        raise InvalidSpec(label, "names a channel twice")
    return ids


def _split(given: str) -> list[str]:
    return [item.strip() for item in given.split(",") if item.strip()]


KIND = Kind(
    code=GROUP,
    title="Group",
    about="Several channels under one name: each of them is told.",
    settings=(
        Setting(
            name="channels",
            label="Channels in it",
            hint="By UUID, separated by commas",
            read=_read,
            input=Input.CHANNELS,
            from_text=_split,
        ),
    ),
)
