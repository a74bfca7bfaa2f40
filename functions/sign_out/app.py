"""POST /sign-out: end the sessions of this browser, in all projects."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell.dashboard import forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import base_path, lead_out

app = create_app()


@app.post("/sign-out")
def sign_out() -> Response[Any]:
    event = app.current_event
    forms.read(event)
    ticket = session.read_ticket(event)
    if ticket:
        session.sign_out(ticket)
    return lead_out(event, session.cookie(None, base_path(event)))


lambda_handler = entry_point(app)
