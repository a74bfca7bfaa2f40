"""Calls of the handlers, as API Gateway makes them."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from functions.create_check import app as create_check
from functions.delete_check import app as delete_check
from functions.get_check import app as get_check
from functions.list_checks import app as list_checks
from functions.pause_check import app as pause_check
from functions.ping import app as ping_app
from functions.resume_check import app as resume_check
from functions.update_check import app as update_check
from nightbell.store.projects import ProjectKeys

_EVENTS = Path(__file__).parent.parent.parent / "events"
_PING_EVENT = json.loads((_EVENTS / "ping.json").read_text())
_REST_EVENT = json.loads((_EVENTS / "create_check.json").read_text())


@dataclass(frozen=True)
class Answer:
    """The status of an answer and the JSON in it."""

    status: int
    document: dict[str, Any] = field(default_factory=dict)


def ping(path: str, *, query: str = "", body: bytes = b"", ua: str = "") -> int:
    """Ping `/ping/<path>` and return the status of the answer."""
    http = {**_PING_EVENT["requestContext"]["http"], "path": f"/ping/{path}"}
    event = {
        **_PING_EVENT,
        "rawPath": f"/ping/{path}",
        "rawQueryString": query,
        "headers": {**_PING_EVENT["headers"], "user-agent": ua},
        "requestContext": {**_PING_EVENT["requestContext"], "http": http},
        "body": base64.b64encode(body).decode(),
    }
    return int(ping_app.lambda_handler(event, None)["statusCode"])


@dataclass(frozen=True)
class Project:
    """A project and the calls that its keys allow."""

    keys: ProjectKeys

    @property
    def project_id(self) -> str:
        return self.keys.project_id

    def ping_slug(self, slug: str, *, query: str = "", ua: str = "") -> int:
        return ping(f"{self.keys.ping_key}/{slug}", query=query, ua=ua)

    def post(self, **fields: Any) -> Answer:
        """Create a check, or update the one that `unique` finds."""
        return self._call(create_check, "POST", "", fields)

    def create(self, **fields: Any) -> str:
        """Create a check and return its UUID."""
        answer = self.post(**fields)
        assert answer.status == 201, answer
        return str(answer.document["uuid"])

    def update(self, check_id: str, **fields: Any) -> Answer:
        return self._call(update_check, "POST", check_id, fields)

    def delete(self, check_id: str) -> Answer:
        return self._call(delete_check, "DELETE", check_id)

    def pause(self, check_id: str) -> Answer:
        return self._call(pause_check, "POST", f"{check_id}/pause")

    def resume(self, check_id: str) -> Answer:
        return self._call(resume_check, "POST", f"{check_id}/resume")

    def get(self, identifier: str) -> Answer:
        return self._call(get_check, "GET", identifier)

    def list(self) -> list[dict[str, Any]]:
        answer = self._call(list_checks, "GET", "")
        assert answer.status == 200, answer
        return list(answer.document["checks"])

    def _call(
        self, function: Any, method: str, path: str, document: dict[str, Any] | None = None
    ) -> Answer:
        full_path = f"/api/v3/checks/{path}"
        body = json.dumps(document).encode() if document is not None else b""
        event = {
            **_REST_EVENT,
            "path": full_path,
            "httpMethod": method,
            "headers": {"X-Api-Key": self.keys.api_key},
            "multiValueHeaders": {"X-Api-Key": [self.keys.api_key]},
            "requestContext": {**_REST_EVENT["requestContext"], "path": f"/live{full_path}"},
            "body": base64.b64encode(body).decode() or None,
        }
        answer = function.lambda_handler(event, None)
        body_text = answer["body"]
        is_json = answer["multiValueHeaders"]["Content-Type"][0].startswith("application/json")
        return Answer(answer["statusCode"], json.loads(body_text) if is_json and body_text else {})
