"""Logs end, have levels, and hold no secrets."""

import json

from tests.template.source import FUNCTIONS, GLOBALS, RESOURCES, TEMPLATE


def test_logs_end():
    assert RESOURCES["LogGroup"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert GLOBALS["LoggingConfig"]["LogGroup"] == {"Ref": "LogGroup"}
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            assert resource["Properties"] == {"RetentionInDays": {"Ref": "LogRetentionDays"}}


def test_levels_of_logs_have_parameters_and_metrics_are_not_filtered_away():
    config = GLOBALS["LoggingConfig"]
    own = {n: f["LoggingConfig"] for n, f in FUNCTIONS.items() if "LoggingConfig" in f}

    assert config["LogFormat"] == "JSON"  # else Lambda takes no levels
    assert config["ApplicationLogLevel"] == {"Ref": "LogLevel"}
    assert config["SystemLogLevel"] == {"Ref": "PlatformLogLevel"}
    assert TEMPLATE["Parameters"]["PlatformLogLevel"]["Default"] == "WARN"
    assert own == {"ScanDueFunction": {"ApplicationLogLevel": "INFO"}}


def test_logs_of_requests_hold_no_path_and_are_off():
    format_of = {
        "RestApi": RESOURCES["RestApi"]["Properties"]["AccessLogSetting"],
        "PingStage": RESOURCES["PingStage"]["Properties"]["AccessLogSettings"],
    }

    assert TEMPLATE["Parameters"]["AccessLogs"]["Default"] == "none"
    for name, condition in {"RestApi": "LogsApi", "PingStage": "LogsPings"}.items():
        on, setting, off = format_of[name]["Fn::If"]
        assert (on, off) == (condition, {"Ref": "AWS::NoValue"})
        told = set(json.loads(setting["Format"]).values())
        assert told <= {
            *("$context.requestTime", "$context.requestId", "$context.httpMethod"),
            *("$context.resourcePath", "$context.routeKey", "$context.status"),
            *("$context.responseLatency", "$context.error.responseType"),
        }
