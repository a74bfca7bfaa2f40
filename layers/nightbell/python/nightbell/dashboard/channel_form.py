"""The form of a channel: fields out of its kind's settings, and settings out of what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nightbell.alerts.kind import Input, Kind, Setting
from nightbell.dashboard.forms import Form
from nightbell.domain.errors import InvalidChannel, InvalidSpec


@dataclass(frozen=True)
class Field:
    """A setting as its form shows it."""

    setting: Setting
    value: (
        Any  # a text or number; whether a flag is set; the ids of channels; "" of a stored secret
    )
    stored: str | None = None  # what is shown of the secret that there is, None if there is none
    is_to_go: bool = False  # whether the box was ticked that takes it away

    @property
    def hint(self) -> str:
        """What to know about it; of a secret that there is, how to keep it."""
        if self.stored is None:
            return self.setting.hint
        what = f" ({self.stored})" if self.stored else ""
        return f"Set{what}: leave it empty to keep it. {self.setting.hint}".strip()

    @property
    def name(self) -> str:
        """What the form calls it, as errors do."""
        return _name_of(self.setting)

    @property
    def to_remove(self) -> str:
        """What the form calls the box by which a secret is taken away."""
        return _removal_of(self.setting)


def fields(kind: Kind, shown: Mapping[str, Any], form: Form | None = None) -> list[Field]:
    """Return the fields of the form, with what was typed, secrets too, if it was sent already.

    `shown`: what is shown of the channel's settings, empty for a new channel.
    """
    return [
        Field(
            setting,
            _value(setting, shown, form),
            _stored(setting, shown),
            form is not None and form.has(_removal_of(setting)),
        )
        for setting in kind.settings
    ]


def document(kind: Kind, form: Form, *, changing: bool) -> dict[str, Any]:
    """Return what the form says, as clients of the API say it.

    A secret that was not typed is left out: `changing` a channel keeps it, unless its box says to
    remove it.
    """
    settings = {}
    for setting in kind.settings:
        given = _given(setting, form)
        if given or not setting.secret:
            settings[setting.name] = given
        elif changing and form.has(_removal_of(setting)):
            settings[setting.name] = setting.from_text("")
    return {"kind": kind.code, "name": form.text("name"), "settings": settings}


def mistakes(kind: Kind, error: InvalidSpec | InvalidChannel) -> dict[str, str]:
    """Return what is wrong, by the name of the field that it is beside."""
    if isinstance(error, InvalidChannel):
        gone = "Choose again: a channel that was chosen is there no more."
        return {_name_of(setting): gone for setting in kind.settings[:1]}
    labels = {_name_of(one): _subject_of(one) for one in kind.settings}
    label = labels.get(error.field, error.field.capitalize())
    return {error.field: f"{label} {error.mistake}."}


def _subject_of(setting: Setting) -> str:
    """Return what a sentence about its value begins with."""
    if setting.input is Input.CHANNELS:
        return f"{setting.label}: the choice"
    return setting.label


def _given(setting: Setting, form: Form) -> Any:
    """Return what was typed, as in JSON; the default in place of nothing, "" for no secret."""
    name = _name_of(setting)
    match setting.input:
        case Input.FLAG:
            return form.has(name)
        case Input.CHANNELS:
            return form.all(name)
        case Input.LINES:
            typed = form.raw(name) if form.text(name) else ""
        case _:
            typed = form.text(name)
    if typed:
        return setting.from_text(typed)
    return "" if setting.secret or setting.required else setting.default


def _value(setting: Setting, shown: Mapping[str, Any], form: Form | None) -> Any:
    if form is None:
        return "" if setting.secret else shown.get(setting.name, setting.default)
    match setting.input:
        case Input.FLAG:
            return form.has(_name_of(setting))
        case Input.CHANNELS:
            return form.all(_name_of(setting))
    return form.text(_name_of(setting))


def _stored(setting: Setting, shown: Mapping[str, Any]) -> str | None:
    value = shown.get(setting.name)
    if not setting.secret or not value:
        return None
    match value:
        case str():
            return value
        case dict():
            return ", ".join(value)
    return ""


def _name_of(setting: Setting) -> str:
    return f"settings.{setting.name}"


def _removal_of(setting: Setting) -> str:
    return f"remove.{setting.name}"
