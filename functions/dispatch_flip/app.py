"""Stream of the Flips table: put what is to be told to whom into the queue."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell import clock
from nightbell.alerts.dispatch import Announcement, dispatch
from nightbell.logs import logger
from nightbell.store import flips


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    found: dict[Announcement, str] = {}
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            found[Announcement(*flips.read_image(record["dynamodb"]["NewImage"]))] = number
        except ValueError:
            # It would be no flip the next time either, and stop all that comes after it.
            logger.error("A record of the stream is no flip", sequence_number=number)
    failed = dispatch(found, clock.now())
    return {"batchItemFailures": [{"itemIdentifier": found[one]} for one in failed]}
