"""GET /b/{states}/{badge}: the badge of one check, with two or three states."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.domain.badge import summarize
from nightbell.domain.errors import NotFound
from nightbell.domain.masking import without_uuids
from nightbell.domain.status import shown_status
from nightbell.store import checks
from nightbell.web.app import create_app, entry_point
from nightbell.web.badges import badge_response, split_format

app = create_app()


@app.get("/b/<states>/<badge>")
def check_badge(states: str, badge: str) -> Response[Any]:
    now = clock.now()
    key, fmt = split_format(badge)
    if states not in ("2", "3"):
        raise NotFound
    check = checks.get_by_badge_key(key)
    label = without_uuids(check.name) or "unnamed"
    summary = summarize(label, [shown_status(check, now)], three_states=states == "3")
    return badge_response(summary, fmt)


lambda_handler = entry_point(app)
