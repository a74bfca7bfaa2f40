"""SNS topic of Amazon SES: disable channels whose mail came back."""

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell import clock
from nightbell.alerts import bounces


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    now = clock.now()
    for record in event["Records"]:
        bounces.record(json.loads(record["Sns"]["Message"]), now)
