"""GET /projects/{project}/checks: the checks of a project."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import render
from nightbell.store import checks

app = create_app()


@app.get("/projects/<project>/checks")
def show_checks(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    found = checks.list_for(project)
    return render(
        app.current_event,
        "checks.html",
        now=now,
        viewer=viewer,
        section="checks",
        state=[repr(check) for check in found],
        checks=found,
    )


lambda_handler = entry_point(app)
