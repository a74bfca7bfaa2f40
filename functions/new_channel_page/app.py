"""GET and POST /projects/{project}/channels/new: choose a kind of channel, and make one."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.alerts import registry, setup
from nightbell.alerts.kind import Kind
from nightbell.dashboard import channel_form, forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.channel_states import possible_members
from nightbell.dashboard.forms import Form
from nightbell.dashboard.rendering import redirect, render
from nightbell.dashboard.session import Viewer
from nightbell.domain import transitions
from nightbell.domain.channels import GROUP
from nightbell.domain.errors import InvalidChannel, InvalidSpec
from nightbell.domain.spec import MAX_NAME
from nightbell.store import channels, checks

app = create_app()


@app.get("/projects/<project>/channels/new")
def show_form(project: str) -> Response[Any]:
    viewer = session.require_writer(app.current_event, project, clock.now())
    code = app.current_event.get_query_string_value("kind", "")
    if code in registry.CODES:
        return _form(viewer, registry.get(code))
    return render(
        app.current_event,
        "channel_kinds.html",
        now=viewer.now,
        viewer=viewer,
        section="channels",
        kinds=sorted(
            map(registry.get, registry.CODES),
            key=lambda kind: (not kind.is_set_up(), kind.title.casefold()),
        ),
    )


@app.post("/projects/<project>/channels/new")
def add_channel(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    form = forms.require(app.current_event, viewer)
    kind = registry.get(form.text("kind"))
    try:
        made = setup.create(project, channel_form.document(kind, form, changing=False), now)
    except (InvalidSpec, InvalidChannel) as error:
        return _form(viewer, kind, form, channel_form.mistakes(kind, error))
    if form.has("all_checks"):
        every = [check.check_id for check in checks.list_for(project)]
        checks.change_several(
            every, lambda check: transitions.add_channel(check, made.channel_id), project
        )
    said = "saved" if kind.code == GROUP else "channel-made"
    path = f"/projects/{project}/channels/{made.channel_id}?said={said}"
    return redirect(app.current_event, path)


def _form(
    viewer: Viewer, kind: Kind, form: Form | None = None, errors: dict[str, str] | None = None
) -> Response[Any]:
    found = channels.list_for(viewer.project.project_id) if kind.code == GROUP else []
    return render(
        app.current_event,
        "channel_new.html",
        now=viewer.now,
        viewer=viewer,
        section="channels",
        status=HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        kind=kind,
        name=form.text("name") if form else "",
        fields=channel_form.fields(kind, {}, form),
        members=possible_members(found),
        # Whose channels are told already has no need to be told of once more.
        all_checks=form.has("all_checks") if form else kind.code != GROUP,
        errors=errors or {},
        longest_name=MAX_NAME,
    )


lambda_handler = entry_point(app)
