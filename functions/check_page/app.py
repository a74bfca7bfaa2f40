"""GET and POST /projects/{project}/checks/{check}: all about a check, and what is done with it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import forms, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.badge_snippets import badge_snippets
from nightbell.dashboard.check_details import CheckDetails
from nightbell.dashboard.forms import Form, InvalidForm
from nightbell.dashboard.rendering import redirect, render
from nightbell.dashboard.secrecy import teller
from nightbell.dashboard.session import Viewer
from nightbell.dashboard.snippets import mail_address, ping_url, slug_url, snippets
from nightbell.domain import snooze, transitions
from nightbell.domain.check import Change, Check, Ping, Signal
from nightbell.domain.errors import CheckLimitReached
from nightbell.domain.spec import Spec
from nightbell.store import channels, check_creation, checks
from nightbell.store.checks import Transition
from nightbell.web import digits
from nightbell.web.identifiers import require_unique_key
from nightbell.web.views import urls_of

app = create_app()

_REFRESH = 15  # seconds
_MOST_DIGITS = 10
_BY_HAND = {"success": Signal.SUCCESS, "start": Signal.START, "fail": Signal.FAIL}


@app.get("/projects/<project>/checks/<check>")
def show_check(project: str, check: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    return _page(viewer, checks.find(require_unique_key(check), project), now)


@app.post("/projects/<project>/checks/<check>")
def change_check(project: str, check: str) -> Response[Any]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    form = forms.require(app.current_event, viewer)
    found = checks.find(require_unique_key(check), project)
    match form.text("action"):
        case "pause":
            return _change(found, lambda one: transitions.pause(one, now), "check-paused")
        case "resume":
            return _change(found, lambda one: transitions.resume(one, now), "check-resumed")
        case "snooze":
            seconds = digits.number(form.text("seconds"), _MOST_DIGITS)
            until = snooze.parse({"seconds": seconds}, now)
            said = "snoozed" if until else "snooze-ended"
            return _change(found, lambda one: transitions.snooze(one, until), said)
        case "channels":
            chosen = channels.resolve(",".join(form.all("channels")), project)
            return _change(found, lambda one: _with_channels(one, chosen, now), "saved")
        case "ping":
            return _ping(found, form, now)
        case "copy":
            return _copy(viewer, found, now)
        case "delete":
            return _delete(viewer, found, form, now)
    raise InvalidForm


def _change(check: Check, transition: Transition, said: str) -> Response[Any]:
    checks.change(check.check_id, transition, owner=check.project_id)
    return _lead_to(check, said)


def _with_channels(check: Check, chosen: frozenset[str] | None, now: datetime) -> Change:
    return transitions.apply_spec(check, Spec(), chosen, now, slug_from_name=False)


def _ping(check: Check, form: Form, now: datetime) -> Response[Any]:
    """Ping the check as a job would, and let the log tell that it was somebody's hand."""
    signal = _BY_HAND.get(form.text("signal"))
    if signal is None:
        raise InvalidForm
    ping = Ping(
        created=now,
        kind=signal,
        scheme="https",
        remote_addr=session.reader_address(app.current_event),
        method="POST",
        ua="Nightbell dashboard",
    )
    checks.receive(check.check_id, lambda found: transitions.receive(found, ping))
    return _lead_to(check, "pinged")


def _copy(viewer: Viewer, check: Check, now: datetime) -> Response[Any]:
    limit = viewer.project.check_limit
    try:
        made = check_creation.copy(check, limit=limit, now=now)
    except CheckLimitReached:
        errors = {"copy": f"The project has as many checks as it may have, {limit}."}
        return _page(viewer, check, now, errors)
    return _lead_to(made, "copied")


def _delete(viewer: Viewer, check: Check, form: Form, now: datetime) -> Response[Any]:
    if not form.confirms(check.shown_name):
        return _page(viewer, check, now, {"delete": "That is not its name."})
    checks.delete(check.check_id, owner=check.project_id)
    path = f"/projects/{check.project_id}/checks?said=check-deleted"
    return redirect(app.current_event, path)


def _lead_to(check: Check, said: str) -> Response[Any]:
    path = f"/projects/{check.project_id}/checks/{check.unique_key}?said={said}"
    return redirect(app.current_event, path)


def _page(
    viewer: Viewer, check: Check, now: datetime, errors: dict[str, str] | None = None
) -> Response[Any]:
    details = CheckDetails(check, viewer.project.ping_log_limit, now)
    told = teller(viewer, check)
    name = told(check.shown_name)
    write = not viewer.read_only
    return render(
        app.current_event,
        "check.html",
        now=now,
        viewer=viewer,
        section="checks",
        status=HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        state=None if errors else details.state,
        live=0 if errors else _REFRESH,
        failures=int(details.is_down),
        told=told,
        check=check,
        name=name,
        details=details,
        badges=badge_snippets(name, urls_of(app.current_event, "v3").badge(check)),
        ping_url=ping_url(check) if write else "",
        slug_url=slug_url(check, viewer.project) if write else "",
        mail_address=mail_address(check) if write else "",
        snippets=snippets(check) if write else (),
        errors=errors or {},
    )


lambda_handler = entry_point(app)
