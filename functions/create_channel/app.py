"""POST /api/v3/channels: create a channel."""

from http import HTTPStatus
from typing import Any

from nightbell import clock
from nightbell.alerts import setup
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_v3
from nightbell.web.views import channel_details_json

app = create_app()


@app.post("/api/<version>/channels")
def create_channel(version: str) -> tuple[dict[str, Any], int]:
    now = clock.now()
    require_v3(version)
    document = body.parse(app.current_event)
    project_id = auth.require_write(app.current_event, document)
    return channel_details_json(setup.create(project_id, document, now)), HTTPStatus.CREATED


lambda_handler = entry_point(app)
