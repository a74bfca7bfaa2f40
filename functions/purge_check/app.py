"""Stream of the Keys table: delete what belonged to deleted checks."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell.store import flips, keys, notifications, pings

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def purge(record: DynamoDBRecord) -> None:
    key = record["dynamodb"]["Keys"]["key"]["S"]
    check_id = keys.deleted_check(key)
    if check_id:
        pings.delete_all(check_id)
        flips.delete_all(check_id)
        notifications.delete_all(check_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, purge, processor, context)
