"""What Amazon SES does with a mail it has received, which MiniStack does not.

As the rule of the template says: the mail goes into a bucket, and a topic is told where it is.
"""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any

from local.emulator import REGION, Emulator
from local.stack import Stack
from nightbell import clock

# SES takes no larger ones, and shows no more of the headers in what it tells.
MAIL_BYTES = 40 * 1024 * 1024
_HEADER_BYTES = 10_000

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_VERDICTS = ("spamVerdict", "virusVerdict", "spfVerdict", "dkimVerdict", "dmarcVerdict")


@dataclass(frozen=True)
class Envelope:
    """What the client said before the mail, and where it is."""

    peer: str  # its address
    name: str  # what it calls itself
    sender: str  # empty for mail of mail servers' own
    recipients: list[str]


class Receiving:
    """The receipt rule of a stack."""

    def __init__(self, emulator: Emulator, stack: Stack) -> None:
        self._bucket = stack.mail_bucket
        self._topic = stack.mail_topic
        self._s3 = emulator.client("s3")
        self._sns = emulator.client("sns")

    def receive(self, envelope: Envelope, mail: bytes) -> str:
        """Store a mail, tell of it, and return the id that it was given."""
        message_id = secrets.token_hex(20)
        now = clock.now()
        mail = _trace(envelope, message_id, now) + mail
        action = {
            "type": "S3",
            "topicArn": self._topic,
            "bucketName": self._bucket,
            "objectKey": message_id,
        }
        told = {
            "notificationType": "Received",
            "mail": _description(envelope, message_id, mail, now),
            "receipt": _receipt(envelope, now) | {"action": action},
        }
        self._s3.put_object(Bucket=self._bucket, Key=message_id, Body=mail)
        self._sns.publish(TopicArn=self._topic, Message=json.dumps(told))
        return message_id


def _trace(envelope: Envelope, message_id: str, now: datetime) -> bytes:
    """Return the headers by which a mail server says where it had the mail from."""
    only = envelope.recipients[0] if len(envelope.recipients) == 1 else None
    lines = [
        f"Return-Path: <{envelope.sender}>",
        f"Received: from {envelope.name} (localhost [{envelope.peer}])",
        f" by inbound-smtp.{REGION}.amazonaws.com with SMTP id {message_id}"
        + ("" if only else ";"),
        *([f" for {only};"] if only else []),
        f" {format_datetime(now)} (UTC)",
        *(f"X-SES-{name}-Verdict: PASS" for name in ("Spam", "Virus")),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _description(envelope: Envelope, message_id: str, mail: bytes, now: datetime) -> dict[str, Any]:
    shown = mail[:_HEADER_BYTES]
    headers = BytesHeaderParser().parsebytes(shown)
    return {
        "timestamp": _iso(now),
        "source": envelope.sender,
        "messageId": message_id,
        "destination": _addresses(headers, "To", "Cc"),
        "headersTruncated": len(mail) > len(shown) and not _END_OF_HEADERS.search(shown),
        "headers": [{"name": name, "value": _unfolded(value)} for name, value in headers.items()],
        "commonHeaders": _common_headers(headers) | {"returnPath": envelope.sender},
    }


def _receipt(envelope: Envelope, now: datetime) -> dict[str, Any]:
    return {
        "timestamp": _iso(now),
        "processingTimeMillis": 1,
        "recipients": envelope.recipients,
        **{verdict: {"status": "PASS"} for verdict in _VERDICTS},
    }


def _common_headers(headers: Message) -> dict[str, Any]:
    """Return the headers that most mails have, those that this one has."""
    texts = {"date": "Date", "messageId": "Message-ID", "subject": "Subject"}
    lists = {"from": "From", "to": "To", "cc": "Cc", "replyTo": "Reply-To"}
    return {
        **{key: [_unfolded(headers[name])] for key, name in lists.items() if name in headers},
        **{key: _unfolded(headers[name]) for key, name in texts.items() if name in headers},
    }


def _addresses(headers: Message, *names: str) -> list[str]:
    values = [_unfolded(value) for name in names for value in headers.get_all(name, [])]
    # The parser of the standard library recurses too deeply on some.
    words = (word.strip('<>,;"') for value in values for word in value.split())
    return [word for word in words if "@" in word]


def _unfolded(value: Any) -> str:
    # With bytes that are no ASCII the value is no text yet.
    return " ".join(line.strip() for line in str(value).splitlines())


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
