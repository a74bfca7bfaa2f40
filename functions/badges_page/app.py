"""GET /projects/{project}/badges: the badges of a project's tags, to look at and to copy."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell import clock
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.badge_snippets import badge_snippets
from nightbell.dashboard.rendering import render
from nightbell.dashboard.secrecy import tags_without_secrets
from nightbell.store import checks
from nightbell.web.views import badges_json, urls_of

app = create_app()


@app.get("/projects/<project>/badges")
def show_badges(project: str) -> Response[Any]:
    now = clock.now()
    event = app.current_event
    viewer = session.require(event, project, now)
    found = checks.list_for(project)
    if viewer.read_only:
        tags = tags_without_secrets(found, viewer.project.ping_key)
    else:
        tags = {tag for check in found for tag in check.tag_list()}
    badges = dict(badges_json(viewer.project, tags, urls_of(event, "v3")))
    shown = [("All checks", badges.pop("*")), *badges.items()]
    return render(
        event,
        "badges.html",
        now=now,
        viewer=viewer,
        section="badges",
        badges=[(name, urls, _to_copy(name, urls)) for name, urls in shown],
    )


def _to_copy(name: str, urls: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what to copy to show a badge in either form, and what each is called."""
    two, three = badge_snippets(name, urls["svg"]), badge_snippets(name, urls["svg3"])
    return [
        *((f"{label}, up or down", text) for label, text in two),
        *((f"{label}, up, late or down", text) for label, text in three),
        ("JSON", urls["json"]),
        ("Endpoint for shields.io", urls["shields"]),
    ]


lambda_handler = entry_point(app)
