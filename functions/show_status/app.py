"""GET, HEAD /api/{version}/status: tell whether the database answers."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nightbell.store.health import DatabaseStatus, check_database
from nightbell.web.app import TEXT, create_app, entry_point

app = create_app()


@app.route("/api/<version>/status", method=["GET", "HEAD"])
def show_status(version: str) -> Response[str]:
    if check_database() is DatabaseStatus.CONNECTED:
        return Response(HTTPStatus.OK, TEXT, "OK")
    return Response(HTTPStatus.INTERNAL_SERVER_ERROR, TEXT, "database unavailable")


lambda_handler = entry_point(app)
