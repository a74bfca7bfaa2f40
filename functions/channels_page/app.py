"""GET /projects/{project}/channels: where the alerts of a project go."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.channel_states import states
from nightbell.dashboard.rendering import render
from nightbell.store import channels, checks, notifications

app = create_app()


@app.get("/projects/<project>/channels")
def show_channels(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    # As in the API, a read-only key shows no channels.
    found = [] if viewer.read_only else channels.list_for(project)
    latest = notifications.latest([one.channel_id for one in found], now)
    return render(
        app.current_event,
        "channels.html",
        now=now,
        viewer=viewer,
        section="channels",
        states=states(found, checks.list_for(project) if found else [], latest),
    )


lambda_handler = entry_point(app)
