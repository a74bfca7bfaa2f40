"""GET / and /wall: lead to the project that was signed in to last, or to where one signs in."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import redirect

app = create_app()


@app.get("/")
def lead_to_checks() -> Response[Any]:
    return _lead("checks", "/sign-in")


@app.get("/wall")
def lead_to_wall() -> Response[Any]:
    return _lead("wall", "/sign-in?next=/wall")


def _lead(page: str, for_strangers: str) -> Response[Any]:
    event = app.current_event
    ticket = session.read_ticket(event)
    if ticket is None or not ticket.projects:
        return redirect(event, for_strangers)
    return redirect(event, f"/projects/{ticket.projects[0]}/{page}")


lambda_handler = entry_point(app)
