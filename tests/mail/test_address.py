"""Which check a mail is for."""

import pytest

from nightbell.mail.address import CheckAddress, read

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
KEY = "Ab-cd_Ef0123456789ghIJ"


@pytest.mark.parametrize(
    "recipient",
    [
        f"{UUID}@ping.example.org",
        f"{UUID.upper()}@PING.Example.ORG",
        f" {UUID}@ping.example.org\r\n",
    ],
)
def test_a_uuid_stands_for_its_check(recipient):
    assert read(recipient, "ping.example.org") == CheckAddress(UUID, "", "")


@pytest.mark.parametrize(
    ("local_part", "ping_key", "slug"),
    [
        (f"{KEY}+backup", KEY, "backup"),
        (f"{KEY}+Nightly-Back_up2", KEY, "nightly-back_up2"),
        ("k+s", "k", "s"),
        (f"{UUID}+backup", UUID, "backup"),
    ],
)
def test_a_ping_key_and_a_slug_stand_for_a_check(local_part, ping_key, slug):
    found = read(f"{local_part}@ping.example.org", "Ping.example.org")

    assert found == CheckAddress(None, ping_key, slug)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "@",
        "@ping.example.org",
        UUID,
        f"{UUID}@",
        f"{UUID}@example.org",
        f"{UUID}@mail.ping.example.org",
        f"{UUID}@ping.example.org@example.com",
        f"{UUID}@example.com@ping.example.org",
        f"{UUID[:-1]}@ping.example.org",
        f"{UUID}0@ping.example.org",
        f"{UUID.replace('-', '')}@ping.example.org",
        f"<{UUID}@ping.example.org>",
        f'"{UUID}"@ping.example.org',
        f"{UUID}\n@ping.example.org",
        f"{KEY}@ping.example.org",
        f"{KEY}+@ping.example.org",
        "+backup@ping.example.org",
        f"{KEY}+back+up@ping.example.org",
        f"{KEY}+back up@ping.example.org",
        f"{KEY}+bäckup@ping.example.org",
        f"{KEY}/backup@ping.example.org",
        "postmaster@ping.example.org",
        "\x00\ud800@ping.example.org",
        "+" * 100_000 + "@ping.example.org",
    ],
)
def test_any_other_address_is_none_of_a_check(recipient):
    assert read(recipient, "ping.example.org") is None
