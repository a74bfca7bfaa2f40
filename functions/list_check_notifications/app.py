"""GET /api/v3/checks/{check}/notifications: list what channels were told about a check."""

from typing import Any

from nightbell import clock
from nightbell.store import checks, notifications
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_identifier
from nightbell.web.limit import read_limit
from nightbell.web.views import notification_json

app = create_app()


@app.get("/api/<version>/checks/<check>/notifications")
def list_check_notifications(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    identifier = require_identifier(check)
    access = auth.require_read(app.current_event)
    found = checks.find(identifier, access.project_id)
    limit = read_limit(app.current_event)
    listed = notifications.list_for_check(found.check_id, limit, now)
    shown = [notification_json(one, read_only=access.read_only) for one in listed]
    return {"notifications": shown}


lambda_handler = entry_point(app)
