"""A project, which owns checks, channels and keys."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Owns checks, channels and keys."""

    project_id: str
    name: str
    created: datetime
    ping_key: str
    badge_key: str
    badge_secret: str
    check_limit: int
    ping_log_limit: int
    check_count: int = 0
    badge_label: str = "nightbell"  # of the badge for all checks
