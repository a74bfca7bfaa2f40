"""Addresses by which alerts are ended."""

import hashlib
import hmac

import pytest

from nightbell.alerts import unsubscribe


def test_the_address_holds_project_channel_and_a_signature():
    url = unsubscribe.url_for("channel", "project", "secret", "https://nightbell.example.org/live")

    signed = hmac.new(b"secret", b"unsubscribe:channel", hashlib.sha256).hexdigest()[:32]
    assert url == f"https://nightbell.example.org/live/unsubscribe/project/channel/{signed}"
    assert unsubscribe.is_valid(signed, "channel", "secret")


@pytest.mark.parametrize(
    ("channel", "secret", "change"),
    [
        ("other", "secret", str),
        ("channel", "other", str),
        ("channel", "secret", str.upper),
        ("channel", "secret", lambda signature: signature[:-1]),
        ("channel", "secret", lambda signature: signature + "0"),
        ("channel", "secret", lambda _: ""),
        ("channel", "secret", lambda _: "\u00e9" * 32),
    ],
)
def test_a_signature_is_good_for_one_channel_of_one_project(channel, secret, change):
    signature = unsubscribe.url_for("channel", "project", "secret", "").rpartition("/")[2]

    assert not unsubscribe.is_valid(change(signature), channel, secret)
