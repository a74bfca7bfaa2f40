"""GET /api/{version}/checks/{check}/flips: list the changes of status of a check."""

from typing import Any

from nightbell import clock
from nightbell.store import checks, flips
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.flip_filter import read_filter
from nightbell.web.identifiers import require_identifier
from nightbell.web.views import flips_json

app = create_app()


@app.get("/api/<version>/checks/<check>/flips")
def list_flips(version: str, check: str) -> list[dict[str, Any]] | dict[str, Any]:
    now = clock.now()
    identifier = require_identifier(check)
    access = auth.require_read(app.current_event)
    found = checks.find(identifier, access.project_id)
    start, end = read_filter(app.current_event, now)
    return flips_json(flips.list_between(found.check_id, start, end, now), version)


lambda_handler = entry_point(app)
