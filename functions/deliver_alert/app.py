"""Queue of alerts: send one to one channel. Invoked directly: send a test notification."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell.alerts.consumer import consume
from nightbell.settings import settings


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return consume(event, settings.alert_queue)
