"""GET /api/{version}/checks/{check}/pings: list the logged pings of a check."""

from typing import Any

from nightbell.store import checks, pings, projects
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import ping_json, urls_of

app = create_app()


@app.get("/api/<version>/checks/<check>/pings")
def list_pings(version: str, check: str) -> dict[str, Any]:
    check_id = require_uuid(check)
    project_id = auth.require_write(app.current_event)
    found = checks.get(check_id, project_id)
    limit = projects.get(project_id).ping_log_limit
    urls = urls_of(app.current_event, version)
    return {"pings": [ping_json(ping, found, urls) for ping in pings.list_latest(found, limit)]}


lambda_handler = entry_point(app)
