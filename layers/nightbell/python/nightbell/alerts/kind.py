"""What a kind of channel is, and what its settings are."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from nightbell.alerts import http
from nightbell.domain.errors import InvalidSpec

# A channel's settings by name, each one present: what was not given is the default.
Settings = Mapping[str, Any]

MAX_URL = 1000


class Input(StrEnum):
    """How people give a setting."""

    LINE = "line"
    LINES = "lines"
    NUMBER = "number"
    CHOICE = "choice"  # one of the setting's options
    FLAG = "flag"
    CHANNELS = "channels"  # of the project


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing to give when a channel is made."""

    name: str
    label: str  # for people, as short as may be
    hint: str = ""  # what to know about it
    read: Callable[[str, Any], Any]  # (name, value of the JSON) -> value; raises InvalidSpec
    required: bool = True
    default: Any = ""
    secret: bool = False  # stored encrypted, never shown
    show: Callable[[Any], Any] | None = None  # of a secret: what may be shown of it
    input: Input = Input.LINE
    options: tuple[str, ...] = ()
    lowest: int | None = None  # of a number
    highest: int | None = None
    from_text: Callable[[str], Any] = str  # what a text that people gave is in JSON
    is_address: bool = False  # the other secrets are sent there
    is_target: bool = False  # tells people where alerts go, as addresses do

    @property
    def description(self) -> str:
        """All that there is to say about it, without a full stop."""
        options = f" ({', '.join(self.options)})" if self.options else ""
        return f"{self.label}{options}{f'. {self.hint}' if self.hint else ''}"

    def shown(self, value: Any) -> Any:
        """Return what is shown of a value: of a secret as much as may be, else whether it is."""
        if not self.secret:
            return value
        return self.show(value) if self.show else bool(value)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of channel: Healthchecks' code for it, its name for people, its settings."""

    code: str
    title: str
    about: str  # how it tells an alert, in a line
    settings: tuple[Setting, ...]
    check: Callable[[Settings], None] | None = None  # of all together; raises InvalidSpec
    is_set_up: Callable[[], bool] = lambda: True  # whether this service can send to such channels

    def read(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings, checked; raises InvalidSpec for the first that is unusable."""
        values: dict[str, Any] = {}
        for setting in self.settings:
            name = f"settings.{setting.name}"
            if setting.name in document:
                values[setting.name] = setting.read(name, document[setting.name])
            elif setting.required:
                raise InvalidSpec(name, "is missing")
            else:
                values[setting.name] = setting.default
        if self.check:
            self.check(values)
        return values

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a channel, those with defaults that the kind has had since too."""
        defaults = {one.name: one.default for one in self.settings if not one.required}
        return {**defaults, **values}

    def target(self, shown: Mapping[str, Any]) -> str:
        """Return where a channel's alerts go, from what is shown of its settings; "" if secret."""
        values = [shown.get(one.name) for one in self.settings if one.is_address or one.is_target]
        return ", ".join(
            dict.fromkeys(value for value in values if isinstance(value, str) and value)
        )


def text(
    name: str,
    label: str,
    hint: str = "",
    *,
    required: bool = True,
    secret: bool = False,
    max_length: int = 200,
    pattern: str | None = None,
    multiline: bool = False,
    default: str = "",
    is_target: bool = False,
) -> Setting:
    """Return a setting that is a text; `pattern` is what all of it must match.

    The default stands in for a text that was left out, or is empty.
    """

    def read(field: str, value: Any) -> str:
        read_value = _text(field, value, max_length, multiline=multiline) or default
        if required and not read_value:
            raise InvalidSpec(field, "is empty")
        if read_value and pattern and not re.fullmatch(pattern, read_value):
            raise InvalidSpec(field, "has unexpected value")
        return read_value

    return Setting(
        name=name,
        label=label,
        hint=hint,
        read=read,
        required=required,
        default=default,
        secret=secret,
        input=Input.LINES if multiline else Input.LINE,
        is_target=is_target,
    )


def url(
    name: str,
    label: str,
    hint: str = "",
    *,
    required: bool = True,
    secret: bool = True,
    default: str = "",
) -> Setting:
    """Return a setting that is an http or https address; of a secret one the host is shown.

    The default stands in for an address that was left out, or is empty.
    """

    def read(field: str, value: Any) -> str:
        address = _text(field, value, MAX_URL, multiline=False) or default
        if not address and not required:
            return address
        if not http.is_url(address):
            raise InvalidSpec(field, "is not a valid URL")
        return address

    def show(address: str) -> str:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]  # the rest of it is a name and password
        return f"{parts.scheme}://{host}/…" if address else ""

    return Setting(
        name=name,
        label=label,
        hint=hint,
        read=read,
        required=required,
        default=default,
        secret=secret,
        show=show if secret else None,
        is_address=True,
    )


def choice(name: str, label: str, options: Sequence[str], default: str) -> Setting:
    """Return a setting that is one of these words."""

    def read(field: str, value: Any) -> str:
        if value not in options:
            raise InvalidSpec(field, "has unexpected value")
        return str(value)

    return Setting(
        name=name,
        label=label,
        read=read,
        required=False,
        default=default,
        input=Input.CHOICE,
        options=tuple(options),
    )


def flag(name: str, label: str, *, default: bool) -> Setting:
    """Return a setting that is true or false."""

    def read(field: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InvalidSpec(field, "is not a boolean")
        return value

    return Setting(
        name=name,
        label=label,
        read=read,
        required=False,
        default=default,
        input=Input.FLAG,
        from_text=_json_from_text,
    )


def number(
    name: str, label: str, lowest: int, highest: int, default: int, hint: str = ""
) -> Setting:
    """Return a setting that is a whole number between these, both included."""

    def read(field: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidSpec(field, "is not a number")
        if value < lowest:
            raise InvalidSpec(field, "is too small")
        if value > highest:
            raise InvalidSpec(field, "is too large")
        return value

    return Setting(
        name=name,
        label=label,
        hint=hint,
        read=read,
        required=False,
        default=default,
        input=Input.NUMBER,
        lowest=lowest,
        highest=highest,
        from_text=_json_from_text,
    )


def _text(field: str, value: Any, max_length: int, *, multiline: bool) -> str:
    if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
        raise InvalidSpec(field, "is not a string")
    if len(value) > max_length:
        raise InvalidSpec(field, "is too long")
    allowed = "\t\n\r" if multiline else ""
    if any(char not in allowed and not char.isprintable() for char in value):
        raise InvalidSpec(field, "has unexpected value")
    return value


def _json_from_text(given: str) -> Any:
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given  # refused where it is read
