"""Test notifications, as clients ask for them.

They are sent by the functions that send alerts, for only those may read secret settings.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from nightbell.domain.channels import Channel
from nightbell.domain.errors import NotTestable
from nightbell.logs import logger
from nightbell.settings import settings
from nightbell.store import channels

_APPRISE = "apprise"

# Sending takes up to ten seconds, a cold start some more; API Gateway waits for 29.
_PATIENCE = 20  # seconds

# As many functions run as the account may have running.
_THROTTLED = "TooManyRequestsException"


def send(channel: Channel, site: str, now: datetime) -> str | None:
    """Send a test notification to a channel; return None if it was sent, else what went wrong.

    `site`: base of the API's own URLs, as the client sees it. Raises NotTestable, TooManyTests,
    and NotFound if the channel has been deleted.
    """
    function = _function_for(channel)
    channels.begin_test(channel, now)
    test = {"project": channel.project_id, "channel": channel.channel_id, "site": site}
    try:
        answer = _client().invoke(FunctionName=function, Payload=json.dumps({"test": test}))
    except ReadTimeoutError:
        return f"no answer within {_PATIENCE} seconds"
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != _THROTTLED:
            raise
        return "too many alerts are being sent, try again later"
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        logger.error("A test notification could not be sent", error=result.get("errorType"))
        return "internal error"
    error: str | None = result["error"]
    return error


def _function_for(channel: Channel) -> str:
    if channel.is_group:
        raise NotTestable("a group cannot be tested, but each channel in it can")
    if channel.kind != _APPRISE:
        return settings.deliver_function
    if not settings.deliver_apprise_function:
        raise NotTestable("apprise is not enabled")
    return settings.deliver_apprise_function


@cache
def _client() -> Any:
    # Asked once only: a test that took too long may have been sent all the same.
    config = Config(connect_timeout=3, read_timeout=_PATIENCE, retries={"total_max_attempts": 1})
    return boto3.client("lambda", config=config)
