"""GET /api/v3/channels/{channel}/notifications: list what a channel was told."""

from typing import Any

from nightbell import clock
from nightbell.store import channels, notifications
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.limit import read_limit
from nightbell.web.views import notification_json

app = create_app()


@app.get("/api/<version>/channels/<channel>/notifications")
def list_channel_notifications(version: str, channel: str) -> dict[str, Any]:
    now = clock.now()
    channel_id = require_uuid(channel)
    project_id = auth.require_write(app.current_event)
    found = channels.get(project_id, channel_id)
    limit = read_limit(app.current_event)
    listed = notifications.list_for_channel(found.channel_id, limit, now)
    return {"notifications": [notification_json(one) for one in listed]}


lambda_handler = entry_point(app)
