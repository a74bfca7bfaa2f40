"""Requests as API Gateway hands them on, and what the functions answer."""

import base64
import importlib
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from botocore.client import BaseClient
from samtranslator.yaml_helper import yaml_parse

from nightbell.alerts import trial
from nightbell.domain.channels import Channel
from nightbell.domain.check import Delivery, Reason, Status
from nightbell.domain.notification import Notification
from nightbell.settings import settings
from nightbell.store import channels, notifications, projects
from nightbell.store.projects import ProjectKeys
from nightbell.web import routes
from nightbell.web.app import logger
from tests import documented

_ROOT = Path(__file__).parents[2]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_SECRETS = re.compile(r'"(project|channel)":"[^"]*"')

Call = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What the client gets: header names in lower case, the body's bytes."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The value in a body that says it is JSON."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The text of an error told as JSON."""
        assert list(self.json) == ["error"]
        return str(self.json["error"])


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
            answer, fault = _handler(parameters["FunctionName"])(payloads[-1], _CONTEXT), {}
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
        return ask(method, path, body, key, headers or {}, source)

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
        event = ping_event(method, path, body, headers or {}, source)
        answer = read_answer(_handler("ping")(event, _CONTEXT), method)
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
def browser(tables: Any, now: Any) -> Any:
    """Return a browser that is signed in nowhere."""
    from tests.functions.browsing import Browser

    return Browser()


@pytest.fixture
def signed_in(browser: Any, project: ProjectKeys) -> Any:
    """Return a browser that is signed in with the read-write key of the project."""
    browser.sign_in(project.api_key)
    return browser


@pytest.fixture
def reading(tables: Any, now: Any, project: ProjectKeys) -> Any:
    """Return another browser, signed in with the read-only key."""
    from tests.functions.browsing import Browser

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


def sample(function: str) -> dict[str, Any]:
    """Return the event in events/ for a function."""
    return deepcopy(_sample(function))


def ask(
    method: str, path: str, body: Any, key: str | None, headers: dict[str, str], source: str
) -> Answer:
    """Return what the REST API answers to a request: what the function of its route does.

    It must be an answer that the OpenAPI document tells of.
    """
    event = rest_event(method, path, body, key, headers, source)
    answer = read_answer(_handler(event.pop("function"))(event, _CONTEXT), method)
    route = routes.find(path.partition("?")[0])
    # The REST API has no paths of pings, and pages are for people.
    if not path.startswith("/ping/") and not (route and route.page):
        documented.require(method, path, answer.status, answer.headers, answer.body)
    return answer


def rest_event(
    method: str, path: str, body: Any, key: str | None, headers: dict[str, str], source: str
) -> dict[str, Any]:
    """Return the event of a request to the REST API, and the name of its function in it."""
    path, _, query = path.partition("?")
    function, resource = _route(method, path)
    event = sample(function)
    own = {
        name: value
        for name, value in event["headers"].items()
        if name.lower() not in ("x-api-key", "content-type", "cookie")
    }
    sent = own | ({} if key is None else {"X-Api-Key": key}) | headers
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    content = _content(body)
    context = {"path": f"/live{path}", "httpMethod": method, "resourcePath": resource}
    event["requestContext"] |= context
    event["requestContext"]["identity"]["sourceIp"] = source
    return event | {
        "function": function,
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: value[-1] for name, value in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": _parameters(resource, path) or None,
        "body": base64.b64encode(content).decode() if content else None,
        "isBase64Encoded": bool(content),
    }


def ping_event(
    method: str, path: str, body: bytes, headers: dict[str, str], source: str
) -> dict[str, Any]:
    """Return the event of a request to the HTTP API: path decoded, text bodies as text."""
    event = sample("ping")
    path, _, query = path.partition("?")
    raw_path = unquote(path)
    own = {k: v for k, v in event["headers"].items() if k not in ("content-length", "content-type")}
    sent = own | {name.lower(): value for name, value in headers.items()}
    http = {"method": method, "path": raw_path, "sourceIp": source}
    event["requestContext"]["http"] |= http
    event |= {
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": sent,
        "pathParameters": {"rest": raw_path.removeprefix("/ping/")},
        "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)),
        "isBase64Encoded": False,
    }
    is_text = sent.get("content-type", "").startswith("text/")
    if not body:
        del event["body"]
    elif is_text:
        event["body"] = body.decode(errors="replace")
    else:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event


def route_of(method: str, path: str) -> str:
    """Return the name of the function that API Gateway hands the request to."""
    return _route(method, path.partition("?")[0])[0]


def read_answer(raw: dict[str, Any], method: str) -> Answer:
    """Return what API Gateway makes of a function's answer, which must be to its liking."""
    assert isinstance(raw["statusCode"], int)
    headers = {name.lower(): value for name, value in raw.get("headers", {}).items()}
    for name, values in raw.get("multiValueHeaders", {}).items():
        assert name.lower() not in headers
        headers[name.lower()] = ", ".join(values)
    assert "content-type" in headers
    is_binary = raw.get("isBase64Encoded", False)
    body = base64.b64decode(raw["body"]) if is_binary else raw["body"].encode()
    assert len(json.dumps(raw)) < 6_291_556
    return Answer(raw["statusCode"], headers, b"" if method == "HEAD" else body)


_CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
    aws_request_id="request",
)


@cache
def _sample(function: str) -> dict[str, Any]:
    return dict(json.loads((_ROOT / "events" / f"{function}.json").read_text()))


def _handler(function: str) -> Callable[..., dict[str, Any]]:
    handler: Callable[..., dict[str, Any]] = importlib.import_module(
        f"functions.{function}.app"
    ).lambda_handler
    return handler


@cache
def _routes() -> dict[tuple[str, str], str]:
    """Return the function of each method and path in the template's REST API."""
    return {
        (event["Properties"]["Method"], event["Properties"]["Path"]): Path(
            resource["Properties"]["CodeUri"]
        ).name
        for resource in yaml_parse((_ROOT / "template.yaml").read_text())["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }


def _route(method: str, path: str) -> tuple[str, str]:
    """Return the function and the path of the route: one that fits, else the greedy ones."""
    for (allowed, resource), function in _routes().items():
        if allowed == method and _parameters(resource, path) is not None:
            return function, resource
    return _routes()["ANY", "/{proxy+}"], "/" if path == "/" else "/{proxy+}"


def _parameters(resource: str, path: str) -> dict[str, str] | None:
    """Return the path's parameters as the client sent them, None if the path does not fit."""
    if resource == "/{proxy+}":
        return {"proxy": path.removeprefix("/")}
    names, parts = (one.removesuffix("/").split("/") for one in (resource, path))
    if len(names) != len(parts):
        return None
    pairs = list(zip(names, parts, strict=True))
    if any(name != part for name, part in pairs if not name.startswith("{")):
        return None
    if any(part == "" for name, part in pairs if name.startswith("{")):
        return None
    return {name.strip("{}"): part for name, part in pairs if name.startswith("{")}


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()
