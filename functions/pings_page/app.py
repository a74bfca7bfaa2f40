"""GET /projects/{project}/checks/{check}/pings: the log of a check's pings."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell import clock
from nightbell.dashboard import ping_log, session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.rendering import render
from nightbell.dashboard.secrecy import teller
from nightbell.domain.check import Check, Signal
from nightbell.store import checks
from nightbell.web.identifiers import require_ping_number, require_unique_key

app = create_app()

_REFRESH = 15  # seconds; only the newest pings change


@app.get("/projects/<project>/checks/<check>/pings")
def show_pings(project: str, check: str) -> Response[Any]:
    now = clock.now()
    event = app.current_event
    viewer = session.require(event, project, now)
    found = checks.find(require_unique_key(check), project)
    kind = _kind(event)
    before = _before(event, found)
    page = ping_log.read(found, viewer.project.ping_log_limit, before, kind)
    return render(
        event,
        "pings.html",
        now=now,
        viewer=viewer,
        section="checks",
        state=(found.name, found.n_pings, kind, repr(page)),
        live=0 if page.newer else _REFRESH,
        told=teller(viewer, found),
        check=found,
        page=page,
        kind=kind or "",
    )


def _kind(event: APIGatewayProxyEvent) -> Signal | None:
    text = event.get_query_string_value("type", "")
    return Signal(text) if text in tuple(Signal) else None


def _before(event: APIGatewayProxyEvent, check: Check) -> int:
    """Return the number before which pings are asked for: after the latest if none is named."""
    text = event.get_query_string_value("before", "")
    return require_ping_number(text) if text else check.n_pings + 1


lambda_handler = entry_point(app)
