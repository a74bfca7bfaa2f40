"""What AWS charges by its price list, and what amounts cost at given prices.

The only place that holds prices: `nightbell cost` and the tables of docs/costs.md count with them.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import click

REGION = "us-east-1"


class Source(NamedTuple):
    """Where a price was read, and of when it is."""

    name: str
    date: str


# Files of AWS's own price list, by the day of their version. They were not fetched from AWS but
# read in what several people quote of them, with the numbers of the products.
_DYNAMODB = Source("price list AmazonDynamoDB", "2026-09-11")
_SQS = Source("price list AWSQueueService", "2026-09-11")
_KMS = Source("price list awskms", "2026-09-11")
_CLOUDWATCH = Source("price list AmazonCloudWatch", "2026-09-22")
_SES = Source("price list AmazonSES", "2026-07-22")
_TRANSFER = Source("price list AWSDataTransfer", "2026-09-16")
_GATEWAY = Source("price list AmazonApiGateway", "2026-09-21")
# Guides by others, of the day that they give, where nobody quotes a file of the price list.
_LAMBDA = Source("a guide to Lambda", "2026-05-11")
_GATEWAY_GUIDES = Source("three guides to API Gateway", "2026-09-20")
_CLOUDWATCH_GUIDE = Source("a guide to CloudWatch", "2026-06-13")
_CLOUDWATCH_PAGE = Source("AWS's page, as quoted by others", "2022-04-29")
# From memory, nowhere verified.
_UNVERIFIED = Source("memory, to be checked", "")


@dataclass(frozen=True)
class Price:
    """A price in dollars for so many of a thing, or for so many in a month."""

    code: str
    service: str
    thing: str
    dollars: float
    per: int
    source: Source
    free: float = 0  # so many each month cost an account nothing, for good

    def of(self, amount: float) -> float:
        """Return what an amount costs, in dollars."""
        return amount * self.dollars / self.per

    def beyond_free(self, amount: float) -> float:
        """Return what an amount costs if nothing else in the account has used what is free."""
        return self.of(max(amount - self.free, 0))


_MILLION = 1_000_000

_LIST = (
    Price("ping_request", "API Gateway", "request to the HTTP API", 1.00, _MILLION, _GATEWAY),
    Price("api_request", "API Gateway", "request to the REST API", 3.50, _MILLION, _GATEWAY_GUIDES),
    Price("invocation", "Lambda", "invocation", 0.20, _MILLION, _LAMBDA, free=_MILLION),
    Price("gb_second", "Lambda", "GB-second on arm64", 0.0000133334, 1, _LAMBDA, free=400_000),
    Price("gb_second_x86", "Lambda", "GB-second on x86_64", 0.0000166667, 1, _LAMBDA, free=400_000),
    Price("read_unit", "DynamoDB", "read unit, on demand", 0.125, _MILLION, _DYNAMODB),
    Price("write_unit", "DynamoDB", "write unit, on demand", 0.625, _MILLION, _DYNAMODB),
    Price("table_gb", "DynamoDB", "GB stored", 0.25, 1, _DYNAMODB, free=25),
    Price("backup_gb", "DynamoDB", "GB with point-in-time recovery", 0.20, 1, _DYNAMODB),
    Price("fifo_request", "SQS", "request to a FIFO queue", 0.50, _MILLION, _SQS, free=_MILLION),
    Price("queue_request", "SQS", "request to another queue", 0.40, _MILLION, _SQS),
    Price("mail", "SES", "mail", 0.16, 1_000, _SES),
    Price("mail_received", "SES", "mail received", 0.10, 1_000, _UNVERIFIED),
    Price("put_request", "S3", "request that writes", 0.005, 1_000, _UNVERIFIED),
    Price("get_request", "S3", "request that reads", 0.0004, 1_000, _UNVERIFIED),
    Price("topic_request", "SNS", "message to a topic", 0.50, _MILLION, _UNVERIFIED, free=_MILLION),
    Price("key", "KMS", "key", 1.00, 1, _KMS),
    Price("key_request", "KMS", "request", 0.03, 10_000, _KMS, free=20_000),
    Price("log_gb", "CloudWatch", "GB of logs taken in", 0.50, 1, _CLOUDWATCH, free=5),
    Price("log_stored_gb", "CloudWatch", "GB of logs kept, compressed", 0.03, 1, _CLOUDWATCH),
    Price("alarm", "CloudWatch", "metric of an alarm", 0.10, 1, _CLOUDWATCH, free=10),
    Price("metric", "CloudWatch", "custom metric", 0.30, 1, _CLOUDWATCH, free=10),
    Price("dashboard", "CloudWatch", "dashboard", 3.00, 1, _CLOUDWATCH_GUIDE, free=3),
    Price(
        "metric_read", "CloudWatch", "metric read by GetMetricData", 0.01, 1_000, _CLOUDWATCH_PAGE
    ),
    Price("transfer_gb", "Data transfer", "GB to the internet", 0.09, 1, _TRANSFER, free=100),
)

LIST_PRICES: Mapping[str, Price] = {price.code: price for price in _LIST}


def read(text: str) -> Mapping[str, Price]:
    """Return the list prices with those in a JSON document in their place.

    It is an object of dollars by code, for as many as the price list names a price for: so
    {"write_unit": 0.7} is 70 cents for a million. Raises click.ClickException.
    """
    try:
        given = json.loads(text)
    except ValueError:
        raise click.ClickException("The prices are no JSON.") from None
    if not isinstance(given, dict):
        raise click.ClickException('The prices are no object such as {"write_unit": 0.7}.')
    unknown = ", ".join(sorted(given.keys() - LIST_PRICES.keys()))
    if unknown:
        raise click.ClickException(
            f"There is no such price: {unknown}. There are: {', '.join(LIST_PRICES)}."
        )
    for code, dollars in given.items():
        if not _is_price(dollars):
            raise click.ClickException(f"The price {code} is no number of dollars: {dollars!r}.")
    return {
        code: replace(price, dollars=float(given.get(code, price.dollars)))
        for code, price in LIST_PRICES.items()
    }


def total(amounts: Mapping[str, float], prices: Mapping[str, Price] = LIST_PRICES) -> float:
    """Return what amounts, by code, cost together."""
    return sum(prices[code].of(amount) for code, amount in amounts.items())


def total_beyond_free(
    amounts: Mapping[str, float], prices: Mapping[str, Price] = LIST_PRICES
) -> float:
    """Return the same for an account that has nothing else: what is free each month is free."""
    return sum(prices[code].beyond_free(amount) for code, amount in amounts.items())


def _is_price(dollars: object) -> bool:
    if isinstance(dollars, bool) or not isinstance(dollars, int | float):
        return False
    return math.isfinite(dollars) and dollars >= 0
