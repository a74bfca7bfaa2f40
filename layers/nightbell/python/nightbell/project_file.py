"""A project as a document: read from a file or from what an API shows, and written to a file."""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nightbell.alerts import registry
from nightbell.domain.channels import GROUP

VERSION = 1

# What can be set of a check besides its channels, in the order of the file.
FIELDS = (
    *("name", "slug", "tags", "desc", "timeout", "schedule", "tz", "grace", "nag_interval"),
    *("manual_resume", "methods", "start_kw", "success_kw", "failure_kw"),
    *("filter_subject", "filter_body", "filter_http_body", "filter_default_fail"),
)

MEMBERS = ("version", "channels", "checks")
CHANNEL_MEMBERS = ("kind", "name", "id", "settings")
CHECK_MEMBERS = (*FIELDS, "channels", "paused", "uuid")

# Instead of a setting's value: what is shown of a secret, the variable that holds the value.
_HIDDEN = "secret"
_ENVIRONMENT = "env"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

T = TypeVar("T")


class DocumentError(Exception):
    """A file that is no document of a project, in a sentence."""


@dataclass(frozen=True)
class Hidden:
    """Stands for a secret setting that an API does not tell; `shown` is what it tells instead."""

    shown: Any


@dataclass(frozen=True)
class FromEnvironment:
    """Stands for a setting that is in an environment variable of that name."""

    variable: str


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel; what its settings are is not known (None) where an API does not show them."""

    kind: str
    name: str = ""
    channel_id: str | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is said of a check; nothing is said of fields that are not there, and where None is."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] | None = None  # names or ids
    paused: bool | None = None
    uuid: str | None = None

    @property
    def label(self) -> str:
        """What people may call it; never its UUID, which is a secret."""
        return str(self.fields.get("name") or self.fields.get("slug") or "unnamed")


@dataclass(frozen=True, kw_only=True)
class Document:
    """The channels and checks of a project, None for those of which nothing is said."""

    channels: tuple[Channel, ...] | None = None
    checks: tuple[Check, ...] | None = None

    def variables(self) -> set[str]:
        """Return the names of the environment variables that settings are in."""
        values = (value for one in self.channels or () for value in (one.settings or {}).values())
        return {value.variable for value in values if isinstance(value, FromEnvironment)}


def is_uuid(value: Any) -> bool:
    """Tell whether a value is a UUID as checks have them: lower case with hyphens."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


# ---- What an API shows ---------------------------------------------------------------------


def from_api(
    checks: Iterable[Mapping[str, Any]],
    channels: Iterable[Mapping[str, Any]],
    *,
    has_reminders: bool,
) -> Document:
    """Return what v3 of the API shows to a key that reads and writes.

    `has_reminders`: the server is a Nightbell, which leaves out a `nag_interval` of 0.
    """
    return Document(
        channels=tuple(_channel_from_api(shown) for shown in channels),
        checks=tuple(_check_from_api(shown, has_reminders=has_reminders) for shown in checks),
    )


def _channel_from_api(shown: Mapping[str, Any]) -> Channel:
    settings = None
    if "settings" in shown and shown["kind"] in registry.CODES:
        settings = dict(_settings_from_api(shown["kind"], shown["settings"]))
    return Channel(
        kind=shown["kind"], name=shown["name"], channel_id=shown["id"], settings=settings
    )


