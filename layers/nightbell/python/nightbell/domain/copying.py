"""A new check with the configuration of another."""

from dataclasses import replace

from nightbell.domain.check import Check
from nightbell.domain.slug import slugify
from nightbell.domain.spec import MAX_NAME

_SUFFIX = " (copy)"

# All that people say about a check; the rest is its state and what tells it from others.
_CONFIGURATION = (
    "tags",
    "desc",
    "kind",
    "timeout",
    "grace",
    "schedule",
    "tz",
    "manual_resume",
    "methods",
    "start_kw",
    "success_kw",
    "failure_kw",
    "filter_subject",
    "filter_body",
    "filter_http_body",
    "filter_default_fail",
    "channels",
    "nag_interval",
)


def copy_of(check: Check, blank: Check) -> Check:
    """Return the blank check with the configuration of the other, and a name that tells so.

    It has a slug, of its name, if the other has one.
    """
    name = _name(check.shown_name)
    configuration = {field: getattr(check, field) for field in _CONFIGURATION}
    return replace(blank, name=name, slug=slugify(name) if check.slug else "", **configuration)


def _name(name: str) -> str:
    room = MAX_NAME - len(_SUFFIX)
    return (name if len(name) <= room else f"{name[: room - 1]}…") + _SUFFIX
