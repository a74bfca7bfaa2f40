"""GET and POST /projects/{project}/channels/{channel}: a channel, its settings and how it does."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.alerts import registry, setup, trial
from nightbell.dashboard import channel_form, forms, session, words
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.channel_states import by_name, name_of, possible_members, state_of
from nightbell.dashboard.forms import Form, InvalidForm
from nightbell.dashboard.rendering import redirect, render
from nightbell.dashboard.session import Viewer
from nightbell.domain import transitions
from nightbell.domain.channels import Channel
from nightbell.domain.check import Change, Check
from nightbell.domain.errors import (
    InvalidChannel,
    InvalidSpec,
    NotFound,
    NotTestable,
    TooManyTests,
)
from nightbell.domain.spec import MAX_NAME
from nightbell.store import channels, checks, notifications
from nightbell.web.identifiers import require_uuid
from nightbell.web.views import urls_of

app = create_app()

_MOST_NOTIFICATIONS = 50


@app.get("/projects/<project>/channels/<channel>")
def show_channel(project: str, channel: str) -> Response[Any]:
    viewer = session.require_writer(app.current_event, project, clock.now())
    return _page(viewer, require_uuid(channel))


@app.post("/projects/<project>/channels/<channel>")
def change_channel(project: str, channel: str) -> Response[Any]:
    viewer = session.require(app.current_event, project, clock.now())
    form = forms.require(app.current_event, viewer)
    found = channels.get(project, require_uuid(channel))
    match form.text("action"):
        case "save":
            return _save(viewer, found, form)
        case "test":
            return _test(viewer, found)
        case "enable":
            setup.update(found, {})
            return _back(found, "saved")
        case "disable" if not found.is_group:  # a group's members are told all the same
            channels.disable(found, "disabled on the dashboard", viewer.now)
            return _back(found, "saved")
        case "checks":
            return _choose_checks(found, form)
        case "delete":
            return _delete(viewer, found, form)
    raise InvalidForm


def _save(viewer: Viewer, channel: Channel, form: Form) -> Response[Any]:
    kind = registry.get(channel.kind)
    try:
        setup.update(channel, channel_form.document(kind, form, changing=True))
    except (InvalidSpec, InvalidChannel) as error:
        mistakes = channel_form.mistakes(kind, error)
        return _page(viewer, channel.channel_id, typed=form, errors=mistakes)
    return _back(channel, "saved")


def _test(viewer: Viewer, channel: Channel) -> Response[Any]:
    site = urls_of(app.current_event, "v3").site
    try:
        fault = trial.send(channel, site, viewer.now)
    except NotTestable as refusal:
        text = f"No test was sent: {refusal.message}."
        return _page(viewer, channel.channel_id, text, HTTPStatus.BAD_REQUEST)
    except TooManyTests as refusal:
        wait = words.span(refusal.retry_after)
        text = f"A test was sent a moment ago. The next can be sent in {wait}."
        return _page(viewer, channel.channel_id, text, HTTPStatus.TOO_MANY_REQUESTS)
    if fault:
        return _page(viewer, channel.channel_id, f"The test was not sent: {fault}")
    return _back(channel, "test-sent")


def _choose_checks(channel: Channel, form: Form) -> Response[Any]:
    """Change those checks only whose box was changed: others may have been chosen meanwhile."""
    chosen, before = set(form.all("check")), set(form.text("were").split())
    ids = {check.unique_key: check.check_id for check in checks.list_for(channel.project_id)}

    def change(keys: set[str], transition: Callable[[Check, str], Change]) -> None:
        checks.change_several(
            [ids[key] for key in keys & ids.keys()],
            lambda check: transition(check, channel.channel_id),
            channel.project_id,
        )

    change(chosen - before, transitions.add_channel)
    change(before - chosen, transitions.remove_channel)
    return _back(channel, "saved")


def _delete(viewer: Viewer, channel: Channel, form: Form) -> Response[Any]:
    if not form.confirms(name_of(channel)):
        errors = {"confirm": "That is not the name of the channel."}
        return _page(viewer, channel.channel_id, errors=errors)
    setup.delete(channel)
    path = f"/projects/{channel.project_id}/channels?said=deleted"
    return redirect(app.current_event, path)


def _page(
    viewer: Viewer,
    channel_id: str,
    tested: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    *,
    typed: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response[Any]:
    """Return the page; `tested` is what came of a test, `typed` a form with mistakes."""
    now = clock.now()  # a test takes its time
    project_id = viewer.project.project_id
    every, all_checks = channels.list_for(project_id), checks.list_for(project_id)
    told = notifications.list_for_channel(channel_id, _MOST_NOTIFICATIONS, now)
    found = next((one for one in every if one.channel_id == channel_id), None)
    if found is None:
        raise NotFound
    latest = notifications.latest(found.members, now)
    latest |= {one.channel_id: one for one in told[:1]}
    return render(
        app.current_event,
        "channel.html",
        now=now,
        viewer=viewer,
        section="channels",
        status=HTTPStatus.BAD_REQUEST if errors else status,
        shown=state_of(found, every, all_checks, latest),
        tested=tested,
        is_group=found.is_group,
        name=typed.text("name") if typed else found.name,
        longest_name=MAX_NAME,
        fields=channel_form.fields(registry.get(found.kind), found.settings, typed),
        members=possible_members(every),
        errors=errors or {},
        all_checks=by_name(all_checks),
        choosing=app.current_event.get_query_string_value("choose", "") == "checks",
        told=told,
        checks={check.check_id: check for check in all_checks},
    )


def _back(channel: Channel, said: str) -> Response[Any]:
    path = f"/projects/{channel.project_id}/channels/{channel.channel_id}?said={said}"
    return redirect(app.current_event, path)


lambda_handler = entry_point(app)
