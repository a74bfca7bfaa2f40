"""What the engine tests share: each runs on MiniStack and on DynamoDB Local.

REPEAT=20 in the environment runs each test with concurrent callers that often.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from botocore.retries.standard import ExponentialBackoff

from local.dynamodb_local import Unavailable
from local.tables import create_tables, delete_tables
from nightbell import clock
from nightbell.alerts import aws, http
from nightbell.store import connection as store_connection
from nightbell.store import keys, projects
from nightbell.store.connection import connection
from tests.engine import engines
from tests.engine.alerting import Alerting, Queue, Receiver, use_settings
from tests.engine.api import Project
from tests.engine.engines import Engine
from tests.engine.virtual_clock import VirtualClock

_skipped: set[str] = set()


@pytest.fixture(scope="session", params=engines.NAMES)
def shared_engine(request, tmp_path_factory) -> Iterator[Engine]:
    try:
        with engines.running(request.param, tmp_path_factory.mktemp("engine")) as engine:
            yield engine
    except Unavailable as reason:
        _skipped.add(str(reason))
        if engines.may_be_skipped():
            pytest.skip(str(reason))
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture
def engine(shared_engine, monkeypatch) -> Engine:
    """The engine, with the store connected to it as in a new process."""
    monkeypatch.setitem(vars(connection), "client", shared_engine.client)
    monkeypatch.setattr(store_connection, "_PATIENCE", 60.0)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)
    _separate_events_of_threads(monkeypatch)
    keys.forget()
    return shared_engine


@pytest.fixture
def empty_engine(engine) -> Engine:
    """The engine with nothing in its tables: a scan looks at the checks of all projects."""
    delete_tables(engine.bystander)
    create_tables(engine.bystander)
    return engine


@pytest.fixture
def time(monkeypatch) -> VirtualClock:
    """A clock that passes while somebody waits."""
    virtual = VirtualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", virtual.now)
    monkeypatch.setattr(clock, "wait_until", virtual.wait_until)
    return virtual


@pytest.fixture
def make_project(engine) -> Callable[..., Project]:
    """Return a function that makes a project, with room for a hundred checks by default."""

    def make(check_limit: int = 100) -> Project:
        return Project(
            projects.create("P", check_limit=check_limit, ping_log_limit=1000, now=clock.now())
        )

    return make


@pytest.fixture
def project(make_project) -> Project:
    """A new project."""
    project: Project = make_project()
    return project


@pytest.fixture
def sqs(engine: Engine) -> Any:
    """Make a client of MiniStack's SQS."""
    return boto3.client(
        "sqs",
        endpoint_url=engine.client.meta.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def alerting(engine, sqs, project, time, monkeypatch) -> Iterator[Alerting]:
    """Make the way of alerts of a project: a queue of its own, and who receives its webhooks."""
    url = sqs.create_queue(
        QueueName=f"{uuid4()}.fifo",
        Attributes={
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
    )["QueueUrl"]
    queue, receiver = Queue(sqs, url, time), Receiver()
    monkeypatch.setattr(aws, "client", lambda service: {"sqs": queue}[service])
    monkeypatch.setattr(http, "send", receiver.send)
    use_settings(monkeypatch, alert_queue=url)
    yield Alerting(engine, project, queue, receiver, time)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def repetition() -> int:
    """How often the test has run before."""
    return 0


@pytest.fixture
def at_once(repetition) -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    """Return a function that makes calls at the same moment and returns their results in order."""

    def call_all(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def wait_and_call(call: Callable[[], Any]) -> Any:
            barrier.wait()
            return call()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(wait_and_call, calls))

    return call_all


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    times = int(os.environ.get("REPEAT", "1"))
    if "repetition" in metafunc.fixturenames and times > 1:
        metafunc.parametrize("repetition", range(times))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in _skipped:
        terminalreporter.write_line(f"Engine tests not run: {reason}", yellow=True)


def _separate_events_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let handlers run in threads: Powertools has one event for all, as a Lambda process has."""
    own = threading.local()
    to_proxy_event = APIGatewayRestResolver._to_proxy_event

    def keep(app: APIGatewayRestResolver, event: dict[str, Any]) -> Any:
        own.event = to_proxy_event(app, event)
        return own.event

    monkeypatch.setattr(APIGatewayRestResolver, "_to_proxy_event", keep)
    current = property(lambda _: own.event)
    monkeypatch.setattr(APIGatewayRestResolver, "current_event", current, raising=False)
