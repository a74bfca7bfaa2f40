"""Checks with UUIDs of another server, created in the tables of a stack: the API makes its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from nightbell.domain import transitions
from nightbell.domain.errors import UserError
from nightbell.domain.spec import parse
from nightbell.store import check_creation, projects
from nightbell.store.transaction import StateChangedError


class UuidTaken(UserError):
    """There is a check with this UUID, of whichever project."""

    message = "its UUID is taken"


def project_of(api_key: str) -> str:
    """Return the id of the project that the key opens in these tables."""
    access = projects.authenticate(api_key)
    if access is None:
        raise click.ClickException("The stack does not know the API key: is it another stack's?")
    return access.project_id


def create(
    project_id: str, uuid: str, fields: Mapping[str, Any], channels: Iterable[str], now: datetime
) -> None:
    """Create a check with this UUID, as `functions/create_check` does with one of its own.

    Raises UuidTaken, CheckLimitReached and InvalidSpec.
    """
    blank = replace(check_creation.blank(project_id, now), check_id=uuid)
    configured = transitions.apply_spec(
        blank, parse(fields), frozenset(channels), now, slug_from_name=False
    )
    limit = projects.get(project_id).check_limit
    try:
        check_creation.create(configured.after, limit=limit, now=now)
    except StateChangedError:
        raise UuidTaken from None
