"""The form of a check: its fields, the document that the API would get, mistakes beside fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.dashboard.forms import Form, InvalidForm
from nightbell.dashboard.rendering import base_path, render, zone_of
from nightbell.dashboard.schedule_preview import preview
from nightbell.dashboard.session import Viewer
from nightbell.domain import schedule, slug, spec
from nightbell.domain.check import Check, Kind, LoggedPing
from nightbell.domain.errors import InvalidSpec, UserError
from nightbell.domain.spec import Spec
from nightbell.settings import settings
from nightbell.store import channels
from nightbell.web import digits

# Lengths of time are given as a number and a unit.
UNITS = (("1", "seconds"), ("60", "minutes"), ("3600", "hours"), ("86400", "days"))
_LENGTHS = ("timeout", "grace", "nag_interval")
_TEXTS = ("name", "slug", "tags", "tz", "methods", "start_kw", "success_kw", "failure_kw")
_BOXES = (
    *("manual_resume", "filter_subject", "filter_body"),
    *("filter_http_body", "filter_default_fail"),
)
# The members of the document as the form has their fields, from its top on.
_ORDER = (
    *("name", "tags", "slug", "desc", "timeout", "schedule", "tz", "grace", "channels"),
    *("nag_interval", "methods", "manual_resume", "start_kw", "success_kw", "failure_kw"),
    *("filter_http_body", "filter_default_fail", "filter_subject", "filter_body"),
)
_SELDOM = (*_BOXES, "methods", "start_kw", "success_kw", "failure_kw")
# What the preview of a schedule depends on.
_TIMING = ("timeout", "schedule", "tz", "grace")

LABELS = {
    "name": "Name",
    "tags": "Tags",
    "slug": "Slug",
    "desc": "Description",
    "timeout": "Period",
    "cron": "Cron expression",
    "oncalendar": "OnCalendar",
    "tz": "Zone",
    "grace": "Grace time",
    "channels": "Channels",
    "nag_interval": "Remind every",
    "methods": "Requests",
    "start_kw": "Start",
    "success_kw": "Success",
    "failure_kw": "Failure",
}

LONGEST = {
    "name": spec.MAX_NAME,
    "slug": slug.MAX_LENGTH,
    "tags": spec.MAX_TAGS,
    "desc": spec.MAX_DESC,
    "schedule": spec.MAX_SCHEDULE,
    "start_kw": spec.MAX_KEYWORDS,
    "success_kw": spec.MAX_KEYWORDS,
    "failure_kw": spec.MAX_KEYWORDS,
}

_MOST_DIGITS = 12

# What of a length is said where the API says that a number is too small or too large.
_BOUNDS = {
    ("timeout", "is too small"): "At least one minute, please.",
    ("grace", "is too small"): "At least one minute, please.",
    ("nag_interval", "is too small"): "At least one hour, please, or nothing for no reminders.",
}
_MISTAKES = {
    "is too large": "At most 365 days, please.",
    "is not a number": "A whole number, please.",
    "does not match pattern": "Small letters, digits, hyphens and underscores only, please.",
    "is not a valid timezone": "There is no such zone. It is a name such as Europe/Riga or UTC.",
}

Values = Mapping[str, Any]


class StaleForm(UserError):
    """Somebody else changed the check since the form was opened."""


@dataclass(frozen=True)
class Entry:
    """What a form holds, as the page shows it again, and what is wrong with it."""

    values: Values
    spec: Spec  # of all that is right
    errors: Mapping[str, str]  # by the name of the field
    seen: str  # see `of_check`
    is_stale: bool = False  # somebody else changed the check since the form was opened

    @property
    def new_spec(self) -> Spec:
        """What makes a new check: its slug, if none was typed, is made from its name."""
        return replace(self.spec, slug=self.spec.slug or None)

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, as it is told where the field is not beside it."""
        return {field: f"{LABELS[field]}: {text}" for field, text in self.errors.items()}

    @property
    def timing_problems(self) -> list[str]:
        """What is wrong with the schedule."""
        fields = {_field_of(name, self.values["kind"]) for name in _TIMING}
        return [text for field, text in self.problems.items() if field in fields]

    @property
    def has_more(self) -> bool:
        """Tell whether there is something in the part of the form that few need."""
        values = self.values
        return any(values[name] or name in self.errors for name in _SELDOM)


def of_check(check: Check) -> Entry:
    """Return the form that shows a check; `seen` tells this configuration from any other."""
    values: dict[str, Any] = {name: getattr(check, name) for name in (*_TEXTS, *_BOXES, "desc")}
    values["kind"] = check.kind.value
    for kind in (Kind.CRON, Kind.ONCALENDAR):
        values[kind.value] = check.schedule if check.kind is kind else ""
    for name in _LENGTHS:
        values[name], values[f"{name}_unit"] = _number_and_unit(getattr(check, name))
    values["channels"] = sorted(check.channels)
    return Entry(values, Spec(), {}, sha256(repr(values).encode()).hexdigest())


