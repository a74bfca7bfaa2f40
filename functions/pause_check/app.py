"""POST /api/{version}/checks/{check}/pause: stop expecting pings."""

from typing import Any

from nightbell import clock
from nightbell.domain import transitions
from nightbell.store import checks
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.post("/api/<version>/checks/<check>/pause")
def pause_check(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    check_id = require_uuid(check)
    project_id = auth.require_write(app.current_event, body.parse(app.current_event))
    changed = checks.change(check_id, lambda found: transitions.pause(found, now), owner=project_id)
    return check_json(changed, urls_of(app.current_event, version), now)


lambda_handler = entry_point(app)
