"""What the tests of functions share: projects, requests, browsers, what is logged."""

import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from io import BytesIO, StringIO
from typing import Any

import pytest
from botocore.client import BaseClient

from nightbell.alerts import trial
from nightbell.domain.channels import Channel
from nightbell.domain.check import Delivery, Reason, Status
from nightbell.domain.notification import Notification
from nightbell.logs import logger
from nightbell.settings import settings
from nightbell.store import channels, notifications, projects
from nightbell.store.projects import ProjectKeys
from tests import documented
from tests.functions import channel_kinds, gateway
from tests.functions.browsing import Browser
from tests.functions.gateway import Answer

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_SECRETS = re.compile(r'"(project|channel)":"[^"]*"')

Call = Callable[..., Answer]


@pytest.fixture
def project(tables: Any, now: Any) -> ProjectKeys:
    """Make a project with room for 20 checks; requests carry its key unless they say otherwise."""
    return projects.create("Ours", check_limit=20, ping_log_limit=100, now=now.moment)


@pytest.fixture
def other(tables: Any, now: Any) -> ProjectKeys:
    """Make a project of somebody else."""
    return projects.create("Theirs", check_limit=20, ping_log_limit=100, now=now.moment)


@pytest.fixture
def add_channel(
    project: ProjectKeys, make_channel: Callable[..., Channel], now: Any
) -> Callable[..., Channel]:
    """Return a function that adds a channel of that name to the project, or to another."""

    def add(name: str, project_id: str = project.project_id, **changes: Any) -> Channel:
        now.advance(microseconds=1)
        made = {"channel_id": str(uuid.uuid4()), "created": now.moment, "name": name}
        channel = make_channel(project_id=project_id, **(made | changes))
        channels.add(channel)
        return channel

    return add


@pytest.fixture
def make_slack(call: Call, secrets_key: str) -> Callable[..., dict[str, Any]]:
    """Return a function that creates a Slack channel by API and returns what is shown of it."""

    def send(
        *, name: str = "Ops", url: str = "https://slack.example.org/T0/SECRET"
    ) -> dict[str, Any]:
        document = {"kind": "slack", "name": name, "settings": {"url": url}}
        answer = call("POST", "/api/v3/channels/", document)
        assert answer.status == 201
        return dict(answer.json)

    return send


@pytest.fixture
def all_kinds_are_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service send to channels of all kinds."""
    for module in channel_kinds.CONFIGURED:
        monkeypatch.setattr(module, "deployment", channel_kinds.DEPLOYMENT)


@pytest.fixture
def delivering(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let the function that sends alerts be invoked, in this process; the value is with what."""
    monkeypatch.setattr(trial, "settings", replace(settings, deliver_function="deliver_alert"))
    make = BaseClient._make_api_call
    payloads = []

    def invoke(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if operation != "Invoke":
            return make(client, operation, parameters)
        payloads.append(json.loads(parameters["Payload"]))
        try:
            answer, fault = gateway.invoke(parameters["FunctionName"], payloads[-1]), {}
        except Exception as error:
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
            fault = {"FunctionError": "Unhandled"}
        return {"StatusCode": 200, "Payload": BytesIO(json.dumps(answer).encode()), **fault}

    monkeypatch.setattr(BaseClient, "_make_api_call", invoke)
    return payloads


@pytest.fixture
def notify(now: Any) -> Callable[..., Notification]:
    """Return a function that records what a channel was told, each time about a later flip."""

    def record(check_id: str, channel_id: str, **changes: Any) -> Notification:
        now.advance(seconds=1)
        notification = Notification(
            check_id=check_id,
            channel_id=channel_id,
            flip=now.moment,
            status=Status.DOWN,
            reason=Reason.TIMEOUT,
            state=Delivery.SENT,
            updated=now.moment,
            attempts=1,
        )
        notifications.record(replace(notification, **changes))
        return notification

    return record


@pytest.fixture
def call(project: ProjectKeys) -> Call:
    """Return a function that sends a request to the REST API, to the function of its route.

    `body` is bytes, or anything else for JSON; `key=None` sends no key.
    """

    def send(
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = project.api_key,
        headers: dict[str, str] | None = None,
        source: str = "203.0.113.7",
    ) -> Answer:
        return gateway.ask(method, path, body, key, headers or {}, source)

    return send


@pytest.fixture
def ping(project: ProjectKeys) -> Call:
    """Return a function that sends a request to the HTTP API of pings; answered as documented."""

    def send(
        path: str,
        method: str = "GET",
        body: bytes = b"",
        *,
        headers: dict[str, str] | None = None,
        source: str = "203.0.113.7",
    ) -> Answer:
        event = gateway.ping_event(method, path, body, headers or {}, source)
        answer = gateway.read_answer(gateway.invoke("ping", event), method)
        documented.require(method, path, answer.status, answer.headers, answer.body)
        return answer

    return send


@pytest.fixture
def create(call: Call) -> Callable[..., dict[str, Any]]:
    """Return a function that creates a check with these fields and returns what is shown of it."""

    def send(*, key: str | None = None, **fields: Any) -> dict[str, Any]:
        more = {"key": key} if key else {}
        answer = call("POST", "/api/v3/checks/", fields, **more)
        assert answer.status == 201
        return dict(answer.json)

    return send


@pytest.fixture
def show(call: Call) -> Callable[..., dict[str, Any]]:
    """Return a function that returns what is shown of a check, given its UUID."""

    def send(check_id: str, version: str = "v3") -> dict[str, Any]:
        return dict(call("GET", f"/api/{version}/checks/{check_id}").json)

    return send


@pytest.fixture
def browser(tables: Any, now: Any) -> Browser:
    """Return a browser that is signed in nowhere."""
    return Browser()


@pytest.fixture
def signed_in(browser: Browser, project: ProjectKeys) -> Browser:
    """Return a browser that is signed in with the read-write key of the project."""
    browser.sign_in(project.api_key)
    return browser


@pytest.fixture
def reading(tables: Any, now: Any, project: ProjectKeys) -> Browser:
    """Return another browser, signed in with the read-only key."""
    reader = Browser()
    reader.sign_in(project.api_key_readonly)
    return reader


@pytest.fixture
def unchanged(dump: Callable[[], Any]) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager in which nothing may change in any table."""

    @contextmanager
    def watch() -> Iterator[None]:
        before = dump()
        yield
        assert dump() == before

    return watch


@pytest.fixture
def dynamodb_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Record what is asked of DynamoDB: operations and their parameters."""
    calls = []
    make = BaseClient._make_api_call

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append((operation, parameters))
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", record)
    return calls


@pytest.fixture(autouse=True)
def log() -> Iterator[StringIO]:
    """Keep what is logged, and let no secret be in it: no UUID of a check and no key."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logger.registered_formatter)
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)
    # Who runs Nightbell is told of channels and projects by their ids.
    assert not _UUID.search(_NO_SECRETS.sub("", kept.getvalue()))
    assert "/ping/" not in kept.getvalue()
