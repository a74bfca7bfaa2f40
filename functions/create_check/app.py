"""POST /api/{version}/checks: create a check, or update the one that `unique` finds."""

from http import HTTPStatus
from typing import Any

from nightbell import clock
from nightbell.domain import transitions
from nightbell.domain.check import Change, Check
from nightbell.domain.errors import CheckLimitReached
from nightbell.domain.spec import parse
from nightbell.store import channels, check_creation, projects
from nightbell.web import auth, body
from nightbell.web.app import create_app, entry_point
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.post("/api/<version>/checks")
def create_check(version: str) -> tuple[dict[str, Any], int]:
    now = clock.now()
    document = body.parse(app.current_event)
    project_id = auth.require_write(app.current_event, document)
    spec = parse(document)

    def configure(check: Check) -> Change:
        chosen = channels.resolve(spec.channels, project_id)
        return transitions.apply_spec(check, spec, chosen, now, slug_from_name=version != "v3")

    def new_check() -> tuple[Check, int]:
        project = projects.get(project_id)
        if project.check_count >= project.check_limit:
            raise CheckLimitReached
        blank = check_creation.blank(project_id, now)
        return configure(blank).after, project.check_limit

    match = spec.match()
    if match is None:
        check, limit = new_check()
        check_creation.create(check, limit=limit, now=now)
        created = True
    else:
        check, created = check_creation.upsert(
            project_id, match, update=configure, create=new_check, now=now
        )
    shown = check_json(check, urls_of(app.current_event, version), now)
    return shown, HTTPStatus.CREATED if created else HTTPStatus.OK


lambda_handler = entry_point(app)
