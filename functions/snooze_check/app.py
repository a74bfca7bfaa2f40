"""POST /api/v3/checks/{check}/snooze: send no reminders that a check is down for a while."""

from typing import Any

from nightbell import clock
from nightbell.domain import snooze, transitions
from nightbell.domain.check import Change, Check
from nightbell.store import checks
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.post("/api/<version>/checks/<check>/snooze")
def snooze_check(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    check_id = require_uuid(check)
    document = body.parse(app.current_event)
    project_id = auth.require_write(app.current_event, document)

    def put_off(found: Check) -> Change:
        return transitions.snooze(found, snooze.parse(document, now))

    changed = checks.change(check_id, put_off, owner=project_id)
    return check_json(changed, urls_of(app.current_event, version), now)


lambda_handler = entry_point(app)
