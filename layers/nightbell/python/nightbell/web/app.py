"""What all REST handlers share: the resolver, error answers, CORS, the size of an answer."""

import base64
import gzip
import json
from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell.domain import errors
from nightbell.logs import logger
from nightbell.store.connection import ContentionError
from nightbell.web import routes

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
NEVER_CACHED = "max-age=0, no-cache, no-store, must-revalidate, private"

# Lambda's answers end at 6,291,556 bytes, the envelope and its escapes included.
_LARGEST_ANSWER = 6_000_000
_WORTH_COMPRESSING = 64_000

Entry = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


# The status for each thing a caller can do wrong, and whether its text is told as JSON.
_STATUSES: dict[type[errors.UserError], tuple[HTTPStatus, bool]] = {
    errors.InvalidBody: (HTTPStatus.BAD_REQUEST, True),
    errors.InvalidSpec: (HTTPStatus.BAD_REQUEST, True),
    errors.InvalidChannel: (HTTPStatus.BAD_REQUEST, True),
    errors.InvalidFilter: (HTTPStatus.BAD_REQUEST, False),
    errors.MissingKey: (HTTPStatus.UNAUTHORIZED, True),
    errors.WrongKey: (HTTPStatus.UNAUTHORIZED, True),
    errors.NotFound: (HTTPStatus.NOT_FOUND, False),
    errors.Forbidden: (HTTPStatus.FORBIDDEN, False),
    errors.MethodNotAllowed: (HTTPStatus.METHOD_NOT_ALLOWED, False),
    errors.CheckLimitReached: (HTTPStatus.FORBIDDEN, False),
    errors.NotPaused: (HTTPStatus.CONFLICT, False),
    errors.NotDown: (HTTPStatus.CONFLICT, False),
    errors.NotTestable: (HTTPStatus.BAD_REQUEST, True),
    errors.TooManyTests: (HTTPStatus.TOO_MANY_REQUESTS, True),
}


def create_app() -> APIGatewayRestResolver:
    """Return a resolver that answers what callers do wrong as documented."""
    app = APIGatewayRestResolver()

    app.exception_handler(errors.UserError)(_tell)
    app.not_found(_no_such_path)
    return app


def entry_point(app: APIGatewayRestResolver) -> Entry:
    """Return the Lambda handler: the app's answers with CORS headers and of bearable size."""

    def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        route = routes.find(event["path"])
        answer = _answer(app, event, context) if route else _failure(HTTPStatus.NOT_FOUND)
        if len(answer["body"] or "") > _WORTH_COMPRESSING:
            compress(answer, app.current_event.headers.get("accept-encoding", ""))
        if route:
            headers = answer["multiValueHeaders"]
            headers |= {name: [value] for name, value in route.cors_headers().items()}
        return answer

    return lambda_handler


def _tell(error: errors.UserError) -> Response[Any]:
    status, as_json = _STATUSES[type(error)]
    headers: dict[str, str | list[str]] = {}
    if isinstance(error, errors.TooManyTests):
        headers["Retry-After"] = str(ceil(error.retry_after.total_seconds()))
    if as_json:
        return Response(status, JSON, {"error": error.message}, headers)
    return Response(status, TEXT, error.message, headers)


def _no_such_path(_error: NotFoundError) -> Response[Any]:
    return Response(HTTPStatus.NOT_FOUND, TEXT, "")


def _answer(
    app: APIGatewayRestResolver, event: dict[str, Any], context: LambdaContext
) -> dict[str, Any]:
    try:
        return app.resolve(event, context)
    except ContentionError:
        logger.error("Gave up")  # in short, for under throttling there are many
        return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "try again later")
    except Exception:
        logger.exception("Failed")
        return _failure(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")


def _failure(status: HTTPStatus, error: str = "") -> dict[str, Any]:
    return {
        "statusCode": int(status),
        "multiValueHeaders": {"Content-Type": [JSON if error else TEXT]},
        "body": json.dumps({"error": error}) if error else "",
        "isBase64Encoded": False,
    }


def compress(answer: dict[str, Any], accepted: str) -> None:
    """Compress an answer if the client can take it, and refuse to send one too large.

    `accepted`: the encodings that the client can take, as it sent them.
    """
    if "gzip" in accepted and not answer["isBase64Encoded"]:
        packed = gzip.compress(answer["body"].encode(), compresslevel=5)
        answer["body"] = base64.b64encode(packed).decode()
        answer["isBase64Encoded"] = True
        answer["multiValueHeaders"] |= {"Content-Encoding": ["gzip"], "Vary": ["Accept-Encoding"]}
    # In the envelope each quotation mark and backslash of a text takes two bytes; large bodies have
    # no other characters that take more there than here.
    body = answer["body"]
    if 2 * len(body) > _LARGEST_ANSWER and len(json.dumps(body)) > _LARGEST_ANSWER:
        answer |= _failure(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "answer too large: accept gzip, or ask for fewer checks by slug or tag",
        )
