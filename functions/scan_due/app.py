"""EventBridge, each minute: take checks down at their deadlines."""

from typing import Any

from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from nightbell import scan
from nightbell.scan import Report
from nightbell.settings import settings

metrics = Metrics(namespace="Nightbell", service="nightbell")


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    if "part" not in event:
        scan.start_parts(context.function_name, range(1, settings.scan_parts))
    report = scan.run(event.get("part", 0), settings.scan_parts)
    if report != Report():
        _publish(report)


def _publish(report: Report) -> None:
    """Write the metrics to the log; a run that had nothing to do costs none."""
    metrics.add_metric("Flips", MetricUnit.Count, report.flips)
    metrics.add_metric("FlipLag", MetricUnit.Seconds, report.longest_lag.total_seconds())
    metrics.add_metric("ScanErrors", MetricUnit.Count, report.errors)
    metrics.add_metric("ScanBacklog", MetricUnit.Count, report.backlog)
    metrics.flush_metrics()
