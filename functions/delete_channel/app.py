"""DELETE /api/v3/channels/{channel}: delete a channel and show what it was."""

from typing import Any

from nightbell.alerts import setup
from nightbell.store import channels
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import channel_details_json

app = create_app()


@app.delete("/api/<version>/channels/<channel>")
def delete_channel(version: str, channel: str) -> dict[str, Any]:
    channel_id = require_uuid(channel)
    project_id = auth.require_write(app.current_event)
    found = channels.get(project_id, channel_id)
    setup.delete(found)
    return channel_details_json(found)


lambda_handler = entry_point(app)
