"""GET /api/{version}/channels: list the channels of a project."""

from typing import Any

from nightbell.store import channels
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.views import channel_json

app = create_app()


@app.get("/api/<version>/channels")
def list_channels(version: str) -> dict[str, Any]:
    project_id = auth.require_write(app.current_event)
    return {"channels": [channel_json(channel) for channel in channels.list_for(project_id)]}


lambda_handler = entry_point(app)
