"""POST /api/v3/channels/{channel}/test: send a test notification."""

from typing import Any

from nightbell import clock
from nightbell.alerts import trial
from nightbell.store import channels
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import urls_of

app = create_app()


@app.post("/api/<version>/channels/<channel>/test")
def test_channel(version: str, channel: str) -> dict[str, Any]:
    now = clock.now()
    channel_id = require_uuid(channel)
    project_id = auth.require_write(app.current_event, body.parse(app.current_event))
    found = channels.get(project_id, channel_id)
    error = trial.send(found, urls_of(app.current_event, version).site, now)
    return {"sent": False, "error": error} if error else {"sent": True}


lambda_handler = entry_point(app)
