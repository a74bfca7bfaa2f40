"""Secrets of a check, masked in what people and jobs wrote."""

import pytest

from nightbell.domain.masking import Mask, without_uuids

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
MASK = Mask(UUID, "a1b2-c3d4_e5f6")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"curl https://x/ping/{UUID}/start", "curl https://x/ping/…/start"),
        (UUID.replace("-", "").upper(), "…"),
        ("ping/a1b2-c3d4_e5f6/backup", "ping/…/backup"),
        ("ping/A1B2C3D4E5F6/backup", "ping/…/backup"),
        ("backup 2.0", "backup 2.0"),
    ],
)
def test_secrets_are_masked(text, shown):
    assert MASK.text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"after {UUID}, daily", "after …, daily"),
        (f"a{UUID.upper()}f", "a…f"),
        (UUID.replace("-", ""), "…"),
        (f"{UUID.replace('-', '')}0", f"{UUID.replace('-', '')}0"),
        ("d670460b4b4aece5915caf5c68d12f560a9fe3e4", "d670460b4b4aece5915caf5c68d12f560a9fe3e4"),
        (UUID[:-1], UUID[:-1]),
    ],
)
def test_uuids_are_masked_whatever_they_are_of(text, shown):
    assert without_uuids(text) == shown


def test_a_secret_that_is_cut_off_is_masked_at_the_end_of_a_body():
    assert MASK.beginning(f"{UUID[:12]} {UUID[:12]}".encode()) == f"{UUID[:12]} …".encode()


def test_what_people_wrote_about_a_check_is_masked(make_check):
    check = make_check(name=UUID, desc=f"id {UUID}", tags=f"a {UUID}", slug="backup")

    masked = MASK.check(check)

    assert (masked.name, masked.desc, masked.tags, masked.slug) == ("…", "id …", "a …", "backup")
    assert masked.check_id == check.check_id
