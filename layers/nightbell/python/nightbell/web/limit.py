"""How many entries of a list a request asks for."""

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.errors import InvalidFilter
from nightbell.web import digits

LARGEST = 100
_MOST_DIGITS = 3


def read_limit(event: APIGatewayProxyEvent) -> int:
    """Return the query's `limit`, from 1 to 100; 100 if there is none. Raises InvalidFilter."""
    text = event.get_query_string_value("limit")
    if text is None:
        return LARGEST
    limit = digits.number(text, _MOST_DIGITS)
    if limit is None or not 1 <= limit <= LARGEST:
        raise InvalidFilter
    return limit
