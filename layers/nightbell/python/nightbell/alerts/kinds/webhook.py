"""Webhook: a request that the user writes, with placeholders for what there is to tell.

As the webhooks of Healthchecks, hc/integrations/webhook/transport.py there. Other than there, a
slash in a value is encoded in URLs, and $TAG10 is the tenth tag, never the first and a zero.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from nightbell.alerts import http
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Input, Kind, Setting, Settings, choice, text, url
from nightbell.alerts.outcome import NothingToSend
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec

_SUCCESS = {200, 201, 202, 204}

# Any other answer, 404 and 403 too, may be that of a deployment gone wrong.
_PERMANENT = {410}

_METHODS = ("GET", "POST", "PUT")
_MAX_BODY = 4000  # characters
_MAX_HEADER = 1000  # characters of a name, and of a value

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, token

# Where one begins like another the longer is first.
_PLACEHOLDER = re.compile(
    r"\$(?:CODE|STATUS|NOW|NAME_JSON|NAME|SLUG|TAGS|TAG[0-9]+|JSON|BODY_JSON|BODY|EXITSTATUS)"
)


def _request_settings(status: str) -> tuple[Setting, ...]:
    return (
        choice(f"method_{status}", f"Method of the request when {status}", _METHODS, "GET"),
        url(
            f"url_{status}",
            f"URL of the request when {status}",
            "Without it there is no request. Placeholders such as $NAME stand for what is told",
            required=False,
        ),
        Setting(
            name=f"headers_{status}",
            label=f"Headers of the request when {status}",
            hint='Lines of "Name: value"',
            read=_read_headers,
            required=False,
            default={},
            secret=True,
            show=_show_headers,
            input=Input.LINES,
            from_text=_headers_from_text,
        ),
        text(
            f"body_{status}",
            f"Body of the request when {status}",
            "If it is not GET",
            required=False,
            secret=True,
            max_length=_MAX_BODY,
            multiline=True,
        ),
    )


def _read_headers(label: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidSpec(label, "is not an object")
    for name, content in value.items():
        if not isinstance(content, str):
            raise InvalidSpec(label, "is not a string", of_item=True)
        if len(name) > _MAX_HEADER or len(content) > _MAX_HEADER:
            raise InvalidSpec(label, "is too long", of_item=True)
        if not _HEADER_NAME.fullmatch(name) or not content.isprintable():
            raise InvalidSpec(label, "has unexpected value", of_item=True)
    return value


def _show_headers(headers: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(headers, "…")


def _headers_from_text(given: str) -> Any:
    lines = [line for line in given.splitlines() if line.strip()]
    if not all(":" in line for line in lines):
        return given  # refused where it is read
    pairs = (line.split(":", maxsplit=1) for line in lines)
    return {name.strip(): value.strip() for name, value in pairs}


def _check(settings: Settings) -> None:
    for name in ("url_down", "url_up"):
        # No value of a placeholder may say which host is asked.
        if "$" in urlsplit(settings[name]).netloc:
            raise InvalidSpec(f"settings.{name}", "is not a valid URL")
    if not settings["url_down"] and not settings["url_up"]:
        raise InvalidSpec("settings.url_down", "is missing")


KIND = Kind(
    code="webhook",
    title="Webhook",
    about="A request that you write, to an address of your own.",
    settings=(
        *_request_settings("down"),
        *_request_settings("up"),
        text(
            "secret",
            "Key by which requests are signed",
            "So that the receiver can tell who sent them",
            required=False,
            secret=True,
        ),
    ),
    check=_check,
)


def send(alert: Alert, settings: Settings) -> None:
    """Make the request for the alert's status; raises NothingToSend, Passing or Permanent."""
    status = alert.status.value
    method, address = settings[f"method_{status}"], settings[f"url_{status}"]
    if not address:
        raise NothingToSend
    values = _values(alert)
    body = ""
    if method != "GET" and settings[f"body_{status}"]:
        body = _fill(settings[f"body_{status}"], {**values, **_body_values(alert)})
    headers = {
        name: _printable(_fill(value, values))
        for name, value in settings[f"headers_{status}"].items()
    }
    headers["Nightbell-Delivery"] = alert.delivery_id
    if settings["secret"]:
        headers |= _signature(settings["secret"], alert, body)
    encoded = {name: quote(value, safe="") for name, value in values.items()}
    answer = http.send(method, _fill(address, encoded), headers=headers, body=body.encode())
    http.require_success(answer, success=_SUCCESS, permanent=_PERMANENT)


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its placeholders replaced; one without a value stays."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), template)


def _values(alert: Alert) -> dict[str, str]:
    at = alert.sent if alert.reason is Reason.NAG else alert.since
    exitstatus = alert.last_ping.exitstatus if alert.last_ping else None
    return {
        "$CODE": alert.code,
        "$STATUS": alert.status.value,
        "$NOW": at.replace(microsecond=0).isoformat(),
        "$NAME": alert.name,
        "$NAME_JSON": json.dumps(alert.name),
        "$SLUG": alert.slug,
        "$TAGS": " ".join(alert.tags),
        "$JSON": alert.document,
        "$EXITSTATUS": "-1" if exitstatus is None else str(exitstatus),
        **{f"$TAG{number}": tag for number, tag in enumerate(alert.tags, start=1)},
    }


def _body_values(alert: Alert) -> dict[str, str]:
    body = alert.last_ping.body.decode(errors="replace") if alert.last_ping else ""
    return {"$BODY": body, "$BODY_JSON": json.dumps(body)}


def _printable(value: str) -> str:
    """Return the value of a header without line breaks, by which it would become two."""
    return "".join(char if char.isprintable() else " " for char in value).strip()


def _signature(secret: str, alert: Alert, body: str) -> dict[str, str]:
    timestamp = str(int(alert.sent.timestamp()))
    signed = f"{timestamp}.{alert.delivery_id}.{body}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return {"Nightbell-Timestamp": timestamp, "Nightbell-Signature": f"v1={digest}"}
