"""GET /wall: lead to the wall of the project looked at last, or to where its screen signs in."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import base_path, redirect

app = create_app()


@app.get("/wall")
def open_wall() -> Response[Any]:
    event = app.current_event
    ticket = session.read_ticket(event)
    if ticket is None or not ticket.projects:
        return redirect(f"{base_path(event)}/sign-in?next=/wall")
    return redirect(f"{base_path(event)}/projects/{ticket.projects[0]}/wall")


lambda_handler = entry_point(app)
