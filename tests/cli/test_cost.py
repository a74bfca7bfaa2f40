"""nightbell cost: on moto's CloudWatch, tables and queues; what moto lacks is scripted."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT

from nightbell.cli import consumption, main
from nightbell.cli.prices import LIST_PRICES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CREATED = datetime(2023, 6, 1, 9, 30, tzinfo=UTC)

RESOURCES = {
    "PingApi": ("AWS::ApiGatewayV2::Api", "pings1"),
    "RestApi": ("AWS::ApiGateway::RestApi", "rest1"),
    "PingFunction": ("AWS::Lambda::Function", "night-Ping"),
    "OldFunction": ("AWS::Lambda::Function", "night-Old"),
    "ChecksTable": ("AWS::DynamoDB::Table", "checks"),
    "AlertQueue": ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/night-Alerts.fifo"),
    "FailureQueue": ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/night-Failures"),
    "MailEventsTopic": ("AWS::SNS::Topic", "arn:aws:sns:eu-west-1:1:night-Mail"),
    "MailConfiguration": ("AWS::SES::ConfigurationSet", "night-Mails"),
    "LogGroup": ("AWS::Logs::LogGroup", "night-Logs"),
    "SecretsKey": ("AWS::KMS::Key", "0123"),
    "Alarm": ("AWS::CloudWatch::Alarm", "night-Alarm"),
    "RatioAlarm": ("AWS::CloudWatch::Alarm", "night-Ratio"),
    "Dashboard": ("AWS::CloudWatch::Dashboard", "night"),
    "NotMadeYet": ("AWS::DynamoDB::Table", None),
}


# To make a client takes longer than most tests.
client_of = cache(boto3.client)


@pytest.fixture
def watch(tables):
    """Make moto's CloudWatch, with two alarms of the stack and nothing counted."""
    backends.get_backend("cloudwatch")[ACCOUNT]["eu-west-1"].reset()
    client = client_of("cloudwatch")
    client.put_metric_alarm(
        AlarmName="night-Alarm",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    metric = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 60}
    client.put_metric_alarm(
        AlarmName="night-Ratio",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "a", "MetricStat": metric | {"Stat": "Sum"}, "ReturnData": False},
            {"Id": "b", "MetricStat": metric | {"Stat": "Average"}, "ReturnData": False},
            {"Id": "c", "Expression": "a / b"},
        ],
    )
    return client


@pytest.fixture
def count(watch, now):
    """Return a function that lets CloudWatch count something, an hour ago unless told otherwise."""

    def put(metric, value, at=None, **dimensions):
        namespace, _, name = metric.rpartition("/")
        watch.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name,
                    "Value": value,
                    "Timestamp": at or now.moment - DAY,
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                }
            ],
        )

    return put


@pytest.fixture
def scripts(tables, monkeypatch):
    """Script the clients of what moto lacks; by service, to add answers to or refusals."""
    stubs = {name: Stubber(client_of(name)) for name in ("cloudformation", "lambda", "apigateway")}
    monkeypatch.setattr(consumption.boto3, "client", client_of)
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.deactivate()


@pytest.fixture
def stack(scripts, watch):
    """Return a function that makes the stack "night", of these resources or of all."""

    def make(*names, created=CREATED):
        formation = scripts["cloudformation"]
        wanted = {name: RESOURCES[name] for name in names or RESOURCES}
        one = {"StackName": "night", "CreationTime": created, "StackStatus": "CREATE_COMPLETE"}
        formation.add_response("describe_stacks", {"Stacks": [one]}, {"StackName": "night"})
        listed = [summary(name, *resource) for name, resource in wanted.items()]
        half = len(listed) // 2
        formation.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": listed[:half], "NextToken": "more"},
            {"StackName": "night"},
        )
        formation.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": listed[half:]},
            {"StackName": "night", "NextToken": "more"},
        )
        if "RestApi" in wanted:
            scripts["apigateway"].add_response(
                "get_rest_api", {"name": "night"}, {"restApiId": "rest1"}
            )
        for name, (kind, physical) in wanted.items():
            if kind == "AWS::Lambda::Function":
                architecture = "arm64" if name == "PingFunction" else "x86_64"
                scripts["lambda"].add_response(
                    "get_function_configuration",
                    {"MemorySize": 512, "Architectures": [architecture]},
                    {"FunctionName": physical},
                )

    return make


