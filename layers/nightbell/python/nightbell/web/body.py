"""The JSON object in a request's body."""

import base64
import json
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.errors import InvalidBody, InvalidSpec

# Longer than any bound of a field; Python refuses to read numbers of 4,300 digits.
_MOST_DIGITS = 20


def parse(event: APIGatewayProxyEvent) -> dict[str, Any]:
    """Return the object in the body, whatever its content type; an empty body is an empty object.

    Raises InvalidBody for what is no JSON, InvalidSpec for JSON that is no object.
    """
    raw = _bytes(event)
    if not raw:
        return {}
    try:
        value = json.loads(raw.decode(), parse_int=_read_whole_number)
    except (ValueError, RecursionError):
        raise InvalidBody from None
    if not isinstance(value, dict):
        raise InvalidSpec("value", "is not an object")
    return value


def _bytes(event: APIGatewayProxyEvent) -> bytes:
    if not event.body:
        return b""
    # API Gateway tells by a flag of its own, not by the content type.
    return base64.b64decode(event.body) if event.is_base64_encoded else event.body.encode()


def _read_whole_number(digits: str) -> int:
    return int(digits[: _MOST_DIGITS + 1])
