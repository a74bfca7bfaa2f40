"""GET and POST /projects/{project}/checks/{check}/edit: the form that changes a check."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import check_form, forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.check_form import Entry, StaleForm
from nightbell.dashboard.rendering import redirect
from nightbell.dashboard.session import Viewer
from nightbell.domain import transitions
from nightbell.domain.check import Change, Check
from nightbell.domain.errors import InvalidChannel
from nightbell.store import channels, checks, pings
from nightbell.web.identifiers import require_unique_key

app = create_app()

# The latest pings tell whether a schedule fits them.
_PINGS = 50


@app.get("/projects/<project>/checks/<check>/edit")
def show_form(project: str, check: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require_writer(app.current_event, project, now)
    found = checks.find(require_unique_key(check), project)
    return _page(viewer, check_form.of_check(found), found, now)


@app.post("/projects/<project>/checks/<check>/edit")
def update_check(project: str, check: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require_writer(app.current_event, project, now)
    form = forms.require(app.current_event, viewer)
    found = checks.find(require_unique_key(check), project)
    entry = check_form.of_form(form)
    if check_form.is_preview(form):
        return _page(viewer, entry, found, now)
    if entry.errors:
        return _page(viewer, entry, found, now, HTTPStatus.BAD_REQUEST)

    def configure(present: Check) -> Change:
        check_form.require_unchanged(present, entry)
        chosen = channels.resolve(entry.spec.channels, project)
        return transitions.apply_spec(present, entry.spec, chosen, now, slug_from_name=False)

    try:
        checks.change(found.check_id, configure, owner=project)
    except StaleForm:
        found = checks.find(found.unique_key, project)
        stale = check_form.as_stale(entry, found)
        return _page(viewer, stale, found, now, HTTPStatus.CONFLICT)
    except InvalidChannel:
        lost = check_form.with_lost_channel(entry)
        return _page(viewer, lost, found, now, HTTPStatus.BAD_REQUEST)
    return redirect(app.current_event, f"/projects/{project}/checks/{check}?said=saved")


def _page(
    viewer: Viewer, entry: Entry, check: Check, now: datetime, status: HTTPStatus = HTTPStatus.OK
) -> Response[Any]:
    return check_form.show(
        app.current_event,
        viewer,
        entry,
        check,
        now,
        status,
        log=pings.list_latest(check, _PINGS),
        heading=f"Edit {check.shown_name}",
    )


lambda_handler = entry_point(app)
