"""ANY /{proxy+} and /: answer what matches no route: preflights, wrong methods, unknown paths."""

from http import HTTPStatus
from typing import Any

from nightbell.web import routes
from nightbell.web.app import TEXT


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    route = routes.find(event["path"])
    if route is None or route.secret:
        return _answer(HTTPStatus.NOT_FOUND, {})
    headers = route.cors_headers()
    if event["httpMethod"] == "OPTIONS" and route.cross_origin:
        return _answer(HTTPStatus.NO_CONTENT, headers)
    return _answer(HTTPStatus.METHOD_NOT_ALLOWED, headers | {"Allow": ", ".join(route.methods)})


def _answer(status: HTTPStatus, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "statusCode": int(status),
        "headers": {"Content-Type": TEXT} | headers,
        "body": "",
        "isBase64Encoded": False,
    }
