"""A client of the Management API v3, of Nightbell's and of any other Healthchecks."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import click
import urllib3
from urllib3.exceptions import HTTPError

from nightbell.cli.address import is_address
from nightbell.cli.connections import USER_AGENT, pool_for, reason_of

_TIMEOUT = urllib3.Timeout(connect=10, read=60)  # seconds; no answer of Lambda takes longer than 29
_HURRIED = urllib3.Timeout(connect=1, read=2)
_MORE_TRIES = 8
_LONGEST_PAUSE = 60  # seconds between two tries, also where the server asks for more
_LONGEST_TEXT = 500  # characters of a server's text that are shown

# What the server did not do, or only has to do again.
_BUSY = frozenset({429, 503})
_FAILED = _BUSY | {500, 502, 504}


class ApiError(click.ClickException):
    """What the server refused; `status` is its HTTP status, None if there was no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API of a server, as the key opens it.

    Each method returns what the API answers, as decoded JSON, or raises ApiError with the server's
    own words. A server that is busy, fails or cannot be reached is tried again for a minute and a
    half; only what may have made a check is not sent twice.
    """

    def __init__(self, url: str, key: str, *, patience: float = 0.5, hurried: bool = False) -> None:
        """Take the address of a server, with or without /api/v3/ and a path before it, and a key.

        `patience` is the first pause between tries, in seconds; each next one is twice as long.
        `hurried`: there is one try, of which little time is made.
        Raises ApiError for what cannot be an address or a key.
        """
        self.url = _base_of(url)
        self._patience = patience
        self._tries = 0 if hurried else _MORE_TRIES
        if not key.isascii() or not key.isprintable():
            raise ApiError("The API key has characters that no key has.")
        self._pool = pool_for(
            self.url,
            timeout=_HURRIED if hurried else _TIMEOUT,
            headers={
                "X-Api-Key": key,
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",  # a long list fits into an answer only packed
            },
        )

    def checks(self, *, slug: str | None = None, tags: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return the checks with this slug, if one is given, and with all of these tags."""
        query = [("tag", tag) for tag in tags] + ([("slug", slug)] if slug is not None else [])
        return list(self.get("checks/", query)["checks"])

    def check(self, code: str) -> dict[str, Any]:
        """Return a check by its UUID, or by its unique key."""
        return dict(self.get(_path("checks", code)))

    def create(self, document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create a check, or update the one that `unique` finds.

        Returns the check, and whether it is new.
        """
        status, check = self._send("POST", "checks/", document, again="unique" in document)
        return dict(check), status == HTTPStatus.CREATED

    def update(self, code: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change these fields of a check, and return it."""
        return dict(self.post(_path("checks", code), document))

    def pause(self, code: str) -> dict[str, Any]:
        """Pause a check, and return it."""
        return dict(self.post(_path("checks", code, "pause")))

    def resume(self, code: str) -> dict[str, Any]:
        """Resume a check, and return it."""
        return dict(self.post(_path("checks", code, "resume")))

    def snooze(self, code: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Put the reminders of a check off, and return it. Only Nightbell has this."""
        return dict(self.post(_path("checks", code, "snooze"), document))

    def delete(self, code: str) -> dict[str, Any]:
        """Delete a check, and return what it was."""
        return dict(self._send("DELETE", _path("checks", code))[1])

    def channels(self) -> list[dict[str, Any]]:
        """Return the id, the name and the kind of each channel."""
        return list(self.get("channels/")["channels"])

    def channel(self, channel_id: str) -> dict[str, Any]:
        """Return all that is shown of a channel. Only Nightbell has this and the next three."""
        return dict(self.get(_path("channels", channel_id)))

    def create_channel(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Make a channel, and return it."""
        return dict(self._send("POST", "channels/", document, again=False)[1])

    def update_channel(self, channel_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change a channel, and return it."""
        return dict(self.post(_path("channels", channel_id), document))

    def delete_channel(self, channel_id: str) -> dict[str, Any]:
        """Delete a channel, and return what it was."""
        return dict(self._send("DELETE", _path("channels", channel_id))[1])

    def get(self, path: str, query: Iterable[tuple[str, str]] = ()) -> Any:
        """Return what the API answers for a path below /api/v3/."""
        asked = urlencode(list(query))
        return self._send("GET", f"{path}?{asked}" if asked else path)[1]

    def post(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        """Send a document to a path below /api/v3/, and return the answer.

        For what may be sent twice; see `create`.
        """
        return self._send("POST", path, {} if document is None else document)[1]

    def _send(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        *,
        again: bool = True,
    ) -> tuple[int, Any]:
        """Return the status and the answer; `again`: a request may have effect twice."""
        retries = urllib3.Retry(
            total=self._tries,
            connect=3,
            read=3 if again else 0,
            redirect=False,
            allowed_methods=None,
            status_forcelist=_FAILED if again else _BUSY,
            backoff_factor=self._patience,
            backoff_max=_LONGEST_PAUSE,
            retry_after_max=_LONGEST_PAUSE,
            raise_on_status=False,
        )
        body = None if document is None else json.dumps(document)
        try:
            answer = self._pool.request(
                method,
                self.url + path,
                body=body,
                headers=self._headers(body),
                retries=retries,
                redirect=False,
            )
        except HTTPError as error:
            raise ApiError(f"{_host(self.url)} cannot be reached: {reason_of(error)}.") from None
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ApiError(_refusal(answer), answer.status)
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            raise ApiError(
                f"{_host(self.url)} answers, but not as the API of a Healthchecks does."
            ) from None

    def _headers(self, body: str | None) -> dict[str, str]:
        headers = dict(self._pool.headers)
        return headers if body is None else headers | {"Content-Type": "application/json"}


def _base_of(url: str) -> str:
    """Return the address below which the API v3 is, with a final slash."""
    url = url.strip()
    if not is_address(url) or "?" in url or "#" in url:
        raise ApiError("The address of the server has to be such as https://healthchecks.io.")
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    for version in ("/api/v1", "/api/v2", "/api/v3", "/api"):
        path = path.removesuffix(version)
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/api/v3/", "", ""))


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _refusal(answer: urllib3.BaseHTTPResponse) -> str:
    """Return why the server refused, in its own words where it has some."""
    if location := answer.headers.get("Location"):
        place = urlsplit(location)
        return f"The API is elsewhere: at {place.scheme}://{place.netloc}, says the server."
    text = _words(answer).strip()[:_LONGEST_TEXT]
    if text and text.isprintable():
        return text
    if answer.status == HTTPStatus.NOT_FOUND:
        return "The server knows no such check, or has no API at this address."
    reason = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
    return f"The server answered {answer.status} {reason}".strip() + "."


def _words(answer: urllib3.BaseHTTPResponse) -> str:
    text = answer.data.decode(errors="replace")
    if answer.headers.get("Content-Type", "").startswith("text/plain"):
        return text
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return ""
