"""DELETE /api/{version}/checks/{check}: delete a check and show what it was."""

from dataclasses import replace
from typing import Any

from nightbell import clock
from nightbell.store import checks
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid_to_write
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.delete("/api/<version>/checks/<check>")
def delete_check(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    check_id = require_uuid_to_write(check)
    project_id = auth.require_write(app.current_event)
    deleted = checks.delete(check_id, owner=project_id)
    without_channels = replace(deleted, channels=frozenset())
    return check_json(without_channels, urls_of(app.current_event, version), now)


lambda_handler = entry_point(app)
