"""A server that shows a project as Healthchecks documents its Management API v3."""

from typing import Any
from uuid import uuid4

from nightbell.domain.check import unique_key_of
from tests.cli.servers import Reply, Request

KEY = "hcw_" + "w" * 28
READ_ONLY_KEY = "hcr_" + "r" * 28

_SECRET = ("uuid", "ping_url", "update_url", "pause_url", "resume_url", "channels")


class Healthchecks:
    """Answers with the checks and channels in its lists."""

    def __init__(self) -> None:
        self.checks: list[dict[str, Any]] = []
        self.channels: list[dict[str, str]] = []

    def add_channel(self, kind: str, name: str = "") -> str:
        """Add a channel, and return its id."""
        self.channels.append({"id": str(uuid4()), "name": name, "kind": kind})
        return self.channels[-1]["id"]

    def add_check(self, **fields: Any) -> dict[str, Any]:
        """Add a check with these fields, and return what is shown of it."""
        uuid = fields.pop("uuid", str(uuid4()))
        url = f"https://hc.example.org/api/v3/checks/{uuid}"
        check = {
            "name": "",
            "slug": "",
            "tags": "",
            "desc": "",
            "grace": 3600,
            "n_pings": 7,
            "status": "up",
            "started": False,
            "last_ping": "2024-01-15T11:00:00+00:00",
            "next_ping": "2024-01-16T11:00:00+00:00",
            "manual_resume": False,
            "methods": "",
            "subject": "",
            "subject_fail": "",
            "start_kw": "",
            "success_kw": "",
            "failure_kw": "",
            "filter_subject": False,
            "filter_body": False,
            "filter_http_body": False,
            "filter_default_fail": False,
            "badge_url": "https://hc.example.org/b/2/57ec96a5-87e8-48bb-aaee-8dcaab7b7c7b.svg",
            "uuid": uuid,
            "ping_url": f"https://hc-ping.example.org/{uuid}",
            "update_url": url,
            "pause_url": f"{url}/pause",
            "resume_url": f"{url}/resume",
            "channels": "",
            **fields,
        }
        if "schedule" not in check:
            check.setdefault("timeout", 86400)
        self.checks.append(check)
        return check

    def __call__(self, request: Request) -> Reply:
        """Answer a request."""
        key = request.headers.get("x-api-key")
        lists = {"/api/v3/checks/": {"checks": self._shown(key)}}
        if key == KEY:
            lists["/api/v3/channels/"] = {"channels": self.channels}
        if request.path in ("/api/v3/checks/", "/api/v3/channels/"):
            if key not in (KEY, READ_ONLY_KEY) or request.path not in lists:
                return Reply(401, {"error": "wrong api key"})
            return Reply(body=lists[request.path])
        return Reply(404, b"<h1>Not Found</h1>", (("Content-Type", "text/html"),))

    def _shown(self, key: str | None) -> list[dict[str, Any]]:
        if key == KEY:
            return self.checks
        return [
            {name: value for name, value in check.items() if name not in _SECRET}
            | {"unique_key": unique_key_of(check["uuid"])}
            for check in self.checks
        ]
