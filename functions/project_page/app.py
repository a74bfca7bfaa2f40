"""GET and POST /projects/{project}/settings: name, keys, sessions of a project."""

import re
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.forms import Form, InvalidForm
from nightbell.dashboard.rendering import lead_out, redirect, render
from nightbell.dashboard.session import NotSignedIn, Viewer
from nightbell.store import projects, sessions

app = create_app()

_LONGEST_NAME = 100
_DIGEST = re.compile(r"[0-9a-f]{64}")


@app.get("/projects/<project>/settings")
def show_project(project: str) -> Response[Any]:
    viewer = session.require(app.current_event, project, clock.now())
    return _page(viewer)


@app.post("/projects/<project>/settings")
def change_project(project: str) -> Response[Any]:
    viewer = session.require(app.current_event, project, clock.now())
    form = forms.require(app.current_event, viewer)
    match form.text("action"):
        case "rename":
            return _rename(viewer, form)
        case "rotate":
            return _rotate(viewer, form)
        case "end":
            return _end(viewer, form)
        case "end-all":
            sessions.end_all(project)
            return lead_out(app.current_event)
    raise InvalidForm


def _end(viewer: Viewer, form: Form) -> Response[Any]:
    token = form.text("session")
    if not _DIGEST.fullmatch(token):
        raise InvalidForm
    sessions.end(viewer.project.project_id, token)
    return _back(viewer, "session-ended")


def _rename(viewer: Viewer, form: Form) -> Response[Any]:
    name, label = form.text("name"), form.text("badge_label")
    errors = {
        field: f"Between 1 and {_LONGEST_NAME} characters, please."
        for field, text in (("name", name), ("badge_label", label))
        if not 1 <= len(text) <= _LONGEST_NAME
    }
    if errors:
        return _page(viewer, name=name, badge_label=label, errors=errors)
    projects.rename(viewer.project.project_id, name=name, badge_label=label)
    return _back(viewer, "saved")


def _rotate(viewer: Viewer, form: Form) -> Response[Any]:
    """Make new keys and show them, this once; this browser stays signed in, all others do not."""
    ping_key = form.has("ping_key")
    if not form.confirms(viewer.project.name):
        errors = {"confirm": "That is not the name of the project."}
        return _page(viewer, ping_key=ping_key, errors=errors)
    project_id, token = viewer.project.project_id, viewer.ticket.digest
    made = sessions.rotate_keys(project_id, token, viewer.now, ping_key=ping_key)
    if made is None:
        raise NotSignedIn
    return render(
        app.current_event,
        "keys.html",
        now=viewer.now,
        viewer=viewer,
        section="project",
        keys=made,
        has_new_ping_key=ping_key,
    )


def _page(
    viewer: Viewer, *, errors: dict[str, str] | None = None, **typed: str | bool
) -> Response[Any]:
    now = viewer.now
    project = viewer.project
    return render(
        app.current_event,
        "project.html",
        now=now,
        viewer=viewer,
        section="project",
        status=HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        sessions=[] if viewer.read_only else sessions.list_for(project.project_id, now),
        errors=errors or {},
        typed={"name": project.name, "badge_label": project.badge_label, "ping_key": False} | typed,
        confirmed_by=" ".join(project.name.split()),
        longest=_LONGEST_NAME,
    )


def _back(viewer: Viewer, said: str) -> Response[Any]:
    path = f"/projects/{viewer.project.project_id}/settings?said={said}"
    return redirect(app.current_event, path)


lambda_handler = entry_point(app)
