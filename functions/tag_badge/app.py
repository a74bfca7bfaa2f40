"""GET /badge/{key}/{a} and /badge/{key}/{a}/{b}: the badge of a project's tag, or of all checks."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.domain.badge import summarize
from nightbell.domain.errors import NotFound
from nightbell.domain.status import shown_status
from nightbell.store import checks, projects
from nightbell.web.app import create_app, entry_point
from nightbell.web.badges import badge_response, signed_tag, split_format, split_states

app = create_app()


@app.get("/badge/<key>/<a>")
def badge_of_all(key: str, a: str) -> Response[Any]:
    signed, fmt = split_format(a)
    return _badge(key, signed, "*", fmt)


@app.get("/badge/<key>/<a>/<b>")
def badge_of_tag(key: str, a: str, b: str) -> Response[Any]:
    name, fmt = split_format(b)
    return _badge(key, a, name, fmt)


def _badge(key: str, signed: str, name: str, fmt: str) -> Response[Any]:
    now = clock.now()
    signature, three_states = split_states(signed)
    project = projects.get_by_badge_key(key)
    tag = signed_tag(project.badge_secret, name, signature)
    if tag is None:
        raise NotFound
    statuses = [
        shown_status(check, now)
        for check in checks.list_for(project.project_id)
        if tag == "*" or tag in check.tag_list()
    ]
    label = project.badge_label if tag == "*" else tag
    return badge_response(summarize(label, statuses, three_states=three_states), fmt)


lambda_handler = entry_point(app)
