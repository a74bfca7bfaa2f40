"""Pages out of templates: headers, times in the reader's zone, answers to `If-None-Match`."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from nightbell.dashboard import assets, words
from nightbell.dashboard.session import Viewer, is_refresh, reader_zone
from nightbell.domain import schedule
from nightbell.web.views import urls_of

HTML = "text/html; charset=utf-8"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def render(
    event: APIGatewayProxyEvent,
    template: str,
    *,
    now: datetime,
    viewer: Viewer | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    state: object = None,
    more: Callable[[], dict[str, Any]] = dict,
    **context: Any,
) -> Response[Any]:
    """Return the page.

    `state`: what the page tells, all but the passing of time, as nested tuples of plain values; a
    browser that has a page of the same state gets 304. None for a page that is not to be kept.
    `more`: finds out what else the template needs, where that is asked for only if it is sent.
    """
    headers: dict[str, str | list[str]] = dict(_HEADERS)
    zone = zone_of(event)
    tag = "" if state is None else _entity_tag(state, viewer, zone)
    if not tag:
        headers["Cache-Control"] = "no-store"
    else:
        headers |= {"Cache-Control": "private, no-cache", "ETag": tag}
        # A person who asks for the page anew, perhaps without script, is to see the time pass.
        if is_refresh(event) and event.headers["if-none-match"] == tag:
            return Response(HTTPStatus.NOT_MODIFIED, HTML, "", headers)
    page = _environment().get_template(template)
    document = page.render(
        base=base_path(event),
        viewer=viewer,
        now=now,
        zone=zone,
        tag=tag,
        notice=_NOTICES.get(event.get_query_string_value("said", ""), ""),
        **(_DEFAULTS | context | more()),
    )
    return Response(status, HTML, document, headers)


def redirect(event: APIGatewayProxyEvent, path: str, *cookies: str) -> Response[Any]:
    """Return the answer that sends the browser to another page of ours, after a form too."""
    headers: dict[str, str | list[str]] = {
        **_HEADERS,
        "Cache-Control": "no-store",
        "Location": base_path(event) + path,
    }
    if cookies:
        headers["Set-Cookie"] = list(cookies)
    return Response(HTTPStatus.SEE_OTHER, HTML, "", headers)


def lead_out(event: APIGatewayProxyEvent, *cookies: str) -> Response[Any]:
    """Return the answer to who has signed out: where one signs in, all kept pages forgotten.

    A browser would show them once more to whoever goes back.
    """
    answer = redirect(event, "/sign-in", *cookies)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def zone_of(event: APIGatewayProxyEvent) -> str:
    """Return the name of the zone in which the reader is told times."""
    return schedule.present_zone_name(reader_zone(event)) or "UTC"


def download(content: bytes, name: str) -> Response[Any]:
    """Return bytes that somebody else wrote, as a file that the browser keeps and does not show."""
    headers: dict[str, str | list[str]] = {
        **_HEADERS,
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(HTTPStatus.OK, "text/plain", content, headers)


def base_path(event: APIGatewayProxyEvent) -> str:
    """Return the path below which the pages are: the stage's, or "" below a domain of one's own."""
    return urlsplit(urls_of(event, "v3").site).path


_DEFAULTS: dict[str, Any] = {"section": "", "live": 0, "failures": 0}

# What a page says after a form was carried out: the address holds the code.
_NOTICES = {
    "channel-made": "Made. Send a test, to see whether alerts get there.",
    "check-deleted": "The check was deleted.",
    "check-paused": "The check is paused.",
    "check-resumed": "The check is resumed and waits for a ping.",
    "checks-deleted": "The checks were deleted.",
    "copied": "This is the copy. It has a ping URL of its own.",
    "created": "The check is there.",
    "deleted": "Deleted.",
    "paused": "The checks are paused.",
    "pinged": "The check was pinged. The log tells what that counted as.",
    "resumed": "Those of the checks that were paused are resumed.",
    "saved": "Saved.",
    "session-ended": "That browser is signed out.",
    "snooze-ended": "Reminders are sent as usual again.",
    "snoozed": "There are no reminders for a while.",
    "tagged": "The checks have new tags.",
    "test-sent": "The test was sent. Look whether it has come.",
    "undone": "Nothing was done, for you are not signed in any more. Sign in and do it again.",
    "unchosen": "Nothing was done: no check was selected.",
    "untagged": "The checks have lost tags.",
}


def _entity_tag(state: object, viewer: Viewer | None, zone: str) -> str:
    who = (
        (viewer.project, viewer.read_only, viewer.csrf, viewer.ticket.projects) if viewer else None
    )
    told = repr((state, who, zone, assets.version()))
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.filters |= {
        "lasting": _lasting,
        "moment": _moment,
        "percent": words.percent,
        "relative": _relative,
        "size": words.size,
        "span": _span,
    }
    environment.globals["asset"] = pass_context(_asset)
    return environment


def _asset(context: Context, name: str) -> str:
    """Return the address of a static file, another for each content."""
    return f"{context['base']}/static/{name}?v={assets.digest(name)}"


def _span(length: timedelta) -> str:
    """Return a length as `words.span`; no line ends between a number and its unit."""
    return re.sub(r"(?<=\d) ", "\N{NO-BREAK SPACE}", words.span(length))


@pass_context
def _moment(context: Context, moment: datetime, *, style: str = "minutes") -> Markup:
    """Return the moment in the reader's zone, exact in UTC when pointed at."""
    local = schedule.in_zone(moment, context["zone"])
    today = schedule.in_zone(context["now"], context["zone"]).date()
    return _time(moment, words.moment(local, today, seconds=style == "seconds"), style)


@pass_context
def _relative(context: Context, moment: datetime) -> Markup:
    """Return how far the moment is from now: `in 12 min`, `3 h ago`."""
    return _time(moment, words.relative(moment, context["now"]), "relative")


@pass_context
def _lasting(context: Context, since: datetime) -> Markup:
    """Return for how long something has lasted: `12 min`."""
    return _time(since, words.lasting(since, context["now"]), "lasting")


def _time(moment: datetime, text: str, style: str) -> Markup:
    utc = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    exact = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}" data-{}>{}</time>').format(
        utc, exact, style, text
    )