def _settings_from_api(code: str, shown: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    secret = {one.name for one in registry.get(code).settings if one.secret}
    for name, value in shown.items():
        if name not in secret:
            yield name, value
        elif value:  # else there is none
            yield name, Hidden(value)


def _check_from_api(shown: Mapping[str, Any], *, has_reminders: bool) -> Check:
    defaults = {"nag_interval": 0} if has_reminders else {}
    given = {**defaults, **shown}
    ids = shown["channels"]
    return Check(
        fields={name: given[name] for name in FIELDS if given.get(name) is not None},
        channels=tuple(ids.split(",")) if ids else (),
        paused=shown["status"] == "paused",
        uuid=shown["uuid"],
    )


# ---- Writing -------------------------------------------------------------------------------


def write(document: Document, *, with_uuids: bool) -> str:
    """Return the text of the file; the same project has the same text."""
    channels = document.channels or ()
    labels = labels_of(channels)
    content = {
        "version": VERSION,
        "channels": sorted((_channel_to_json(one, labels) for one in channels), key=_channel_order),
        "checks": sorted(
            (_check_to_json(one, labels, with_uuid=with_uuids) for one in document.checks or ()),
            key=_check_order,
        ),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def labels_of(channels: Sequence[Channel]) -> dict[str, str]:
    """Return by id what each channel is called: its name where that is clear, else its id."""
    count = Counter(one.name for one in channels)
    ids = {one.channel_id for one in channels}
    return {
        one.channel_id: one.name if _is_clear(one.name, count, ids) else one.channel_id
        for one in channels
        if one.channel_id
    }


def _is_clear(name: str, count: Mapping[str, int], ids: Collection[str | None]) -> bool:
    return bool(name) and count[name] == 1 and name not in ids


def _channel_to_json(channel: Channel, labels: Mapping[str, str]) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": channel.kind, "name": channel.name}
    if channel.channel_id and labels[channel.channel_id] == channel.channel_id:
        written["id"] = channel.channel_id
    if channel.settings is not None:
        settings = {name: _setting_to_json(value) for name, value in channel.settings.items()}
        if channel.kind == GROUP:
            settings["channels"] = _called(settings.get("channels", ()), labels)
        written["settings"] = dict(sorted(settings.items()))
    return written


def _setting_to_json(value: Any) -> Any:
    match value:
        case Hidden():
            return {_HIDDEN: value.shown}
        case FromEnvironment():
            return {_ENVIRONMENT: value.variable}
    return value


def _check_to_json(check: Check, labels: Mapping[str, str], *, with_uuid: bool) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if with_uuid and check.uuid:
        written["uuid"] = check.uuid
    written |= {name: check.fields[name] for name in FIELDS if name in check.fields}
    if check.channels is not None:
        written["channels"] = _called(check.channels, labels)
    if check.paused is not None:
        written["paused"] = check.paused
    return written


def _called(ids: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    return sorted(labels.get(one, one) for one in ids)


def _channel_order(written: Mapping[str, Any]) -> tuple[str, ...]:
    return (written["name"], written["kind"], written.get("id", ""))


def _check_order(written: Mapping[str, Any]) -> tuple[str, ...]:
    # Without UUIDs, too, checks that have the same name and slug keep their order.
    rest = {name: value for name, value in written.items() if name != "uuid"}
    names = (str(written.get(name, "")) for name in ("name", "slug"))
    return (*names, json.dumps(rest, sort_keys=True), written.get("uuid", ""))


# ---- Reading -------------------------------------------------------------------------------


def read(text: str) -> Document:
    """Return the document in the text of a file; raises DocumentError.

    The values of checks' fields and of channels' settings are not checked here.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"The file is no JSON: {error}") from None
    _require_object(content, "The file", MEMBERS)
    version = content.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise DocumentError(f'The file has no "version"; this one would be {VERSION}.')
    if version != VERSION:
        raise DocumentError(f"The file is of version {version}; this command knows {VERSION}.")
    return Document(
        channels=_read_list(content, "channels", _read_channel),
        checks=_read_list(content, "checks", _read_check),
    )


def _read_list(
    content: Mapping[str, Any], member: str, read_one: Callable[[Any, str], T]
) -> tuple[T, ...] | None:
    if member not in content:
        return None
    given = content[member]
    if not isinstance(given, list):
        raise DocumentError(f"{member} is not an array.")
    return tuple(read_one(one, f"{member}[{index}]") for index, one in enumerate(given))


def _read_channel(given: Any, place: str) -> Channel:
    _require_object(given, place, CHANNEL_MEMBERS)
    if "kind" not in given:
        raise DocumentError(f"{place}.kind is missing.")
    for member in ("kind", "name", "id"):
        if not isinstance(given.get(member, ""), str):
            raise DocumentError(f"{place}.{member} is not a string.")
    settings = given.get("settings")
    if settings is not None:
        if not isinstance(settings, dict):
            raise DocumentError(f"{place}.settings is not an object.")
        settings = {name: _read_setting(value) for name, value in settings.items()}
        if given["kind"] == GROUP and "channels" in settings:
            settings["channels"] = list(
                _read_names(settings["channels"], f"{place}.settings.channels")
            )
    return Channel(
        kind=given["kind"],
        name=given.get("name", ""),
        channel_id=given.get("id"),
        settings=settings,
    )


def _read_setting(given: Any) -> Any:
    match given:
        case {"env": str(variable)} if len(given) == 1:
            return FromEnvironment(variable)
        case {"secret": shown} if len(given) == 1:
            return Hidden(shown)
    return given


def _read_check(given: Any, place: str) -> Check:
    _require_object(given, place, CHECK_MEMBERS)
    channels = given.get("channels")
    if channels is not None:
        channels = _read_names(channels, f"{place}.channels")
    paused = given.get("paused")
    if paused is not None and not isinstance(paused, bool):
        raise DocumentError(f"{place}.paused is not a boolean.")
    uuid = given.get("uuid")
    if uuid is not None and not is_uuid(uuid):
        raise DocumentError(f"{place}.uuid is no UUID.")
    return Check(
        fields={name: given[name] for name in FIELDS if name in given},
        channels=channels,
        paused=paused,
        uuid=uuid,
    )


def _read_names(given: Any, place: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise DocumentError(f"{place} is not an array of names.")
    return tuple(given)


def _require_object(given: Any, place: str, members: Collection[str]) -> None:
    if not isinstance(given, dict):
        raise DocumentError(f"{place} is not an object.")
    unknown = sorted(given.keys() - members)
    if unknown:
        raise DocumentError(f"{place} has an unknown member {unknown[0]!r}.")
