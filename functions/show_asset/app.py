"""GET /static/{name}: the style sheet, the script and the icons of the pages."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nightbell.dashboard import assets
from nightbell.dashboard.app import create_app, entry_point
from nightbell.domain.errors import NotFound

app = create_app()

_LASTING = "public, max-age=31536000, immutable"  # for addresses that name the content


@app.get("/static/<name>")
def show_asset(name: str) -> Response[str]:
    asset = assets.read(name)
    if asset is None:
        raise NotFound
    kind, text = asset
    # While a new version is deployed its pages may ask a function that has the old file yet.
    is_named = app.current_event.get_query_string_value("v", "") == assets.digest(name)
    headers: dict[str, str | list[str]] = {
        "Cache-Control": _LASTING if is_named else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(HTTPStatus.OK, kind, text, headers)


lambda_handler = entry_point(app)
