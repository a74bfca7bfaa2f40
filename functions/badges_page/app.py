"""GET /projects/{project}/badges: the badges of a project's tags, to look at and to copy."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import render
from nightbell.store import checks
from nightbell.web.views import badges_json, urls_of

app = create_app()


@app.get("/projects/<project>/badges")
def show_badges(project: str) -> Response[Any]:
    now = clock.now()
    event = app.current_event
    viewer = session.require(event, project, now)
    tags = {tag for check in checks.list_for(project) for tag in check.tag_list()}
    badges = dict(badges_json(viewer.project, tags, urls_of(event, "v3")))
    of_all = badges.pop("*")
    return render(
        event,
        "badges.html",
        now=now,
        viewer=viewer,
        section="badges",
        of_all=of_all,
        of_tags=badges,
    )


lambda_handler = entry_point(app)
