"""A delivery as it waits in a queue."""

import json
from datetime import datetime

from nightbell.domain.alerts import Order
from nightbell.domain.check import Flip, Reason, Status


def write(order: Order) -> str:
    """Return the order as the body of a message."""
    flip = order.flip
    return json.dumps(
        {
            "project": order.project_id,
            "check": order.check_id,
            "channel": order.channel_id,
            "site": order.site,
            "flip": {
                "created": flip.created.isoformat(),
                "old_status": flip.old_status,
                "new_status": flip.new_status,
                "reason": flip.reason,
            },
        }
    )


def read(body: str) -> Order:
    """Return the order in the body of a message."""
    document = json.loads(body)
    flip = document["flip"]
    return Order(
        project_id=document["project"],
        check_id=document["check"],
        channel_id=document["channel"],
        site=document["site"],
        flip=Flip(
            created=datetime.fromisoformat(flip["created"]),
            old_status=Status(flip["old_status"]),
            new_status=Status(flip["new_status"]),
            reason=Reason(flip["reason"]),
        ),
    )
