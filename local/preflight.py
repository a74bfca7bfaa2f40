"""OPTIONS requests to ping URLs, which MiniStack answers itself.

An HTTP API without CORS settings hands them to its route like any other method. Here the function
is invoked with the event that API Gateway would send it.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from local.emulator import Emulator


def invoke(
    emulator: Emulator,
    function: str,
    path: str,
    query: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the status, headers and body that the function answers."""
    event = _event(path, query, dict(headers), body)
    payload = json.dumps(event).encode()
    result = emulator.client("lambda").invoke(FunctionName=function, Payload=payload)
    answer = json.loads(result["Payload"].read())
    if "FunctionError" in result:
        return 502, [], json.dumps(answer).encode()
    return answer["statusCode"], list(answer["headers"].items()), answer["body"].encode()


def _event(path: str, query: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return the event of payload format 2.0."""
    raw_path = unquote(path)
    return {
        "version": "2.0",
        "routeKey": "ANY /ping/{rest+}",
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "http": {
                "method": "OPTIONS",
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": headers["x-forwarded-for"],
                "userAgent": headers.get("user-agent", ""),
            },
            "routeKey": "ANY /ping/{rest+}",
            "stage": "$default",
        },
        "pathParameters": {"rest": raw_path.removeprefix("/ping/")},
        "isBase64Encoded": True,
        "body": base64.b64encode(body).decode(),
    }
