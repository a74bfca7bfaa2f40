"""What tests of several parts share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nightbell.domain.check import Check


@pytest.fixture
def make_check() -> Callable[..., Check]:
    """Return a function that makes a check; a test names only the fields it is about."""
    check = Check(
        check_id="7918b17b-a745-4db1-8575-9d2e07c97f79",
        project_id="project",
        created=datetime(2024, 1, 1, tzinfo=UTC),
        badge_key="badge-key",
    )

    def make(**changes: Any) -> Check:
        return replace(check, **changes)

    return make
