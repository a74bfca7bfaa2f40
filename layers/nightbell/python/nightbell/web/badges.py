"""Badges as answers, and the parts of their addresses."""

from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from nightbell.domain import badge
from nightbell.domain.badge import Badge
from nightbell.domain.errors import NotFound
from nightbell.web.app import JSON, NEVER_CACHED


def split_format(segment: str) -> tuple[str, str]:
    """Return the name and the format in a last path segment; raises NotFound for others."""
    name, _, fmt = segment.rpartition(".")
    if not name or fmt not in badge.FORMATS:
        raise NotFound
    return name, fmt


def split_states(segment: str) -> tuple[str, bool]:
    """Return the signature in a path segment, and whether it asks for three states.

    `-2` after the signature asks for two; a signature itself may end so.
    """
    if len(segment) > badge.SIGNATURE_LENGTH and segment.endswith("-2"):
        return segment.removesuffix("-2"), False
    return segment, True


def signed_tag(secret: str, name: str, signature: str) -> str | None:
    """Return the tag whose signature this is, None if it is of none.

    API Gateway hands a path on as the client sent it, and clients send tags decoded and
    percent-encoded once or twice: the reading that fits the signature is the tag.
    """
    readings = (name, unquote(name), unquote(unquote(name)))
    fitting = (tag for tag in readings if badge.signature_fits(secret, tag, signature))
    return next(fitting, None)


def badge_response(summary: Badge, fmt: str) -> Response[Any]:
    """Return the badge in one of the formats, never to be cached."""
    headers = {"Cache-Control": NEVER_CACHED, "X-Content-Type-Options": "nosniff"}
    match fmt:
        case "svg":
            headers["Content-Security-Policy"] = "default-src 'none'"
            return Response(HTTPStatus.OK, "image/svg+xml", summary.svg(), headers)
        case "json":
            return Response(HTTPStatus.OK, JSON, summary.document(), headers)
        case _:
            return Response(HTTPStatus.OK, JSON, summary.shields(), headers)