def of_form(form: Form) -> Entry:
    """Return what was typed; what is wrong with it is what the API would say."""
    values: dict[str, Any] = {name: form.text(name) for name in _TEXTS}
    values |= {name: form.has(name) for name in _BOXES}
    values |= {"desc": form.raw("desc"), "channels": form.all("channels")}
    values |= {"cron": form.text("cron"), "oncalendar": form.raw("oncalendar").strip()}
    values["kind"] = next((kind for kind in Kind if kind == form.text("kind")), Kind.SIMPLE).value
    for name in _LENGTHS:
        unit = form.text(f"{name}_unit")
        values[name] = form.text(name)
        values[f"{name}_unit"] = unit if unit in dict(UNITS) else "60"
    document = _document(values)
    right: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in _ORDER:
        part = {name: document[name]} if name in document else {}
        try:
            spec.parse(part)
            right |= part
        except InvalidSpec as error:
            errors[_field_of(name, values["kind"])] = _told(error)
    return Entry(values, spec.parse(right), errors, form.text("seen"))


def with_lost_channel(entry: Entry) -> Entry:
    """Return the form, telling that a channel was deleted since it was shown."""
    text = "One of these channels is not there any more. Choose anew, please."
    return replace(entry, errors={**entry.errors, "channels": text})


def require_unchanged(check: Check, entry: Entry) -> None:
    """Raise StaleForm if the check is not as it was when the form was opened."""
    if of_check(check).seen != entry.seen:
        raise StaleForm


def as_stale(entry: Entry, check: Check) -> Entry:
    """Return the form, telling that the check was changed: sent again, it is saved over that."""
    return replace(entry, seen=of_check(check).seen, is_stale=True)


def is_preview(form: Form) -> bool:
    """Tell whether the form is to be shown with what its schedule comes to, and not saved.

    Raises InvalidForm if it is to be neither previewed nor saved.
    """
    action = form.text("action")
    if action not in ("preview", "save"):
        raise InvalidForm
    return action == "preview"


def show(
    event: APIGatewayProxyEvent,
    viewer: Viewer,
    entry: Entry,
    check: Check,
    now: datetime,
    status: HTTPStatus,
    *,
    heading: str,
    log: Sequence[LoggedPing] = (),
    is_new: bool = False,
    is_full: bool = False,
) -> Response[Any]:
    """Return the page with the form.

    `check` is what the form changes, `log` the latest of its pings. `is_full`: the project has as
    many checks as it may have.
    """
    shown = None
    if not entry.timing_problems:
        shown = preview(check, entry.spec, log, now, zone_of(event))
    # A script that wants the preview anew has the rest already.
    part = event.headers.get("sec-fetch-dest") == "empty"
    checks = f"{base_path(event)}/projects/{viewer.project.project_id}/checks"
    return render(
        event,
        "schedule_preview.html" if part else "check_form.html",
        now=now,
        viewer=viewer,
        section="checks",
        status=status,
        heading=heading,
        entry=entry,
        preview=shown,
        back=checks if is_new else f"{checks}/{check.unique_key}",
        is_new=is_new,
        is_full=is_full,
        channels=() if part else _channels(viewer.project.project_id),
        zones=() if part else schedule.zone_names(),
        units=UNITS,
        labels=LABELS,
        longest=LONGEST,
        by_mail=bool(settings.ping_mail_domain),
    )


def _channels(project_id: str) -> list[tuple[str, str]]:
    """Return the project's channels, by name: their ids, and what people call them."""
    found = sorted(channels.list_for(project_id), key=lambda one: one.shown_name.casefold())
    return [(one.channel_id, f"{one.shown_name} ({one.kind})") for one in found]


def _document(values: Values) -> dict[str, Any]:
    """Return what a client of the API would send for the same check."""
    sent = (*_TEXTS, *_BOXES, "desc")
    document = {name: values[name] for name in sent} | {"channels": ",".join(values["channels"])}
    lengths = ["grace", "nag_interval"]
    if values["kind"] == Kind.SIMPLE:
        lengths.append("timeout")
        del document["tz"]
    else:
        document["schedule"] = values[values["kind"]]
    for name in lengths:
        number, unit = digits.number(values[name], _MOST_DIGITS), int(values[f"{name}_unit"])
        document[name] = values[name] if number is None else number * unit
    if values["nag_interval"] == "":
        document["nag_interval"] = 0
    return document


def _field_of(name: str, kind: str) -> str:
    """Return the field that a member of the document comes from."""
    return kind if name == "schedule" else name


def _told(error: InvalidSpec) -> str:
    if (error.field, error.mistake) in _BOUNDS:
        return _BOUNDS[error.field, error.mistake]
    if error.mistake == "is too long":
        return f"Too long: at most {LONGEST[error.field]} characters, please."
    return _MISTAKES.get(error.mistake, f"This {error.mistake}.")


def _number_and_unit(length: timedelta) -> tuple[str, str]:
    """Return a length in the largest unit that makes it a whole number; none is ""."""
    seconds = int(length.total_seconds())
    if not seconds:
        return "", "3600"
    size = next(int(size) for size, _ in reversed(UNITS) if seconds % int(size) == 0)
    return str(seconds // size), str(size)
