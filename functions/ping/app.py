"""ANY /ping/{rest+}: receive a signal from a job.

A plain function on payload 2.0, for this is the path that must be quick, cold or warm.
"""

from typing import Any

from nightbell import clock
from nightbell.loading import quick_loading

with quick_loading():
    from nightbell.domain import transitions
    from nightbell.domain.check import Change, Check
    from nightbell.domain.errors import (
        AmbiguousSlug,
        InvalidPingUrl,
        InvalidRunId,
        NotFound,
        UserError,
    )
    from nightbell.settings import settings
    from nightbell.store import checks, keys
    from nightbell.store.connection import ContentionError
    from nightbell.web import ping_request
    from nightbell.web.ping_request import PingRequest

_STATUSES: dict[type[UserError], int] = {
    NotFound: 404,
    InvalidPingUrl: 400,
    InvalidRunId: 400,
    AmbiguousSlug: 409,
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    try:
        created = _receive(ping_request.read(event, clock.now()))
    except NotFound:
        return _answer(404, "not found")
    except UserError as error:
        return _answer(_STATUSES[type(error)], error.message)
    except ContentionError:
        return _answer(503, "try again later")
    return _answer(201, "Created") if created else _answer(200, "OK")


def _receive(request: PingRequest) -> bool:
    """Apply the ping to its check; tell whether the check was created for it."""

    def decide(check: Check) -> Change:
        if request.problem:
            raise request.problem
        return transitions.receive(check, request.ping)

    if request.check_id:
        checks.receive(request.check_id, decide)
        return False
    project = keys.find_lasting(keys.ping_key(request.ping_key))
    if project is None:
        raise NotFound
    try:
        checks.receive_by_slug(project.project_id, request.slug, decide)
        return False
    except NotFound:
        if not request.may_create:
            raise
    if request.problem:
        raise request.problem
    from nightbell.store import check_creation  # few pings create; the others need not load it

    created = check_creation.create_for_ping(project.project_id, request.slug, request.ping.created)
    checks.receive_by_slug(project.project_id, request.slug, decide)
    return created


def _answer(status: int, text: str) -> dict[str, Any]:
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    }
    if status < 300:
        headers["Ping-Body-Limit"] = str(settings.ping_body_limit)
    return {"statusCode": status, "headers": headers, "body": text}
