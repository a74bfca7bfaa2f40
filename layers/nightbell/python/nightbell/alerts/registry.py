"""All kinds of channels, by Healthchecks' code for each."""

from importlib import import_module
from types import ModuleType

from nightbell.alerts.kind import Kind
from nightbell.domain.errors import InvalidSpec

# The module of each kind. Read when it is needed: a delivery needs one.
_MODULES = {
    "apprise": "apprise",
    "discord": "discord",
    "email": "email",
    "eventbridge": "eventbridge",
    "googlechat": "googlechat",
    "gotify": "gotify",
    "group": "group",
    "matrix": "matrix",
    "mattermost": "mattermost",
    "msteamsw": "msteams",
    "ntfy": "ntfy",
    "opsgenie": "opsgenie",
    "pd": "pagerduty",
    "po": "pushover",
    "slack": "slack",
    "sms": "sms",
    "sns": "sns",
    "telegram": "telegram",
    "webhook": "webhook",
    "zulip": "zulip",
}

CODES = tuple(_MODULES)


def get(code: str) -> Kind:
    """Return the kind with that code; raises InvalidSpec."""
    kind: Kind = module(code).KIND
    return kind


def module(code: str) -> ModuleType:
    """Return the module of a kind: it has KIND and, but for a group, `send`; raises InvalidSpec."""
    if code not in _MODULES:
        raise InvalidSpec("kind", "has unexpected value")
    return import_module(f"nightbell.alerts.kinds.{_MODULES[code]}")
