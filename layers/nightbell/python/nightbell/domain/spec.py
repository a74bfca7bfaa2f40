"""The fields of a check that a client may send, checked one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, cast

from nightbell.domain.check import Kind
from nightbell.domain.errors import InvalidSpec
from nightbell.domain.slug import MAX_LENGTH as MAX_SLUG

MIN_SECONDS = 60
MAX_SECONDS = 365 * 24 * 60 * 60
MIN_NAG_SECONDS = 60 * 60
MAX_NAME = 100
MAX_SCHEDULE = 100
MAX_KEYWORDS = 200
MAX_TAGS = 500
MAX_DESC = 10_000

UNIQUE_FIELDS = ("name", "slug", "tags", "timeout", "grace")

_SLUG_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a client sent, in the order in which errors are told; None: not sent."""

    channels: str | None = None
    desc: str | None = None
    failure_kw: str | None = None
    filter_subject: bool | None = None
    filter_body: bool | None = None
    filter_http_body: bool | None = None
    filter_default_fail: bool | None = None
    grace: timedelta | None = None
    manual_resume: bool | None = None
    methods: str | None = None
    nag_interval: timedelta | None = None
    name: str | None = None
    schedule: str | None = None
    slug: str | None = None
    start_kw: str | None = None
    subject: str | None = None
    subject_fail: str | None = None
    success_kw: str | None = None
    tags: str | None = None
    timeout: timedelta | None = None
    tz: str | None = None
    unique: tuple[str, ...] | None = None

    @property
    def schedule_kind(self) -> Kind:
        """Return what kind of schedule was sent; only for a spec with a schedule."""
        from nightbell.domain import schedule  # costs those nothing that send none

        return schedule.kind_of(cast("str", self.schedule))

    def plain_fields(self) -> dict[str, Any]:
        """Return the sent fields that a check has under the same name and takes as they are."""
        return {
            field.name: value
            for field in fields(self)
            if field.name not in _NOT_PLAIN and (value := getattr(self, field.name)) is not None
        }

    def match(self) -> dict[str, Any] | None:
        """Return the values by which an existing check is looked for, or None to create one."""
        if not self.unique:
            return None
        values = {field: getattr(self, field) for field in self.unique}
        return None if None in values.values() else values


_NOT_PLAIN = {"channels", "schedule", "subject", "subject_fail", "timeout", "unique"}


def parse(document: Mapping[str, Any]) -> Spec:
    """Return the checked fields of a JSON object; members it does not know are ignored.

    Raises InvalidSpec for the first field, in the order of Spec, that has an unusable value.
    """
    return Spec(
        **{
            name: check(name, document[name])
            for name, check in _FIELD_CHECKS.items()
            if name in document
        }
    )


def _text(max_length: int | None = None) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or not _is_storable(value):
            raise InvalidSpec(name, "is not a string")
        if max_length is not None and len(value) > max_length:
            raise InvalidSpec(name, "is too long")
        return value

    return check


def _is_storable(text: str) -> bool:
    """Tell whether the text is free of lone surrogates, which no encoding has, and of NUL."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSpec(name, "is not a boolean")
    return value


def _seconds(name: str, value: Any) -> timedelta:
    if not isinstance(value, int):
        raise InvalidSpec(name, "is not a number")
    if value < MIN_SECONDS:  # true and false, too, as in Healthchecks
        raise InvalidSpec(name, "is too small")
    if value > MAX_SECONDS:
        raise InvalidSpec(name, "is too large")
    return timedelta(seconds=value)


def _nag_interval(name: str, value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSpec(name, "is not a number")
    if value < MIN_NAG_SECONDS and value != 0:
        raise InvalidSpec(name, "is too small")
    if value > MAX_SECONDS:
        raise InvalidSpec(name, "is too large")
    return timedelta(seconds=value)


def _methods(name: str, value: Any) -> str:
    if value not in ("", "POST"):
        raise InvalidSpec(name, "has unexpected value")
    return cast("str", value)


def _slug(name: str, value: Any) -> str:
    text = _text(MAX_SLUG)(name, value)
    if not _SLUG_CHARACTERS.issuperset(text):
        raise InvalidSpec(name, "does not match pattern")
    return text


def _schedule(name: str, value: Any) -> str:
    from nightbell.domain import schedule

    text = _text(MAX_SCHEDULE)(name, value)
    if not schedule.is_valid(text):
        raise InvalidSpec(name, "is not a valid cron or OnCalendar expression")
    return text


def _tz(name: str, value: Any) -> str:
    from nightbell.domain import schedule

    present_name = schedule.present_zone_name(_text()(name, value))
    if present_name is None:
        raise InvalidSpec(name, "is not a valid timezone")
    return present_name


def _unique(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InvalidSpec(name, "is not an array")
    if any(item not in UNIQUE_FIELDS for item in value):
        raise InvalidSpec(name, "has unexpected value", of_item=True)
    return tuple(sorted(set(value)))


_FIELD_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "channels": _text(),
    "desc": _text(MAX_DESC),
    "failure_kw": _text(MAX_KEYWORDS),
    "filter_subject": _boolean,
    "filter_body": _boolean,
    "filter_http_body": _boolean,
    "filter_default_fail": _boolean,
    "grace": _seconds,
    "manual_resume": _boolean,
    "methods": _methods,
    "nag_interval": _nag_interval,
    "name": _text(MAX_NAME),
    "schedule": _schedule,
    "slug": _slug,
    "start_kw": _text(MAX_KEYWORDS),
    "subject": _text(MAX_KEYWORDS),
    "subject_fail": _text(MAX_KEYWORDS),
    "success_kw": _text(MAX_KEYWORDS),
    "tags": _text(MAX_TAGS),
    "timeout": _seconds,
    "tz": _tz,
    "unique": _unique,
}
