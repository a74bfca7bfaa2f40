"""POST /api/v3/channels/{channel}: change a channel, and enable it if it was disabled."""

from typing import Any

from nightbell.alerts import setup
from nightbell.store import channels
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import channel_details_json

app = create_app()


@app.post("/api/<version>/channels/<channel>")
def update_channel(version: str, channel: str) -> dict[str, Any]:
    channel_id = require_uuid(channel)
    document = body.parse(app.current_event)
    project_id = auth.require_write(app.current_event, document)
    found = channels.get(project_id, channel_id)
    return channel_details_json(setup.update(found, document))


lambda_handler = entry_point(app)
