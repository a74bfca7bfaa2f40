"""The services that alerts go to, as servers on loopback: their names, their settings, one for all.

They have the real names, with certificates that are good in tests.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.alerts.loopback import read_request

SECRET = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3t"  # 30 characters, as Pushover's keys have
WEBHOOK = {"url": f"https://hooks.example/{SECRET}"}

# The settings that have to be given.
SETTINGS = {
    "discord": WEBHOOK,
    "googlechat": {"url": f"https://hooks.example/{SECRET}?key={SECRET}&token={SECRET}"},
    "gotify": {"url": "https://gotify.example", "token": SECRET},
    "matrix": {
        "homeserver": "https://matrix.example",
        "access_token": SECRET,
        "room": "!room:matrix.example",
    },
    "mattermost": WEBHOOK,
    "msteamsw": WEBHOOK,
    "ntfy": {"topic": SECRET},
    "opsgenie": {"key": SECRET},
    "pd": {"routing_key": SECRET + "00"},
    "po": {"user": SECRET, "token": SECRET},
    "slack": WEBHOOK,
    "telegram": {"token": f"123456:{SECRET}", "chat": "-1001234567890"},
    "webhook": {
        "url_down": f"https://hooks.example/{SECRET}",
        "url_up": f"https://hooks.example/{SECRET}",
        "secret": SECRET,
    },
    "zulip": {
        "site": "https://zulip.example",
        "bot_email": "bot@zulip.example",
        "api_key": SECRET,
        "to": "alerts",
    },
}

# What kinds may look for in an answer.
MEMBERS = (
    *("code", "description", "errcode", "error", "errorCode", "errors", "message", "msg", "ok"),
    *("parameters", "result", "retry_after", "room_id", "status", "migrate_to_chat_id"),
)

# The hosts of all services.
HOSTS = (
    "hooks.example",
    "gotify.example",
    "matrix.example",
    "zulip.example",
    "ntfy.sh",
    "api.opsgenie.com",
    "events.pagerduty.com",
    "api.pushover.net",
    "api.telegram.org",
)


@dataclass
class Service:
    """Each service there is, seen from inside: what it is asked, and what it does then."""

    answer: bytes = b""  # with its head; empty: it closes
    reply: Callable[[bytes], bytes] | None = None  # instead: makes the answer to a request
    hangs: bool = False
    requests: list[bytes] = field(default_factory=list)

    def behave(self, connection: socket.socket) -> None:
        self.requests.append(read_request(connection))
        if self.hangs:
            connection.recv(1)
        connection.sendall(self.reply(self.requests[-1]) if self.reply else self.answer)


def answer(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    """Return an answer as it is on the wire."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(),
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join([*lines, b"", body])


# In the words of any of them.
ALL_IS_WELL = answer(200, b'{"ok": true, "status": 1, "result": "success"}')
