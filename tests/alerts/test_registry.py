"""All kinds of channels, by their codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from nightbell.alerts import kinds, registry
from nightbell.domain.errors import InvalidSpec

MODULES = {path.stem for path in Path(kinds.__file__).parent.glob("*.py")} - {"__init__"}

# What Healthchecks calls the kinds that it has as well.
HEALTHCHECKS = {
    *("apprise", "discord", "email", "googlechat", "gotify", "group", "matrix", "mattermost"),
    *("msteamsw", "ntfy", "opsgenie", "pd", "po", "slack", "sms", "telegram", "webhook", "zulip"),
}


def test_each_module_is_a_kind():
    modules = [registry.module(code).__name__.rpartition(".")[2] for code in registry.CODES]

    assert sorted(modules) == sorted(MODULES)


def test_kinds_have_the_codes_of_healthchecks():
    assert set(registry.CODES) - HEALTHCHECKS == {"eventbridge", "sns"}
    assert set(registry.CODES) >= HEALTHCHECKS


@pytest.mark.parametrize("code", registry.CODES)
def test_a_kind_knows_its_code(code):
    assert registry.get(code).code == code


@pytest.mark.parametrize("code", ["", "Slack", "pagerduty", "__init__", "../slack", "os"])
def test_another_code_is_no_kind(code):
    with pytest.raises(InvalidSpec, match=r"^json validation error: kind has unexpected value$"):
        registry.get(code)


def test_titles_are_different():
    titles = [registry.get(code).title for code in registry.CODES]

    assert len(set(titles)) == len(titles)


def test_a_kind_is_loaded_when_it_is_needed():
    program = (
        "import sys; from nightbell.alerts import registry; registry.get('slack');"
        "print(*(name for name in sys.modules if name.startswith('nightbell.alerts.kinds.')))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert loaded.stdout.split() == [b"nightbell.alerts.kinds.slack"]
