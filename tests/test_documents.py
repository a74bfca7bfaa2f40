"""What the documents say is what there is."""

import json
import re
from pathlib import Path

import pytest

from nightbell.alerts import registry
from nightbell.domain import spec
from nightbell.domain.check import Delivery, Reason
from nightbell.web.routes import ROUTES

DOCS = Path(__file__).parent.parent / "docs"
ADDITIONS = (DOCS / "api-extensions.md").read_text()


def row_of(kind):
    """Return the row of the kinds' table, in its cells."""
    (row,) = re.findall(rf"^\| `{kind}` \|.*$", ADDITIONS, re.MULTILINE)
    return row.strip("|").split("|")


@pytest.mark.parametrize("code", registry.CODES)
def test_each_kind_is_described_with_its_settings(code):
    settings = registry.get(code).settings
    told = dict(re.findall(r"`(\w+)`(\*?)", re.sub(r"\([^)]*\)", "", row_of(code)[2])))

    assert told == {setting.name: "*" if setting.secret else "" for setting in settings}


@pytest.mark.parametrize("code", registry.CODES)
def test_the_defaults_of_settings_are_told(code):
    told = dict(re.findall(r"`(\w+)`\*? \(`?([^`)]*)`?\)", row_of(code)[2]))
    optional = [setting for setting in registry.get(code).settings if not setting.required]

    assert told == {setting.name: shown(setting.default) for setting in optional}


def shown(default):
    return default if isinstance(default, str) and default else json.dumps(default)


def test_each_route_of_version_3_alone_is_described():
    added = [route for route in ROUTES if route.versions == ("v3",)]
    for route in added:
        path = re.sub(r"{channel}", "<id>", route.path.replace("{check}", "<uuid>"))
        for method in route.methods:
            assert f"`{method} {path.replace('{version}', 'v3')}`" in ADDITIONS


def test_each_state_and_reason_of_a_notification_is_described():
    reasons = set(Reason) - {Reason.PAUSE, Reason.RESUME}  # of which nobody is told

    for word in (*Delivery, *reasons):
        assert f"`{word.value}`" in ADDITIONS


def test_the_bounds_of_reminders_are_told():
    assert f"from {spec.MIN_NAG_SECONDS} to {spec.MAX_SECONDS}" in ADDITIONS
