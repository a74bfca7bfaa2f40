"""The secret settings of channels, encrypted by KMS."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

from nightbell.alerts import aws, sealing

SECRET = "https://hooks.example/S3cr3t/ü"


@pytest.fixture
def seal(secrets_key, make_channel):
    """Return a function that returns the channel with these settings sealed."""

    def make(**settings):
        channel = make_channel()
        sealed = {
            name: sealing.seal(channel.project_id, channel.channel_id, name, json.dumps(value))
            for name, value in settings.items()
        }
        return make_channel(sealed=sealed)

    return make


@pytest.mark.parametrize("value", [SECRET, "", {"X-Token": "a"}, ["a"], 1, True])
def test_what_is_unsealed_is_what_was_sealed(seal, value):
    assert sealing.unseal(seal(url=value)) == {"url": value}


def test_a_channel_without_secrets_asks_nobody(make_channel, monkeypatch):
    monkeypatch.setattr(aws, "client", None)

    assert sealing.unseal(make_channel()) == {}


def test_what_is_stored_is_text_and_does_not_tell_the_secret(seal):
    sealed = seal(url=SECRET).sealed["url"]

    assert sealed.isascii()
    stored = base64.b64decode(sealed, validate=True)
    assert SECRET.encode() not in stored
    assert SECRET not in sealed


def test_the_largest_setting_can_be_sealed(seal):
    value = "x" * (sealing.LARGEST - 2)  # and quotation marks

    assert sealing.unseal(seal(body=value)) == {"body": value}


@pytest.mark.parametrize("field", ["project_id", "channel_id", "setting"])
def test_a_sealed_setting_is_good_at_its_own_place_only(seal, make_channel, field):
    sealed = seal(url=SECRET).sealed["url"]
    elsewhere = (
        make_channel(sealed={"other": sealed})
        if field == "setting"
        else make_channel(**{field: "other"}, sealed={"url": sealed})
    )

    with pytest.raises(ClientError):
        sealing.unseal(elsewhere)


def test_a_setting_is_decrypted_once_for_many_deliveries(seal, monkeypatch):
    channel = seal(url=SECRET, token="t")
    sealing.unseal(channel)

    monkeypatch.setattr(aws, "client", None)

    assert sealing.unseal(channel) == {"url": SECRET, "token": "t"}
