"""What tests of several parts share."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import PurePosixPath
from threading import RLock
from typing import Any, cast

import boto3
import pytest
from moto import backends, mock_aws
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import RESPONSES_METHODS
from xdist.scheduler import LoadScopeScheduling

from local import tables as templates
from nightbell import clock
from nightbell.alerts import aws, queues, sealing
from nightbell.domain.channels import Channel
from nightbell.domain.check import Check
from nightbell.settings import settings
from nightbell.store import keys
from nightbell.store.connection import connection

# The tests of such a folder share a system that runs for all of them, in their order.
_SHARES_A_SYSTEM = {"browser", "build", "deployment", "e2e"}


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs under test also where a shell runs the tests behind itself.

    It ignores the signal there, and programs inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _Scheduling(LoadScopeScheduling):
    """Gives each process one test after another, and to one process all of such a folder."""

    def _split_scope(self, nodeid: str) -> str:
        folder = PurePosixPath(nodeid).parts[1]
        return folder if folder in _SHARES_A_SYSTEM else nodeid


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run the tests: one more than processors, for some wait for others.

    What they wait for are database engines, browsers and the system as a whole.
    """
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Scheduling:
    """Return what hands tests to processes, when several run them."""
    return _Scheduling(config, log)


@pytest.fixture
def make_check() -> Callable[..., Check]:
    """Return a function that makes a check; a test names only the fields it is about."""
    check = Check(
        check_id="7918b17b-a745-4db1-8575-9d2e07c97f79",
        project_id="project",
        created=datetime(2024, 1, 1, tzinfo=UTC),
        badge_key="badge-key",
    )

    def make(**changes: Any) -> Check:
        return replace(check, **changes)

    return make


@pytest.fixture
def make_channel() -> Callable[..., Channel]:
    """Return a function that makes a channel; a test names only the fields it is about."""
    channel = Channel(
        channel_id="4ec5a071-2d08-4baa-898a-eb4eb3cd6941",
        project_id="project",
        created=datetime(2024, 1, 1, tzinfo=UTC),
        kind="email",
        settings={"to": "ops@example.org", "down": True, "up": True},
    )

    def make(**changes: Any) -> Channel:
        return replace(channel, **changes)

    return make


@dataclass
class Clock:
    """The moment that the system's clock shows in a test."""

    moment: datetime = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)

    def advance(self, **length: float) -> None:
        """Let that much time pass, in the words of timedelta."""
        self.moment += timedelta(**length)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock; tests advance it."""
    stopped = Clock()
    monkeypatch.setattr(clock, "now", lambda: stopped.moment)
    return stopped


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make the template's tables, empty, on moto; the value is a client to look at them."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    keys.forget()
    monkeypatch.setattr(BotocoreStubber, "process_request", _one_at_a_time)
    mock = mock_aws()
    mock.start(reset=False)
    client, ours = _moto_clients()
    monkeypatch.setitem(vars(connection), "client", ours)
    # To empty the tables is quicker than to make them.
    there = _tables_there()
    for name, properties in _table_definitions().items():
        if name in there:
            there[name].items.clear()
        else:
            client.create_table(TableName=name, **properties)
    yield client
    mock.stop(remove_data=False)


# What moto would answer to the library `requests`, by which nobody asks AWS here: nine hundred
# objects that are made whenever it starts, and never forgotten.
RESPONSES_METHODS.clear()

_process_request = BotocoreStubber.process_request
_moto = RLock()


def _one_at_a_time(stubber: BotocoreStubber, request: Any) -> Any:
    """As the original: moto copies its tables, which must not change meanwhile."""
    with _moto:
        return _process_request(stubber, request)


@cache
def _moto_clients() -> tuple[Any, Any]:
    """Return a client for tests and the store's own; to make one takes longer than most tests."""
    return boto3.client("dynamodb"), type(connection)().client


def _tables_there() -> Mapping[str, Any]:
    """Return moto's own tables, by name."""
    return cast("Mapping[str, Any]", backends.get_backend("dynamodb")[ACCOUNT]["eu-west-1"].tables)


@cache
def _table_definitions() -> dict[str, dict[str, Any]]:
    return templates.definitions()


@pytest.fixture
def secrets_key(tables: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the key that encrypts the secret settings of channels, and return its ARN."""
    arn = str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])
    monkeypatch.setattr(sealing, "settings", replace(settings, secrets_key=arn))
    return arn


@pytest.fixture
def alert_queue(tables: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the queue in which alerts wait, and return its URL."""
    attributes = {
        "FifoQueue": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "VisibilityTimeout": "180",
    }
    name = f"{uuid.uuid4()}.fifo"
    url = str(aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
    monkeypatch.setattr(queues, "settings", replace(queues.settings, alert_queue=url))
    return url


@pytest.fixture
def dump(tables: Any) -> Callable[[], dict[str, Any]]:
    """Return a function that returns all items of all tables."""

    def read() -> dict[str, Any]:
        there = _tables_there()  # others after a transaction that was refused
        # Most are empty, and to ask moto takes long.
        return {
            name: tables.scan(TableName=name)["Items"] if there[name].items else []
            for name in _table_definitions()
        }

    return read
