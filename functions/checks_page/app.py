"""GET and POST /projects/{project}/checks: the checks of a project, and what is done to several."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import bulk, first_check, forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.expectations import Standing
from nightbell.dashboard.forms import Form, InvalidForm
from nightbell.dashboard.listing import Row, Wanted, arrange
from nightbell.dashboard.rendering import redirect, render
from nightbell.dashboard.runs import latest_runs
from nightbell.dashboard.secrecy import masked
from nightbell.dashboard.session import Viewer
from nightbell.dashboard.snippets import first_command, snippets
from nightbell.domain import transitions
from nightbell.domain.check import Check
from nightbell.domain.errors import CheckLimitReached, InvalidSpec
from nightbell.domain.spec import parse
from nightbell.store import channels, check_creation, checks

app = create_app()

_REFRESH = 15  # seconds
_REFRESH_WHEN_WAITING = 5
_DRAWN = 50  # rows of a page: each takes a query


@app.get("/projects/<project>/checks")
def show_checks(project: str) -> Response[Any]:
    viewer = session.require(app.current_event, project, clock.now())
    return _page(viewer)


@app.post("/projects/<project>/checks")
def change_checks(project: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    form = forms.require(app.current_event, viewer)
    action = form.text("action")
    if action == "create":
        return _create(viewer, form)
    chosen = bulk.choose(project, form.all("check"))
    tags = form.text("tags").split()
    if not chosen:
        return _back(viewer, "unchosen")
    match action:
        case "pause":
            bulk.pause(chosen, now)
            return _back(viewer, "paused")
        case "resume":
            bulk.resume(chosen, now)
            return _back(viewer, "resumed")
        case "tag" | "untag" if not tags:
            return _page(viewer, errors={"tags": "Type a tag first."}, chosen=chosen)
        case "tag":
            return _tag(viewer, chosen, tags)
        case "untag":
            bulk.remove_tags(chosen, tags, now)
            return _back(viewer, "untagged")
        case "delete" if form.text("confirmed"):
            bulk.delete(chosen)
            return _back(viewer, "checks-deleted")
        case "delete":
            return render(
                app.current_event,
                "delete_checks.html",
                now=now,
                viewer=viewer,
                section="checks",
                chosen=chosen,
                wanted=_wanted(),
            )
    raise InvalidForm


def _tag(viewer: Viewer, chosen: Sequence[Check], tags: Sequence[str]) -> Response[Any]:
    try:
        bulk.add_tags(chosen, tags, viewer.now)
    except InvalidSpec as error:
        mistake = {"tags": f"The text of the tags {error.mistake}."}
        return _page(viewer, errors=mistake, chosen=chosen, typed={"tags": " ".join(tags)})
    return _back(viewer, "tagged")


def _create(viewer: Viewer, form: Form) -> Response[Any]:
    """Make a check from little more than a name."""
    now = viewer.now
    project = viewer.project
    typed = {"name": form.text("name"), "period": form.text("period")}
    try:
        spec = parse(first_check.document(**typed))
        told = channels.resolve(spec.channels, project.project_id)
        blank = check_creation.blank(project.project_id, now)
        check = transitions.apply_spec(blank, spec, told, now, slug_from_name=False).after
        check_creation.create(check, limit=project.check_limit, now=now)
    except InvalidSpec as error:
        field = "period" if error.field == "timeout" else "name"
        return _page(viewer, errors={field: f"The {field} {error.mistake}."}, typed=typed)
    except CheckLimitReached:
        return _page(viewer, errors={"name": "The project has as many checks as it may have."})
    return redirect(app.current_event, f"/projects/{project.project_id}/checks")


def _page(
    viewer: Viewer,
    *,
    errors: dict[str, str] | None = None,
    chosen: Sequence[Check] = (),
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response[Any]:
    now = viewer.now
    project = viewer.project
    found = checks.list_for(project.project_id)
    if viewer.read_only:
        found = masked(found, project.ping_key)
    listing = arrange(found, _wanted(), now)
    first = None if viewer.read_only else first_check.of(found, now)
    waits = first is not None and not first.n_pings

    def more() -> dict[str, Any]:
        drawn = [row.check for row in listing.rows[:_DRAWN]]
        return {"runs": latest_runs(drawn, project.ping_log_limit)}

    return render(
        app.current_event,
        "checks.html",
        now=now,
        viewer=viewer,
        section="checks",
        status=HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        state=None if errors else (listing.state(), first_check.state(first)),
        live=0 if errors else _REFRESH_WHEN_WAITING if waits else _REFRESH,
        more=more,
        listing=listing,
        failures=listing.counts[Standing.DOWN],
        first=Row.of(first, now) if first else None,
        first_command=first_command(first) if first else "",
        snippets=snippets(first) if first else (),
        periods=first_check.PERIODS,
        errors=errors or {},
        chosen={check.unique_key for check in chosen},
        typed={"name": first_check.NAME, "period": first_check.PERIOD, "tags": "", **typed},
    )


def _wanted() -> Wanted:
    return Wanted.read(app.current_event.resolved_query_string_parameters)


def _back(viewer: Viewer, said: str) -> Response[Any]:
    path = f"/projects/{viewer.project.project_id}/checks{_wanted().address(said=said)}"
    return redirect(app.current_event, path)


lambda_handler = entry_point(app)
