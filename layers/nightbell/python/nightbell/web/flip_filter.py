"""The period of time that a request for flips names."""

from datetime import datetime, timedelta

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.check import EPOCH
from nightbell.domain.errors import InvalidFilter
from nightbell.web import digits

MAX_SECONDS = 31_536_000
MAX_TIMESTAMP = 10_000_000_000
_MOST_DIGITS = 11


def read_filter(
    event: APIGatewayProxyEvent, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return the start of the period (in it) and its end (not in it), each None if open.

    As FlipsFiltersForm in healthchecks hc/api/forms.py. Raises InvalidFilter.
    """
    seconds = _number(event.get_query_string_value("seconds") or "0", MAX_SECONDS)
    start = _timestamp(event.get_query_string_value("start"))
    end = _timestamp(event.get_query_string_value("end"))
    if seconds:
        since = now - timedelta(seconds=seconds)
        start = max(start, since) if start else since
    return start, end


def _timestamp(text: str | None) -> datetime | None:
    return None if text is None else EPOCH + timedelta(seconds=_number(text, MAX_TIMESTAMP))


def _number(text: str, largest: int) -> int:
    number = digits.number(text, _MOST_DIGITS)
    if number is None or number > largest:
        raise InvalidFilter
    return number
