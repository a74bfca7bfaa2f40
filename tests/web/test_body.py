"""The JSON object in a request's body."""

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.errors import InvalidBody, InvalidSpec
from nightbell.web import body


def event(text, *, is_base64=False):
    return APIGatewayProxyEvent({"body": text, "isBase64Encoded": is_base64})


@pytest.mark.parametrize(
    ("text", "is_base64", "value"),
    [
        (None, False, {}),
        ("", False, {}),
        ("", True, {}),
        ('{"a": "é"}', False, {"a": "é"}),
        ("eyJhIjogMX0=", True, {"a": 1}),
        # What is base64 is told by the flag alone.
        ('{"a": 1, "a": 2}', False, {"a": 2}),
    ],
)
def test_reads_the_object(text, is_base64, value):
    assert body.parse(event(text, is_base64=is_base64)) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [("{", InvalidBody), ("[" * 100_000, InvalidBody), ("[]", InvalidSpec), ("null", InvalidSpec)],
)
def test_refuses_anything_else(text, error):
    with pytest.raises(error):
        body.parse(event(text))


def test_long_numbers_stay_out_of_every_bound():
    numbers = body.parse(event(f'{{"a": {"9" * 5000}, "b": -{"9" * 5000}}}'))

    assert numbers["a"] > 10**18
    assert numbers["b"] < -(10**18)
