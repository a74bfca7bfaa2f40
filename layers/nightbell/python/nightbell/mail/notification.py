"""What Amazon SES says of a mail that it has put into a bucket.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

# Written when a receipt rule is made, to see whether it may be.
_SETUP = "AMAZON_SES_SETUP_NOTIFICATION"

_VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")

# What SES writes about the client. The client chooses the first name, and may choose an address.
_CLIENT = re.compile(
    r"from \S+ \((?:\S+ )?\[(?:IPv6:)?(?P<address>[0-9a-f.:]+)\]\)\s+by ", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A mail that was received, and where it is."""

    message_id: str  # SES's own, which each mail has
    received: datetime  # when SES had it, in UTC
    recipients: tuple[str, ...]  # of the envelope, those that the rule is for
    sender: str  # of the envelope; empty for a mail that tells of a failed delivery
    remote_addr: str  # of the client that gave the mail to SES; empty if SES does not say
    bucket: str
    key: str
    verdicts: Mapping[str, str]  # spam, virus, spf, dkim, dmarc: PASS, FAIL, GRAY and others


class UnknownForm(ValueError):
    """A mail was received, and where it is or whom it is for cannot be told."""


def read(text: str) -> Receipt | None:
    """Return what a notification tells, None if it tells of no mail that was received.

    Raises UnknownForm for a mail that would be lost if nobody looked at it.
    """
    try:
        notification = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(notification, dict) or notification.get("notificationType") != "Received":
        return None
    try:
        mail, receipt = notification["mail"], notification["receipt"]
        found = Receipt(
            message_id=_text(mail["messageId"]),
            received=datetime.fromisoformat(mail["timestamp"]).astimezone(UTC),
            recipients=tuple(map(_text, receipt["recipients"])),
            sender=_text(mail.get("source") or ""),
            remote_addr=_client(mail.get("headers")),
            bucket=_text(receipt["action"]["bucketName"]),
            key=_text(receipt["action"]["objectKey"]),
            verdicts=_verdicts(receipt),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise UnknownForm("A notification of a mail has another form") from error
    return None if found.message_id == _SETUP or found.key.endswith(_SETUP) else found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value


def _verdicts(receipt: Mapping[str, Any]) -> dict[str, str]:
    given = {name: receipt.get(f"{name}Verdict") for name in _VERDICTS}
    return {name: _text(verdict["status"]) for name, verdict in given.items() if verdict}


def _client(headers: object) -> str:
    """Return the address in the topmost Received header: each server puts its own above."""
    received = (value for name, value in _texts(headers) if name.lower() == "received")
    found = _CLIENT.match(next(received, ""))
    if found is None:
        return ""
    try:
        return str(ip_address(found["address"]))
    except ValueError:
        return ""


def _texts(headers: object) -> Iterator[tuple[str, str]]:
    for header in headers if isinstance(headers, list) else ():
        match header:
            case {"name": str(name), "value": str(value)}:
                yield name, value
