"""POST /api/{version}/checks/{check}: change the configuration of a check."""

from typing import Any

from nightbell import clock
from nightbell.domain import transitions
from nightbell.domain.check import Change, Check
from nightbell.domain.spec import parse
from nightbell.store import channels, checks
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_uuid_to_write
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.post("/api/<version>/checks/<check>")
def update_check(version: str, check: str) -> dict[str, Any]:
    now = clock.now()
    check_id = require_uuid_to_write(check)
    document = body.parse(app.current_event)
    project_id = auth.require_write(app.current_event, document)

    def configure(found: Check) -> Change:
        spec = parse(document)
        chosen = channels.resolve(spec.channels, project_id)
        return transitions.apply_spec(found, spec, chosen, now, slug_from_name=version != "v3")

    changed = checks.change(check_id, configure, owner=project_id)
    return check_json(changed, urls_of(app.current_event, version), now)


lambda_handler = entry_point(app)
