"""GET, HEAD /api/v1/health/check: tell monitoring systems how the service is."""

from http import HTTPStatus
from typing import Any

from nightbell import clock
from nightbell.domain.errors import NotFound
from nightbell.domain.networks import is_listed
from nightbell.settings import settings
from nightbell.store import scans
from nightbell.store.health import DatabaseStatus, check_database
from nightbell.web.address import client_address
from nightbell.web.app import create_app, entry_point

app = create_app()


@app.route("/api/<version>/health/check", method=["GET", "HEAD"])
def check_health(version: str) -> tuple[dict[str, Any], int]:
    event = app.current_event
    headers = {name.lower(): value for name, value in event.headers.items()}
    address = client_address(headers, event.request_context.identity.source_ip)
    if version != "v1" or not is_listed(address, settings.health_allow_list):
        raise NotFound
    status = check_database()
    error = None
    if status is DatabaseStatus.CONNECTION_FAILED:
        error = "database connection failed"
    elif status is DatabaseStatus.CONNECTED and scans.are_late(settings.scan_parts, clock.now()):
        error = "deadlines are not being checked"
    document = {
        "service": "nightbell",
        "healthy": error is None,
        "databaseStatus": status.value,
        "error": error,
    }
    return document, HTTPStatus.INTERNAL_SERVER_ERROR if error else HTTPStatus.OK


lambda_handler = entry_point(app)
