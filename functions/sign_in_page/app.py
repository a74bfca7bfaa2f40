"""GET and POST /sign-in: open a session of the dashboard with a key of the project."""

import re
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import base_path, redirect, render

app = create_app()

# Where a person may be led after signing in: a page of a project, or the wall.
_NEXT = re.compile(r"/(wall|projects/[0-9a-f-]{36}(/[\w-]+)*)(\?[\w.~%+=&-]*)?", re.ASCII)


@app.get("/sign-in")
def show_form() -> Response[Any]:
    wanted = app.current_event.get_query_string_value("next", "")
    return _form(wanted if _NEXT.fullmatch(wanted) else "")


@app.post("/sign-in")
def sign_in() -> Response[Any]:
    now = clock.now()
    event = app.current_event
    form = forms.read(event)
    wanted = form.text("next") if _NEXT.fullmatch(form.text("next")) else ""
    wall = wanted.partition("?")[0].endswith("/wall")
    opened = session.sign_in(event, form.text("key"), now, wall=wall)
    if opened is None:
        return _form(wanted, problem="This key opens no project.")
    ticket, project_id = opened
    own = f"/projects/{project_id}"
    page = wanted if wanted.startswith(f"{own}/") else f"{own}/{'wall' if wall else 'checks'}"
    return redirect(event, page, session.cookie(ticket, base_path(event), wall=wall))


def _form(wanted: str, problem: str = "") -> Response[Any]:
    now = clock.now()
    event = app.current_event
    ticket = session.read_ticket(event)
    return render(
        event,
        "sign_in.html",
        now=now,
        status=HTTPStatus.FORBIDDEN if problem else HTTPStatus.OK,
        next=wanted,
        # Who sent a form came from a page of ours.
        again=wanted if ticket is None and not event.get_query_string_value("said", "") else "",
        projects=session.open_projects(ticket, now) if ticket else (),
        problem=problem,
    )


lambda_handler = entry_point(app)
