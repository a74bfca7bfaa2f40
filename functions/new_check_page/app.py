"""GET and POST /projects/{project}/checks/new: the form that makes a check."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import check_form, forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.check_form import Entry
from nightbell.dashboard.rendering import redirect, zone_of
from nightbell.dashboard.session import Viewer
from nightbell.domain import transitions
from nightbell.domain.errors import CheckLimitReached, InvalidChannel
from nightbell.store import channels, check_creation

app = create_app()


@app.get("/projects/<project>/checks/new")
def show_form(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require_writer(app.current_event, project, now)
    everyone = frozenset(channel.channel_id for channel in channels.list_for(project))
    blank = check_creation.blank(project, now)
    default = replace(blank, tz=zone_of(app.current_event), channels=everyone)
    return _page(viewer, check_form.of_check(default), now)


@app.post("/projects/<project>/checks/new")
def create_check(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require_writer(app.current_event, project, now)
    form = forms.require(app.current_event, viewer)
    entry = check_form.of_form(form)
    if check_form.is_preview(form):
        return _page(viewer, entry, now)
    if entry.errors:
        return _page(viewer, entry, now, HTTPStatus.BAD_REQUEST)
    try:
        chosen = channels.resolve(entry.spec.channels, project)
        blank = check_creation.blank(project, now)
        change = transitions.apply_spec(blank, entry.new_spec, chosen, now, slug_from_name=True)
        check_creation.create(change.after, limit=viewer.project.check_limit, now=now)
    except InvalidChannel:
        return _page(viewer, check_form.with_lost_channel(entry), now, HTTPStatus.BAD_REQUEST)
    except CheckLimitReached:
        return _page(viewer, entry, now, HTTPStatus.FORBIDDEN, is_full=True)
    path = f"/projects/{project}/checks/{change.after.unique_key}?said=created"
    return redirect(app.current_event, path)


def _page(
    viewer: Viewer,
    entry: Entry,
    now: datetime,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    is_full: bool = False,
) -> Response[Any]:
    return check_form.show(
        app.current_event,
        viewer,
        entry,
        check_creation.blank(viewer.project.project_id, now),
        now,
        status,
        heading="New check",
        is_new=True,
        is_full=is_full or viewer.project.check_count >= viewer.project.check_limit,
    )


lambda_handler = entry_point(app)
