"""GET /api/{version}/outages: list the times in which nobody looked after deadlines."""

from typing import Any

from nightbell.settings import settings
from nightbell.store import scans
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.views import outage_json

app = create_app()


@app.get("/api/<version>/outages")
def list_outages(version: str) -> dict[str, Any]:
    auth.require_read(app.current_event)
    outages = scans.list_outages(settings.scan_parts)
    return {"outages": [outage_json(outage) for outage in outages]}


lambda_handler = entry_point(app)
