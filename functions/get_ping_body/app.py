"""GET /api/{version}/checks/{check}/pings/{n}/body: show the body of a logged ping."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nightbell.domain.errors import NotFound
from nightbell.store import checks, pings, projects
from nightbell.web import auth
from nightbell.web.app import create_app, entry_point
from nightbell.web.identifiers import require_ping_number, require_uuid

app = create_app()


@app.get("/api/<version>/checks/<check>/pings/<n>/body")
def get_ping_body(version: str, check: str, n: str) -> Response[bytes]:
    check_id = require_uuid(check)
    number = require_ping_number(n)
    project_id = auth.require_write(app.current_event)
    found = checks.get(check_id, project_id)
    body = pings.get_body(found, number, projects.get(project_id).ping_log_limit)
    if body is None:
        raise NotFound
    return Response(HTTPStatus.OK, "text/plain", body)


lambda_handler = entry_point(app)
