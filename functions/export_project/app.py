"""GET /projects/{project}/export: the project's checks and channels as a file."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nightbell import clock, project_file
from nightbell.dashboard import session
from nightbell.dashboard.app import create_app, entry_point
from nightbell.dashboard.session import ReadOnly
from nightbell.domain.slug import slugify
from nightbell.store import channels, checks
from nightbell.web.app import JSON
from nightbell.web.views import channel_details_json, check_json, urls_of

app = create_app()


@app.get("/projects/<project>/export")
def export_project(project: str) -> Response[str]:
    now = clock.now()
    viewer = session.require(app.current_event, project, now)
    if viewer.read_only:
        raise ReadOnly  # the API shows such a key no channels either
    urls = urls_of(app.current_event, "v3")
    document = project_file.from_api(
        (check_json(check, urls, now) for check in checks.list_for(project)),
        (channel_details_json(channel) for channel in channels.list_for(project)),
        has_reminders=True,
    )
    name = slugify(viewer.project.name) or "project"
    headers: dict[str, str | list[str]] = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}.json"',
        "X-Content-Type-Options": "nosniff",
    }
    text = project_file.write(document, with_uuids=False)
    return Response(HTTPStatus.OK, JSON, text, headers)


lambda_handler = entry_point(app)
