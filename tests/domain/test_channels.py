"""Which channels a client's identifiers stand for."""

from datetime import UTC, datetime

import pytest

from nightbell.domain.channels import Channel, resolve
from nightbell.domain.errors import InvalidChannel

EMAIL = "4ec5a071-2d08-4baa-898a-eb4eb3cd6941"
PHONE = "746a083e-f542-4554-be1a-707ce16d3acc"
OTHER_PHONE = "1bdea468-03bf-47b8-ab27-29a9dd0e4b94"
NAMELESS = "51c6eb2b-2ae1-456b-99fe-6f1e0a36cd3c"


def channel(channel_id, name):
    return Channel(
        channel_id=channel_id,
        project_id="project",
        created=datetime(2024, 1, 1, tzinfo=UTC),
        kind="email",
        name=name,
    )


CHANNELS = [
    channel(EMAIL, "Email to Alice"),
    channel(PHONE, "Phone"),
    channel(OTHER_PHONE, "Phone"),
    channel(NAMELESS, ""),
]


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ("", set()),
        ("*", {EMAIL, PHONE, OTHER_PHONE, NAMELESS}),
        (EMAIL, {EMAIL}),
        ("Email to Alice", {EMAIL}),
        (f"{PHONE},{NAMELESS}", {PHONE, NAMELESS}),
        (f"{PHONE},Email to Alice", {PHONE, EMAIL}),
        (f"{EMAIL},Email to Alice,{EMAIL}", {EMAIL}),
    ],
)
def test_finds_channels_by_uuid_and_by_name(identifiers, expected):
    assert resolve(identifiers, CHANNELS) == expected


@pytest.mark.parametrize("identifiers", ["", "*"])
def test_a_project_without_channels_has_none_to_find(identifiers):
    assert resolve(identifiers, []) == frozenset()


@pytest.mark.parametrize(
    ("identifiers", "message"),
    [
        (",", "empty channel identifier"),
        (f"{EMAIL},", "empty channel identifier"),
        (f",{EMAIL}", "empty channel identifier"),
        (f"{EMAIL},,{PHONE}", "empty channel identifier"),
        ("Nobody", "invalid channel identifier: Nobody"),
        (" ", "invalid channel identifier:  "),
        ("email to alice", "invalid channel identifier: email to alice"),
        (" Email to Alice", "invalid channel identifier:  Email to Alice"),
        ("Email to", "invalid channel identifier: Email to"),
        (EMAIL.upper(), f"invalid channel identifier: {EMAIL.upper()}"),
        (EMAIL.replace("-", ""), f"invalid channel identifier: {EMAIL.replace('-', '')}"),
        (f"*,{EMAIL}", "invalid channel identifier: *"),
        ("Phone", "non-unique channel identifier: Phone"),
        ("Nobody,Phone", "invalid channel identifier: Nobody"),
        ("Phone,Nobody", "non-unique channel identifier: Phone"),
    ],
)
def test_tells_the_first_identifier_that_stands_for_no_single_channel(identifiers, message):
    with pytest.raises(InvalidChannel) as caught:
        resolve(identifiers, CHANNELS)

    assert caught.value.message == message
    assert str(caught.value) == message


def test_a_name_that_is_the_uuid_of_another_channel_is_not_unique():
    channels = [channel(EMAIL, ""), channel(PHONE, EMAIL)]

    with pytest.raises(InvalidChannel, match="non-unique"):
        resolve(EMAIL, channels)


def test_a_channel_named_by_its_own_uuid_is_found():
    assert resolve(EMAIL, [channel(EMAIL, EMAIL)]) == {EMAIL}
