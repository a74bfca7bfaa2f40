"""Requests as API Gateway hands them on, and what the functions answer."""

import base64
import importlib
import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

from samtranslator.yaml_helper import yaml_parse

from nightbell.web import routes
from tests import documented

_ROOT = Path(__file__).parents[2]

_CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
    aws_request_id="request",
)


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


def sample(function: str) -> dict[str, Any]:
    """Return the event in events/ for a function."""
    return deepcopy(_sample(function))


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Return what a function makes of an event."""
    module = importlib.import_module(f"functions.{function}.app")
    return module.lambda_handler(event, _CONTEXT)


def ask(
    method: str, path: str, body: Any, key: str | None, headers: dict[str, str], source: str
) -> Answer:
    """Return what the REST API answers to a request: what the function of its route does.

    It must be an answer that the OpenAPI document tells of.
    """
    event = rest_event(method, path, body, key, headers, source)
    answer = read_answer(invoke(event.pop("function"), event), method)
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


@cache
def _sample(function: str) -> dict[str, Any]:
    return dict(json.loads((_ROOT / "events" / f"{function}.json").read_text()))


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
