"""GET /api/{version}/badges: list the badges of a project's tags."""

from typing import Any

from nightbell.store import checks, projects
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.views import badges_json, urls_of

app = create_app()


@app.get("/api/<version>/badges")
def list_badges(version: str) -> dict[str, Any]:
    access = auth.require_read(app.current_event)
    project = projects.get(access.project_id)
    tags = {tag for check in checks.list_for(project.project_id) for tag in check.tag_list()}
    return {"badges": badges_json(project, tags, urls_of(app.current_event, version))}


lambda_handler = entry_point(app)