def summary(name, kind, physical):
    one = {
        "LogicalResourceId": name,
        "ResourceType": kind,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": CREATED,
    }
    return one | ({"PhysicalResourceId": physical} if physical else {})


def run(*arguments):
    return CliRunner().invoke(main, ["cost", "--stack", "night", *arguments])


def told(*arguments):
    """Return the document that the command prints."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def squeezed(text):
    """Return the lines of a table with one space between words."""
    return [" ".join(line.split()) for line in text.splitlines()]


def amounts(document):
    return {line["price"]: line["amount"] for line in document["lines"]}


# ---- What is counted -------------------------------------------------------------------------


def test_each_service_is_counted_by_its_own_metrics(stack, count):
    stack()
    count("AWS/ApiGateway/Count", 3e6, ApiId="pings1")
    count("AWS/ApiGateway/Count", 2e6, ApiName="night")
    count("AWS/Lambda/Invocations", 4e6, FunctionName="night-Ping")
    count("AWS/Lambda/Duration", 8e6, FunctionName="night-Ping")
    count("AWS/Lambda/Duration", 2e6, FunctionName="night-Old")
    count("AWS/DynamoDB/ConsumedReadCapacityUnits", 5e6, TableName="checks")
    index = {"TableName": "checks", "GlobalSecondaryIndexName": "due"}
    count("AWS/DynamoDB/ConsumedReadCapacityUnits", 1e6, **index)
    count("AWS/DynamoDB/ConsumedWriteCapacityUnits", 6e6, TableName="checks")
    count("AWS/SQS/NumberOfMessagesSent", 1e6, QueueName="night-Alerts.fifo")
    count("AWS/SQS/NumberOfMessagesReceived", 2e6, QueueName="night-Alerts.fifo")
    count("AWS/SQS/NumberOfMessagesDeleted", 3e6, QueueName="night-Alerts.fifo")
    count("AWS/SQS/NumberOfEmptyReceives", 4e6, QueueName="night-Alerts.fifo")
    count("AWS/SQS/NumberOfEmptyReceives", 7e6, QueueName="night-Failures")
    count("AWS/SNS/NumberOfMessagesPublished", 12e6, TopicName="night-Mail")
    count("AWS/SES/Send", 13e6)
    count("AWS/Logs/IncomingBytes", 14e9, LogGroupName="night-Logs")

    document = told()

    assert amounts(document) == pytest.approx(
        {
            "ping_request": 3e6,
            "api_request": 2e6,
            "invocation": 4e6,
            "gb_second": 4e3,
            "gb_second_x86": 1e3,
            "read_unit": 6e6,
            "write_unit": 6e6,
            "table_gb": 0,
            "backup_gb": 0,
            "fifo_request": 10e6,
            "queue_request": 7e6,
            "topic_request": 12e6,
            "mail": 13e6,
            "log_gb": 14,
            "key": 1,
            "alarm": 3,
            "dashboard": 1,
        }
    )
    dollars = {line["price"]: line["dollars"] for line in document["lines"]}
    assert dollars["ping_request"] == pytest.approx(3)
    assert dollars["write_unit"] == pytest.approx(3.75)
    assert document["dollars"] == pytest.approx(sum(dollars.values()))
    (reads,) = [line for line in document["lines"] if line["price"] == "read_unit"]
    assert reads["resources"] == {"ChecksTable": 5e6, "ChecksTable due": 1e6}


def test_what_is_not_of_the_stack_is_not_counted(stack, count):
    stack("PingApi")
    count("AWS/ApiGateway/Count", 1000, ApiId="others")
    count("AWS/ApiGateway/Count", 7, ApiId="pings1")

    assert amounts(told()) == {"ping_request": 7}


def test_only_the_days_asked_for_are_counted_and_stand_for_a_month(stack, count, now):
    stack("PingApi")
    count("AWS/ApiGateway/Count", 100, ApiId="pings1")
    count("AWS/ApiGateway/Count", 9000, at=now.moment - 12 * DAY, ApiId="pings1")

    document = told("--days", "10")

    assert amounts(document) == pytest.approx({"ping_request": 300})
    assert document["from"] == "2024-01-05T00:00:00+00:00"
    assert document["to"] == "2024-01-15T00:00:00+00:00"


def test_own_metrics_are_counted_from_their_list(stack, count):
    stack("SecretsKey")
    for name in ("Flips", "FlipLag"):
        count(f"Nightbell/{name}", 1, service="nightbell")

    assert amounts(told()) == {"key": 1, "metric": 2}


def test_what_is_stored_is_counted_with_its_backups(stack, monkeypatch, tables):
    stack("ChecksTable")
    described = tables.describe_table(TableName="checks")
    described["Table"]["TableSizeBytes"] = 3 * 10**9
    described["Table"]["GlobalSecondaryIndexes"][0]["IndexSizeBytes"] = 10**9
    monkeypatch.setattr(client_of("dynamodb"), "describe_table", lambda **_: described)

    assert amounts(told()) == {"table_gb": 4, "backup_gb": 3}


# ---- Prices ----------------------------------------------------------------------------------


def test_given_prices_take_the_place_of_those_of_the_list(stack, count, tmp_path):
    stack("PingApi", "SecretsKey")
    count("AWS/ApiGateway/Count", 1e6, ApiId="pings1")
    (tmp_path / "prices.json").write_text('{"ping_request": 1.2}')

    document = told("--prices", str(tmp_path / "prices.json"))

    assert document["dollars"] == pytest.approx(1.2 + 1)


def test_the_prices_of_the_list_are_printed_as_they_are_read(stack, tmp_path):
    printed = CliRunner().invoke(main, ["cost", "--list-prices"])
    (tmp_path / "prices.json").write_text(printed.stdout)
    stack("SecretsKey")

    document = told("--prices", str(tmp_path / "prices.json"))

    assert json.loads(printed.stdout).keys() == LIST_PRICES.keys()
    assert document["dollars"] == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "no JSON"),
        ("[1]", "no object"),
        ('{"water": 1}', "no such price: water"),
        ('{"key": "1"}', "key is no number"),
        ('{"key": true}', "key is no number"),
        ('{"key": -1}', "key is no number"),
        ('{"key": NaN}', "key is no number"),
    ],
)
def test_prices_that_are_none_are_refused(tmp_path, text, problem):
    (tmp_path / "prices.json").write_text(text)

    result = run("--prices", str(tmp_path / "prices.json"))

    assert result.exit_code == 1
    assert problem in result.stderr


def test_what_is_free_each_month_is_told_beside(stack, count):
    stack("AlertQueue")
    count("AWS/SQS/NumberOfEmptyReceives", 3e6, QueueName="night-Alerts.fifo")

    document = told()

    assert document["dollars"] == pytest.approx(1.5)
    assert document["dollars_beyond_free"] == pytest.approx(1)


# ---- What people read ------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_price_and_the_total(stack, count):
    stack("PingApi", "SecretsKey")
    count("AWS/ApiGateway/Count", 2.5e6, ApiId="pings1")

    result = run()

    lines = squeezed(result.stdout)
    assert "API Gateway request to the HTTP API 2,500,000 $1 per 1,000,000 2.50" in lines
    assert "KMS key 1 $1 1.00" in lines
    assert "total 3.50" in lines
    assert "2023-12-16 00:00 to 2024-01-15 00:00 UTC" in result.stdout
    assert "Not counted: data transfer" in result.stdout
    assert "Reading 1 metrics has cost $0.0000." in result.stdout
    assert result.stderr == ""


def test_details_name_each_table_and_index(stack, count):
    stack("ChecksTable")
    count("AWS/DynamoDB/ConsumedReadCapacityUnits", 100, TableName="checks")

    lines = squeezed(run("--details").stdout)

    assert any(line.startswith("ChecksTable 100 ") for line in lines)


# ---- What may be amiss -----------------------------------------------------------------------


def test_a_young_stack_is_counted_by_the_hour(stack, count, now):
    stack("PingApi", created=now.moment - timedelta(hours=5, minutes=10))
    count("AWS/ApiGateway/Count", 10, at=now.moment - HOUR, ApiId="pings1")

    result = run("--json")

    assert amounts(json.loads(result.stdout)) == pytest.approx({"ping_request": 10 * 24 * 30 / 5})
    assert "The stack is young: 5 hours stand for a month." in result.stderr


def test_a_stack_of_some_days_is_counted_from_its_first_whole_day(stack, count, now):
    stack("PingApi", created=now.moment - 9 * DAY)
    count("AWS/ApiGateway/Count", 10, ApiId="pings1")

    result = run("--json")

    assert amounts(json.loads(result.stdout)) == pytest.approx({"ping_request": 10 * 30 / 8})
    assert "The stack is young: 8 days stand for a month." in result.stderr


def test_a_stack_without_a_whole_hour_is_too_young(stack, now):
    stack("PingApi", created=now.moment - timedelta(minutes=50))

    result = run()

    assert result.exit_code == 1
    assert "too young" in result.stderr


def test_where_nothing_was_counted_that_is_said(stack):
    stack("PingApi", "SecretsKey")

    result = run("--json")

    assert amounts(json.loads(result.stdout)) == {"key": 1}
    assert "CloudWatch has counted nothing" in result.stderr


def test_metrics_that_cloudwatch_does_not_tell_are_named(stack):
    stack("PingApi", "SecretsKey")
    refused = {"Id": "m0", "Values": [], "StatusCode": "InternalError"}

    with Stubber(client_of("cloudwatch")) as stub:
        stub.add_response("list_metrics", {"Metrics": []})
        stub.add_response("get_metric_data", {"MetricDataResults": [refused]})
        result = run("--json")

    assert json.loads(result.stdout)["unknown"] == ["Count of PingApi"]
    assert "CloudWatch did not tell: Count of PingApi." in result.stderr


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AccessDenied", "AWS does not permit DescribeStacks. The command needs cloudformation:"),
        ("ValidationError", "There is no stack night in this region."),
        ("Throttling", "AWS did not do it: "),
    ],
)
def test_what_aws_refuses_is_told(scripts, code, told):
    scripts["cloudformation"].add_client_error("describe_stacks", code)

    result = run()

    assert result.exit_code == 1
    assert told in result.stderr


def test_a_permission_that_is_missing_for_the_metrics_is_told_too(stack):
    stack("PingApi")

    with Stubber(client_of("cloudwatch")) as stub:
        stub.add_response("list_metrics", {"Metrics": []})
        stub.add_client_error("get_metric_data", "AccessDenied")
        result = run()

    assert result.exit_code == 1
    assert "AWS does not permit GetMetricData." in result.stderr


def test_a_stack_has_to_be_named(monkeypatch):
    monkeypatch.delenv("NIGHTBELL_STACK", raising=False)

    result = CliRunner().invoke(main, ["cost"])

    assert result.exit_code == 2
    assert "Name the stack with --stack." in result.stderr


def test_the_stack_may_be_named_before_the_command(stack):
    stack("SecretsKey")

    result = CliRunner().invoke(main, ["--stack", "night", "cost", "--json"])

    assert json.loads(result.stdout)["stack"] == "night"


def test_many_metrics_are_asked_for_in_several_requests(stack, count, monkeypatch):
    stack("AlertQueue", "FailureQueue", "PingApi")
    monkeypatch.setattr(consumption, "_LARGEST_REQUEST", 2)
    count("AWS/ApiGateway/Count", 5, ApiId="pings1")
    count("AWS/SQS/NumberOfMessagesDeleted", 6, QueueName="night-Failures")

    document = told()

    assert amounts(document) == {"ping_request": 5, "queue_request": 6}
    assert document["metrics_read"] == 9
