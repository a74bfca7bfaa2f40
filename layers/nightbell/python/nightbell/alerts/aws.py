"""The AWS services that alerts go through: their clients, and what their errors mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from nightbell.alerts.outcome import Passing, Permanent

# A delivery ends well before the function's own time does.
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 2},
)

# How the services say that they are asked too often.
_THROTTLED = {
    "KMSThrottling",
    "LimitExceededException",
    "RequestLimitExceeded",
    "Throttled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


@cache
def client(service: str, region: str | None = None) -> Any:
    """Return the boto3 client of a service, made once; in the function's own region if None."""
    return boto3.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]


def region_of(arn: str) -> str:
    """Return the region in an ARN."""
    return arn.split(":")[3]


def is_listed(arn: str, allowed: str) -> bool:
    """Tell whether the ARN is one of those in a list separated by commas."""
    return arn in (one.strip() for one in allowed.split(","))


@contextmanager
def errors_of(
    service: str,
    *,
    passing: Mapping[str, str] | None = None,
    permanent: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Raise Passing or Permanent in place of what botocore raises inside the `with` block.

    `service` is its name for people. The mappings give the text for an error code; codes that are
    in neither, and requests without an answer, are Passing.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise failure(service, _code(error), passing=passing, permanent=permanent) from error
    except (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError) as error:
        raise Passing(f"connection to {service} timed out", unreachable=True) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Passing(f"connection to {service} failed", unreachable=True) from error
    except exceptions.BotoCoreError as error:
        raise Passing(f"{service} could not be asked") from error


def failure(
    service: str,
    code: str,
    *,
    passing: Mapping[str, str] | None = None,
    permanent: Mapping[str, str] | None = None,
) -> Passing | Permanent:
    """Return what an error code of the service means; the mappings are those of `errors_of`."""
    if permanent and code in permanent:
        return Permanent(permanent[code])
    if passing and code in passing:
        return Passing(passing[code])
    if code in _THROTTLED:
        return Passing(f"{service} was asked too often")
    return Passing(f"{service} answered {code}")


def _code(error: exceptions.ClientError) -> str:
    return str(error.response["Error"]["Code"])
