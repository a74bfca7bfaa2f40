"""The bucket into which Amazon SES puts mails."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# A mail of 40 MB takes a second or two. What fails is tried again with its message.
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
)


@cache
def _client() -> Any:
    return boto3.client("s3", config=_CONFIG)


def fetch(bucket: str, key: str) -> bytes:
    """Return a mail as it came."""
    content: bytes = _client().get_object(Bucket=bucket, Key=key)["Body"].read()
    return content
