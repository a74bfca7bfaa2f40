"""GET /api/{version}/checks: list the checks of a project."""

from typing import Any

from nightbell import clock
from nightbell.domain.check import Check
from nightbell.store import checks
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.views import check_json, urls_of

app = create_app()


@app.get("/api/<version>/checks")
def list_checks(version: str) -> dict[str, Any]:
    now = clock.now()
    event = app.current_event
    access = auth.require_read(event)
    slug = event.get_query_string_value("slug", "")
    tags = set(event.resolved_query_string_parameters.get("tag", []))

    def is_wanted(check: Check) -> bool:
        return tags <= set(check.tag_list()) and (not slug or check.slug == slug)

    urls = urls_of(event, version)
    return {
        "checks": [
            check_json(check, urls, now, read_only=access.read_only)
            for check in checks.list_for(access.project_id)
            if is_wanted(check)
        ]
    }


lambda_handler = entry_point(app)
