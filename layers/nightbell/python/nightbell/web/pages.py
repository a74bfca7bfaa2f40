"""Pages for people without an account: HTML of a few words, without scripts."""

from html import escape
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from nightbell.web.app import NEVER_CACHED

_HEADERS = {
    "Cache-Control": NEVER_CACHED,
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address is the permission
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def page(title: str, text: str, button: str = "") -> Response[Any]:
    """Return a page, if wanted with a button that sends a POST to the page's own address."""
    form = f'<form method="post"><button>{escape(button)}</button></form>\n' if button else ""
    document = (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
        f'content="light dark"><title>{escape(title)}</title></head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n{form}</body>\n</html>\n"
    )
    return Response(HTTPStatus.OK, "text/html; charset=utf-8", document, dict(_HEADERS))
