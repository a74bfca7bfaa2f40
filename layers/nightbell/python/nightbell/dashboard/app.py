"""What all pages share: the resolver, errors as pages, headers, compression."""

from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell import clock
from nightbell.dashboard.forms import InvalidForm
from nightbell.dashboard.rendering import redirect, render
from nightbell.dashboard.session import NotSignedIn, ReadOnly
from nightbell.domain import errors
from nightbell.logs import logger
from nightbell.store.connection import ContentionError
from nightbell.web.app import compress

_WORTH_COMPRESSING = 1_000
_LONGEST_WANTED = 1_000
_TRIED_AGAIN = "30"  # seconds

# What a person can do wrong, and what the page says of it.
_PAGES: dict[type[errors.UserError], tuple[HTTPStatus, str, str]] = {
    errors.NotFound: (HTTPStatus.NOT_FOUND, "Not found", "There is no such page, or not any more."),
    errors.InvalidChannel: (
        HTTPStatus.BAD_REQUEST,
        "Nothing was done",
        "One of the channels is not there any more. Load the page anew and choose again.",
    ),
    errors.NotDown: (
        HTTPStatus.BAD_REQUEST,
        "Nothing was done",
        "The check is not down any more, so there are no reminders.",
    ),
    errors.NotPaused: (
        HTTPStatus.BAD_REQUEST,
        "Nothing was done",
        "The check is not paused any more.",
    ),
    InvalidForm: (
        HTTPStatus.FORBIDDEN,
        "Nothing was done",
        "This form is too old or did not come from here. Load the page anew and try again.",
    ),
    ReadOnly: (
        HTTPStatus.FORBIDDEN,
        "Nothing was done",
        "You signed in with a read-only key, which changes nothing.",
    ),
}


def create_app() -> APIGatewayRestResolver:
    """Return a resolver that answers what people do wrong with a page."""
    app = APIGatewayRestResolver()

    def ask_to_sign_in(_error: NotSignedIn) -> Response[Any]:
        event = app.current_event
        said = "" if event.http_method == "GET" else "&said=undone"
        wanted = quote(_wanted(event), safe="")
        return redirect(event, f"/sign-in?next={wanted}{said}")

    def ask_to_wait(error: errors.TooManyAttempts) -> Response[Any]:
        seconds = ceil(error.retry_after.total_seconds())
        answer = _page(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many attempts",
            f"Too many wrong keys came from your network. Try again in {ceil(seconds / 60)} min.",
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def tell(error: errors.UserError) -> Response[Any]:
        status, title, text = _PAGES.get(
            type(error), (HTTPStatus.BAD_REQUEST, "Nothing was done", error.message)
        )
        return _page(status, title, text)

    def tell_not_found(_error: NotFoundError) -> Response[Any]:
        return _page(*_PAGES[errors.NotFound])

    def tell_contention(_error: ContentionError) -> Response[Any]:
        logger.error("Gave up")
        return _page(
            HTTPStatus.SERVICE_UNAVAILABLE, "Busy", "The database is busy. Try again in a moment."
        )

    def tell_failure(_error: Exception) -> Response[Any]:
        logger.exception("Failed")
        return _page(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "That was not your fault. Try again in a moment; the log of the functions says more.",
        )

    def _page(status: HTTPStatus, title: str, text: str) -> Response[Any]:
        event = app.current_event
        answer = render(
            event,
            "message.html",
            now=clock.now(),
            status=status,
            title=title,
            text=text,
            project_id=(event.path_parameters or {}).get("project", ""),
        )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and event.path.endswith("/wall"):
            answer.headers["Refresh"] = _TRIED_AGAIN  # nobody is there to press a key
        return answer

    app.exception_handler(NotSignedIn)(ask_to_sign_in)
    app.exception_handler(errors.TooManyAttempts)(ask_to_wait)
    app.exception_handler(errors.UserError)(tell)
    app.exception_handler(ContentionError)(tell_contention)
    app.exception_handler(Exception)(tell_failure)
    app.not_found(tell_not_found)
    return app


def _wanted(event: APIGatewayProxyEvent) -> str:
    """Return the address that was asked for, without the stage; what filters a list is in it."""
    query = urlencode(event.resolved_query_string_parameters, doseq=True)
    with_query = f"{event.path}?{query}"
    return with_query if query and len(with_query) <= _LONGEST_WANTED else event.path


def entry_point(app: APIGatewayRestResolver) -> Callable[[dict[str, Any], LambdaContext], Any]:
    """Return the Lambda handler: the app's pages, compressed if the browser can take it."""

    def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        answer = app.resolve(event, context)
        if len(answer["body"] or "") > _WORTH_COMPRESSING:
            compress(answer, app.current_event.headers.get("accept-encoding", ""))
        return answer

    return lambda_handler
