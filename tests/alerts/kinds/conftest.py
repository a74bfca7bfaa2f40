"""AWS as alerts meet it: moto, or an answer that says no."""

from collections.abc import Callable, Iterator

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from nightbell.alerts import aws


@pytest.fixture
def aws_region(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name a region and credentials of no account; clients are made anew."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    aws.client.cache_clear()
    yield "eu-west-1"
    aws.client.cache_clear()


@pytest.fixture
def moto(aws_region: str) -> Iterator[None]:
    """Let moto answer in place of AWS."""
    with mock_aws():
        yield


@pytest.fixture
def refuse(aws_region: str) -> Callable[..., None]:
    """Return a function that makes the next call of a service end with an error code."""

    def add(service: str, operation: str, code: str, region: str | None = None) -> None:
        stubber = Stubber(aws.client(service, region) if region else aws.client(service))
        stubber.add_client_error(operation, service_error_code=code)
        stubber.activate()

    return add
