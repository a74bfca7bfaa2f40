"""The scan for deadlines runs each minute, and somebody hears if it does not."""

from datetime import timedelta

from functions.scan_due import app as scan_due
from nightbell import scan
from tests.template.source import FUNCTIONS, RESOURCES


def test_a_run_starts_each_minute_and_a_failed_one_is_left_to_the_next():
    properties = FUNCTIONS["ScanDueFunction"]
    (event,) = properties["Events"].values()
    at_once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}

    assert event["Type"] == "Schedule"
    assert event["Properties"] == {"Schedule": "rate(1 minute)", "RetryPolicy": at_once}
    assert properties["EventInvokeConfig"] == at_once


def test_a_run_ends_by_itself_before_lambda_ends_it():
    last_writes = timedelta(seconds=20)  # tried for ten seconds, and once more

    assert scan.LONGEST_RUN + last_writes < timedelta(
        seconds=FUNCTIONS["ScanDueFunction"]["Timeout"]
    )


def test_missing_crashing_failing_and_late_scans_have_alarms():
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    metrics = {alarm["MetricName"]: alarm for alarm in alarms if "MetricName" in alarm}

    assert metrics.keys() >= {"Invocations", "Errors", "ScanErrors", "FlipLag"}
    assert metrics["Invocations"]["TreatMissingData"] == "breaching"
    for name in ("Invocations", "Errors"):
        (dimension,) = metrics[name]["Dimensions"]
        assert dimension == {"Name": "FunctionName", "Value": {"Ref": "ScanDueFunction"}}
    for name in ("ScanErrors", "FlipLag"):
        assert metrics[name]["Namespace"] == scan_due.metrics.namespace
        assert metrics[name]["Dimensions"] == [{"Name": "service", "Value": "nightbell"}]
