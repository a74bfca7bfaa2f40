"""Whether the database answers."""

from enum import StrEnum
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from nightbell.settings import settings

# Whoever asks for health wants to know it now.
_TIME_LIMIT = 2.0  # seconds, to connect and to read


class DatabaseStatus(StrEnum):
    """What a request to the database came to."""

    CONNECTED = "connected"
    CONNECTION_FAILED = "connection-failed"
    NOT_CONFIGURED = "not-configured"  # it answers, but the tables are not there


def check_database() -> DatabaseStatus:
    """Ask the database for an item that does not exist, once."""
    config = Config(
        connect_timeout=_TIME_LIMIT,
        read_timeout=_TIME_LIMIT,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    client: Any = get_session().create_client("dynamodb", config=config)
    try:
        client.get_item(TableName=settings.keys_table, Key={"key": {"S": "health"}})
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return DatabaseStatus.NOT_CONFIGURED
        return DatabaseStatus.CONNECTION_FAILED
    except BotoCoreError:
        return DatabaseStatus.CONNECTION_FAILED
    return DatabaseStatus.CONNECTED
