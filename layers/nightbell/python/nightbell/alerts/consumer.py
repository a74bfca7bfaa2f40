"""What a function does with the messages of a queue of alerts."""

import random
from datetime import timedelta
from math import ceil
from typing import Any

from nightbell.alerts import delivery, message, queues
from nightbell.domain.alerts import retry_delay


def consume(event: dict[str, Any], queue_url: str) -> dict[str, Any]:
    """Deliver the alerts in an event of the queue; return which messages are to stay there.

    An event that holds a `test` was not sent by a queue: it asks for a test notification, see
    `trial.py`. The answer is why that failed, None if it did not.

    Events hold one message each, so that no alert waits for another.
    """
    if "test" in event:
        test = event["test"]
        return {"error": delivery.test(test["project"], test["channel"], test["site"])}
    failed = []
    for record in event["Records"]:
        tries = int(record["attributes"]["ApproximateReceiveCount"])
        wait = _deliver(record["body"], tries)
        if wait is not None:
            queues.postpone(queue_url, record["receiptHandle"], ceil(wait.total_seconds()))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _deliver(body: str, tries: int) -> timedelta | None:
    """As `delivery.deliver`; also where the database fails it is tried again, as late as ever."""
    try:
        return delivery.deliver(message.read(body), tries)
    except Exception as error:
        delivery.log_fault("An alert could not be handled", error)
        return retry_delay(tries, random.random())
