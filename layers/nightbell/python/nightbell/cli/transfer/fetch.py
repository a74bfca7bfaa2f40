"""A project fetched from the API of a server."""

from http import HTTPStatus
from typing import Any

from nightbell import project_file
from nightbell.cli.api import Api, ApiError
from nightbell.project_file import Document


def fetch(api: Api) -> Document:
    """Return the project whose key the API was opened with; raises ApiError.

    Of a Nightbell it has all settings of channels but the secret ones; other servers show none.
    """
    return _fetch(api, is_nightbell=_is_nightbell(api))


def fetch_own(api: Api) -> Document:
    """As `fetch`; raises ApiError for a server that is no Nightbell."""
    if not _is_nightbell(api):
        raise ApiError("The server is no Nightbell: check the address (--url).")
    return _fetch(api, is_nightbell=True)


def _fetch(api: Api, *, is_nightbell: bool) -> Document:
    try:
        checks = _checks(api)
        channels = api.channels()
        if is_nightbell:
            channels = [api.channel(one["id"]) for one in channels]
        return project_file.from_api(checks, channels, has_reminders=is_nightbell)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ApiError("The server answers, but not as the API of a Healthchecks does.") from None


def _is_nightbell(api: Api) -> bool:
    """Tell whether the server has an addition to the API that only Nightbell has."""
    try:
        api.get("outages/")
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def _checks(api: Api) -> list[dict[str, Any]]:
    try:
        checks = api.checks()
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise ApiError(
                "The server has no Management API v3. A Healthchecks without it is too old: "
                "update it first."
            ) from None
        raise
    if any("uuid" not in check for check in checks):
        raise ApiError(
            "This is a read-only key, which is not shown UUIDs and channels. Use the other one."
        )
    return checks
