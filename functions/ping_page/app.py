"""GET /projects/{project}/checks/{check}/pings/{n}: one ping, its body as text, bytes or mail."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.body_view import view_of
from nightbell.dashboard.rendering import download, render
from nightbell.dashboard.secrecy import teller
from nightbell.domain.errors import NotFound
from nightbell.store import checks, pings
from nightbell.web.identifiers import require_ping_number, require_unique_key

app = create_app()

# As many as a page of the log, for the start of a run may be some pings before its end.
_READ = 50


@app.get("/projects/<project>/checks/<check>/pings/<n>")
def show_ping(project: str, check: str, n: str) -> Response[Any]:
    now = clock.now()
    event = app.current_event
    viewer = session.require(event, project, now)
    found = checks.find(require_unique_key(check), project)
    number = require_ping_number(n)
    kept = viewer.project.ping_log_limit
    logged = next(iter(pings.list_before(found, number + 1, _READ, kept=kept)), None)
    if logged is None or logged.ping.n != number:
        raise NotFound
    # As in the API, bodies are for those who may write.
    shown = logged.has_body and not viewer.read_only
    raw = pings.get_body(found, number, kept) if shown else None
    if event.get_query_string_value("download", ""):
        if raw is None:
            raise NotFound
        return download(raw, f"ping-{number}.txt")
    view = event.get_query_string_value("view", "")
    return render(
        event,
        "ping.html",
        now=now,
        viewer=viewer,
        section="checks",
        told=teller(viewer, found),
        check=found,
        logged=logged,
        oldest=pings.oldest_kept(found, kept),
        body=view_of(logged.ping, raw, view) if raw else None,
    )


lambda_handler = entry_point(app)
