"""The address a request came from."""

from dataclasses import replace

import pytest

from nightbell.settings import Settings
from nightbell.web import address


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-forwarded-for": "127.0.0.1"}, {"cloudfront-viewer-address": "127.0.0.1:1"}],
)
def test_is_the_one_that_api_gateway_saw(headers):
    assert address.client_address(headers, "192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "192.0.2.1"),
        ({"cloudfront-viewer-address": "198.51.100.1:46532"}, "198.51.100.1"),
        ({"cloudfront-viewer-address": "2001:db8::1:46532"}, "2001:db8::1"),
        ({"cloudfront-viewer-address": "[2001:db8::1]:46532"}, "2001:db8::1"),
        ({"x-forwarded-for": "127.0.0.1, 198.51.100.1, 192.0.2.1"}, "198.51.100.1"),
        ({"x-forwarded-for": "127.0.0.1, 198.51.100.1"}, "198.51.100.1"),
        ({"x-forwarded-for": " 198.51.100.1 ,192.0.2.1"}, "198.51.100.1"),
        ({"x-forwarded-for": "192.0.2.1"}, "192.0.2.1"),
        ({"x-forwarded-for": ""}, "192.0.2.1"),
        ({"x-forwarded-for": ",,"}, "192.0.2.1"),
    ],
)
def test_behind_cloudfront_it_is_the_one_that_cloudfront_saw(monkeypatch, headers, expected):
    monkeypatch.setattr(address, "settings", replace(Settings(), trust_cloudfront=True))

    assert address.client_address(headers, "192.0.2.1") == expected
