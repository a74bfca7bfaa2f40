"""GET /projects/{project}/wall: what is wrong in a project, for a screen that nobody touches."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session, wall
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.expectations import Standing
from nightbell.dashboard.rendering import render
from nightbell.dashboard.secrecy import masked
from nightbell.store import checks

app = create_app()

_REFRESH = 10  # seconds


@app.get("/projects/<project>/wall")
def show_wall(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    found = masked(checks.list_for(project), viewer.project.ping_key)
    shown = wall.arrange(found, now)
    return render(
        app.current_event,
        "wall.html",
        now=now,
        viewer=viewer,
        state=shown.state(),
        live=_REFRESH,
        failures=shown.counts[Standing.DOWN],
        wall=shown,
    )


lambda_handler = entry_point(app)
