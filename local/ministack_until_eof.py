"""Run MiniStack until standard input closes.

MiniStack keeps its state only when it is asked to stop. The input is a pipe from `python -m local`,
and closes however that program ends, even by SIGKILL.

What else it does otherwise than AWS, and would spoil alerts, is mended before it starts.
"""

import os
import signal
import sys
import threading
from typing import Any

from ministack.app import main
from ministack.core.responses import get_region
from ministack.services import apigateway_v1, lambda_svc, sqs
from samtranslator.translator import transform

from local.bridge import bridge


def _stop_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _work_on_fifo_queues_side_by_side() -> None:
    """Hand on several messages of a FIFO queue at a time.

    MiniStack hands on one batch at a time, because its batches may hold messages of several groups.
    So a slow receiver of alerts would hold up all others. Batches of a single message, as ours are,
    can be at work side by side: none is received of a group that is in flight.
    """
    limit = lambda_svc._sqs_esm_concurrency

    def concurrency(mapping: Any, function: Any, config: Any, queue: Any = None) -> Any:
        alone = mapping.get("BatchSize") == 1
        # A limit that a parameter of the template gives comes as text.
        return int(limit(mapping, function, config, None if alone else queue))

    lambda_svc._sqs_esm_concurrency = concurrency


def _read_streams_from_their_beginning() -> None:
    """Forget how far the streams were read in a former run.

    MiniStack keeps that, but not the streams, and would pass over as many new records.
    """
    restore = lambda_svc._restore_state

    def restore_without_positions(state: Any) -> None:
        restore(state and {**state, "dynamodb_stream_positions": {}})

    lambda_svc._restore_state = restore_without_positions


def _give_queues_lasting_addresses() -> None:
    """Name queues after a port that is the same in each run; else they are not found again."""
    sqs.DEFAULT_PORT = "4566"
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{sqs.DEFAULT_PORT}"


def _bridge_expanded_templates() -> None:
    """Say to MiniStack in other words what it would not understand of a template SAM expanded."""
    expand = transform.transform

    def expand_and_bridge(*arguments: Any) -> Any:
        template = expand(*arguments)
        bridge(template)
        return template

    transform.transform = expand_and_bridge


def _tell_functions_where_they_were_asked() -> None:
    """Name the address of a REST API in its events, as those of HTTP APIs do."""
    build = apigateway_v1._build_lambda_event_v1

    def build_with_domain(api: str, *arguments: Any, **options: Any) -> Any:
        event = build(api, *arguments, **options)
        domain = f"{api}.execute-api.{get_region()}.amazonaws.com"
        event["requestContext"]["domainName"] = domain
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_domain


if __name__ == "__main__":
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    _work_on_fifo_queues_side_by_side()
    _read_streams_from_their_beginning()
    _give_queues_lasting_addresses()
    _bridge_expanded_templates()
    _tell_functions_where_they_were_asked()
    main()
