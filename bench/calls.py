"""Calls of the handlers with events as API Gateway makes them."""

import base64
import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from nightbell import clock
from nightbell.mail import bucket, reception
from nightbell.settings import settings

_EVENTS = Path(__file__).parent.parent / "events"
_MAIL_DOMAIN = "ping.example.org"

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


def mail(check_id: str, content: bytes) -> Callable[[], None]:
    """Return a call that tells of another mail to the check each time, in no bucket."""
    vars(reception)["settings"] = replace(settings, ping_mail_domain=_MAIL_DOMAIN)
    bucket.fetch = lambda *_: content
    (record,) = _sample("email_ping")["Records"]
    handler = importlib.import_module("functions.email_ping.app").lambda_handler
    numbers = count()

    def call() -> None:
        told = json.loads(record["body"])
        told["mail"]["messageId"] = f"{check_id} {next(numbers)}"
        told["mail"]["timestamp"] = clock.now().isoformat()
        told["receipt"]["recipients"] = [f"{check_id}@{_MAIL_DOMAIN}"]
        handler({"Records": [record | {"body": json.dumps(told)}]}, None)

    return call


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
