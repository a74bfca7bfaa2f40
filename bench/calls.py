"""Calls of the handlers with events as API Gateway makes them."""

import base64
import importlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

_EVENTS = Path(__file__).parent.parent / "events"

Call = Callable[[], dict[str, Any]]


class UnexpectedAnswer(Exception):
    """A handler did not do what is measured."""


def ping_event(path: str, body: bytes = b"") -> dict[str, Any]:
    """Return the event of a ping to `/ping/<path>`: a POST if it has a body, else a GET."""
    sample = _sample("ping")
    http = sample["requestContext"]["http"] | {"method": "POST" if body else "GET"}
    event = sample | {
        "rawPath": f"/ping/{path}",
        "rawQueryString": "",
        "requestContext": sample["requestContext"] | {"http": http},
        "isBase64Encoded": bool(body),
    }
    del event["body"]
    return event | {"body": base64.b64encode(body).decode()} if body else event


def ping(path: str, body: bytes = b"") -> Call:
    """Return a call that pings `/ping/<path>`."""
    return _call("ping", ping_event(path, body))


def rest(
    function: str, path: str, *, key: str = "", document: dict[str, Any] | None = None
) -> Call:
    """Return a call of a function of the REST API, a POST if there is a document."""
    sample = _sample(function)
    headers = sample["headers"] | ({"X-Api-Key": key} if key else {})
    body = base64.b64encode(json.dumps(document).encode()).decode() if document else None
    event = sample | {
        "path": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": sample["requestContext"] | {"path": f"/live{path}"},
        "body": body,
        "isBase64Encoded": document is not None,
    }
    return _call(function, event)


def page(function: str, path: str, headers: dict[str, str], *, status: int = 200) -> Call:
    """Return a call that shows a page of the dashboard, or answers with another status."""
    sample = _sample(function)
    sent = {name: value for name, value in sample["headers"].items() if name != "Cookie"} | headers
    project = path.split("/")[2]
    event = sample | {
        "path": path,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "requestContext": sample["requestContext"] | {"path": f"/live{path}"},
        "pathParameters": {"project": project},
    }
    return _call(function, event, (status,))


def _call(function: str, event: dict[str, Any], wanted: tuple[int, ...] = (200, 201)) -> Call:
    handler = importlib.import_module(f"functions.{function}.app").lambda_handler

    def call() -> dict[str, Any]:
        answer: dict[str, Any] = handler(event, None)
        if answer["statusCode"] not in wanted:
            raise UnexpectedAnswer(f"{function} answered {answer['statusCode']}: {answer['body']}")
        return answer

    return call


@cache
def _sample(function: str) -> dict[str, Any]:
    return dict(json.loads((_EVENTS / f"{function}.json").read_text()))
