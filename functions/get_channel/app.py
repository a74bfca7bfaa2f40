"""GET /api/v3/channels/{channel}: show a channel."""

from typing import Any

from nightbell.store import channels
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import channel_details_json

app = create_app()


@app.get("/api/<version>/channels/<channel>")
def get_channel(version: str, channel: str) -> dict[str, Any]:
    channel_id = require_uuid(channel)
    project_id = auth.require_write(app.current_event)
    return channel_details_json(channels.get(project_id, channel_id))


lambda_handler = entry_point(app)
