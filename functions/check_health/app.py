"""GET, HEAD /api/v1/health/check: tell monitoring systems how the service is."""

from http import HTTPStatus
from typing import Any

from nightbell.domain.errors import NotFound
from nightbell.domain.networks import is_listed
from nightbell.settings import settings
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
    healthy = status is not DatabaseStatus.CONNECTION_FAILED
    document = {
        "service": "nightbell",
        "healthy": healthy,
        "databaseStatus": status.value,
        "error": None if healthy else "database connection failed",
    }
    return document, HTTPStatus.OK if healthy else HTTPStatus.INTERNAL_SERVER_ERROR


lambda_handler = entry_point(app)
