"""GET /api/{version}/checks/{check}: show a check, found by UUID or unique_key."""

from typing import Any

from nightbell import clock
from nightbell.store import checks
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_identifier
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.get("/api/<version>/checks/<check>")
def get_check(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    identifier = require_identifier(check)
    access = auth.require_read(app.current_event)
    found = checks.find(identifier, access.project_id)
    urls = urls_of(app.current_event, version)
    return check_json(found, urls, now, read_only=access.read_only)


lambda_handler = entry_point(app)
