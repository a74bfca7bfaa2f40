"""Queue of mails that Amazon SES has received: count each as a ping."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell import clock
from nightbell.mail import reception

processor = BatchProcessor(event_type=EventType.SQS)


def receive(record: SQSRecord) -> None:
    reception.receive(record.body, clock.now())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, receive, processor, context)
