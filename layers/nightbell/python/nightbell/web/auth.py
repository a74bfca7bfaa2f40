"""Who may do what: API keys."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.domain.errors import MissingKey, WrongKey
from nightbell.store import projects
from nightbell.store.projects import Access


def require_read(event: APIGatewayProxyEvent) -> Access:
    """Return what the key in the header opens; raises MissingKey or WrongKey."""
    return _authenticate(event.headers.get("x-api-key", ""))


def require_write(event: APIGatewayProxyEvent, document: Mapping[str, Any] | None = None) -> str:
    """Return the id of the project whose read-write key the request carries.

    The key is in the header or, in a POST, in the document; the header wins even when empty.
    Raises MissingKey, or WrongKey also for a read-only key.
    """
    header = event.headers.get("x-api-key")
    access = _authenticate(str((document or {}).get("api_key", "")) if header is None else header)
    if access.read_only:
        raise WrongKey
    return access.project_id


def _authenticate(api_key: str) -> Access:
    if len(api_key) != projects.API_KEY_LENGTH:
        raise MissingKey
    access = projects.authenticate(api_key)
    if access is None:
        raise WrongKey
    return access
