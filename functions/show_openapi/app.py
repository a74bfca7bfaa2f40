"""GET /api/v3/openapi.json: describe the API, as an OpenAPI document."""

import json
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell.settings import settings
from nightbell.web.app import JSON, create_app, entry_point
from nightbell.web.identifiers import require_v3
from nightbell.web.views import urls_of

_DOCUMENT: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text())
_CACHED = "public, max-age=300"

app = create_app()


@app.get("/api/<version>/openapi.json")
def show_openapi(version: str) -> Response[str]:
    require_v3(version)
    text = _document(site=urls_of(app.current_event, version).site)
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    # A weak one, for the answer may be compressed.
    headers = {"Cache-Control": _CACHED, "ETag": f"W/{tag}"}
    if tag in app.current_event.headers.get("if-none-match", ""):
        return Response(HTTPStatus.NOT_MODIFIED, JSON, "", dict(headers))
    return Response(HTTPStatus.OK, JSON, text, dict(headers))


def _document(site: str) -> str:
    """Return the document with the addresses of this deployment."""
    pings = {"servers": [{"url": settings.ping_url.removesuffix("/ping/")}]}
    paths = {
        path: item | pings if "servers" in item else item
        for path, item in _DOCUMENT["paths"].items()
    }
    return json.dumps(
        _DOCUMENT | {"servers": [{"url": site}], "paths": paths}, separators=(",", ":")
    )


lambda_handler = entry_point(app)
