"""Groups of channels."""

import pytest

from nightbell.alerts import registry
from nightbell.alerts.kinds.group import KIND
from nightbell.domain.errors import InvalidSpec

IDS = [f"7918b17b-a745-4db1-8575-9d2e07c97f{n:02}" for n in range(21)]


def test_a_group_names_channels():
    settings = KIND.read({"channels": [IDS[0].upper(), *IDS[1:20]]})

    assert settings == {"channels": IDS[:20]}


@pytest.mark.parametrize(
    ("channels", "error"),
    [
        (IDS[0], "settings.channels is not an array"),
        (None, "settings.channels is not an array"),
        ([], "settings.channels is empty"),
        (IDS, "settings.channels is too long"),
        (["Ops"], "an item in 'settings.channels' has unexpected value"),
        ([7], "an item in 'settings.channels' has unexpected value"),
        ([IDS[0] + "0"], "an item in 'settings.channels' has unexpected value"),
        ([IDS[0] + "\n"], "an item in 'settings.channels' has unexpected value"),
        ([IDS[0], IDS[0].upper()], "settings.channels names a channel twice"),
    ],
)
def test_refuses_what_names_no_channels(channels, error):
    with pytest.raises(InvalidSpec, match=f"{error}$"):
        KIND.read({"channels": channels})


def test_a_group_has_channels():
    with pytest.raises(InvalidSpec, match=r"settings\.channels is missing$"):
        KIND.read({})


def test_the_command_line_takes_them_separated_by_commas():
    (setting,) = KIND.settings

    assert setting.from_text(f" {IDS[0]}, {IDS[1]},") == IDS[:2]


def test_only_a_group_is_not_told_itself():
    untold = [code for code in registry.CODES if not hasattr(registry.module(code), "send")]

    assert untold == ["group"]
