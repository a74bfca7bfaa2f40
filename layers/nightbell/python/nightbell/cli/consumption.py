"""What a stack consumes in a month, as CloudWatch and the stack's own resources tell it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import boto3

MONTH = timedelta(days=30)

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

# From so many days on, sums of whole days are asked for, else of whole hours.
_DAYS_BY_DAY = 7

_LARGEST_REQUEST = 500  # metrics that GetMetricData takes at once
_MOST_ALARMS = 100  # names that DescribeAlarms takes at once

_GB = 10**9
_MB_OF_GB = 1024
_MS = 1000

_NAMESPACE = "Nightbell"  # of the metrics that the functions make themselves


class TooYoung(Exception):
    """There is no whole hour yet to count what the stack consumes."""


class Resource(NamedTuple):
    """A resource of a stack."""

    kind: str  # AWS::DynamoDB::Table
    name: str  # in the template
    physical: str


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack and its resources."""

    name: str
    created: datetime
    resources: Sequence[Resource]

    def of_kind(self, kind: str) -> list[Resource]:
        """Return the resources of a kind that are there."""
        return [one for one in self.resources if one.kind == kind and one.physical]


@dataclass(frozen=True)
class Period:
    """The time that was looked at, in steps of a whole day or hour."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def months(self) -> float:
        """How long it is, in months of thirty days."""
        return (self.end - self.start) / MONTH


@dataclass(frozen=True)
class Amount:
    """So many in a month of what has a price, and of which resource."""

    code: str
    of: str
    amount: float


@dataclass
class Consumption:
    """What a stack consumes in a month, and how that was found out."""

    period: Period
    amounts: list[Amount] = field(default_factory=list)
    metrics_read: int = 0
    unknown: list[str] = field(default_factory=list)  # metrics that CloudWatch did not tell
    is_silent: bool = True  # no metric had anything to tell

    def total(self) -> dict[str, float]:
        """Return the amounts by the code of their price."""
        totals: defaultdict[str, float] = defaultdict(float)
        for one in self.amounts:
            totals[one.code] += one.amount
        return dict(totals)


def read_stack(name: str) -> Stack:
    """Return the stack of that name; raises botocore's ClientError if there is none."""
    formation = boto3.client("cloudformation")
    described = formation.describe_stacks(StackName=name)["Stacks"][0]
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = [
        Resource(one["ResourceType"], one["LogicalResourceId"], one.get("PhysicalResourceId", ""))
        for page in pages
        for one in page["StackResourceSummaries"]
    ]
    return Stack(described["StackName"], described["CreationTime"], resources)


def period_of(stack: Stack, days: int, now: datetime) -> Period:
    """Return the last whole days of the stack, at most so many; whole hours if they are few.

    Raises TooYoung.
    """
    step = _DAY if min(now - stack.created, days * _DAY) >= _DAYS_BY_DAY * _DAY else _HOUR
    end = _floor(now, step)
    begun = _floor(stack.created, step)
    start = max(end - days * _DAY, begun + (step if begun < stack.created else timedelta()))
    if start >= end:
        raise TooYoung
    return Period(start, end, step)


def measure(stack: Stack, period: Period) -> Consumption:
    """Return what the stack consumes in a month if it goes on as in this period."""
    found = Consumption(period)
    found.amounts += _stored(stack)
    found.amounts += _standing(stack)
    counters = list(_counters(stack))
    found.metrics_read = len(counters)
    sums = _sums(counters, period)
    for counter in counters:
        value = sums.get(counter)
        if value is None:
            found.unknown.append(f"{counter.metric} of {counter.of}")
        elif value:
            found.is_silent = False
            amount = value * counter.factor / period.months
            found.amounts.append(Amount(counter.code, counter.of, amount))
    return found


@dataclass(frozen=True)
class _Counter:
    """A metric whose sum, times the factor, is an amount of what has a price."""

    code: str
    of: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...] = ()
    factor: float = 1


def _counters(stack: Stack) -> Iterator[_Counter]:
    yield from _of_apis(stack)
    yield from _of_functions(stack)
    for table in stack.of_kind("AWS::DynamoDB::Table"):
        yield from _of_table(table)
    for queue in stack.of_kind("AWS::SQS::Queue"):
        yield from _of_queue(queue)
    for topic in stack.of_kind("AWS::SNS::Topic"):
        name = topic.physical.rpartition(":")[2]
        dimensions = (("TopicName", name),)
        metric = "NumberOfMessagesPublished"
        yield _Counter("topic_request", topic.name, "AWS/SNS", metric, dimensions)
    for group in stack.of_kind("AWS::Logs::LogGroup"):
        dimensions = (("LogGroupName", group.physical),)
        yield _Counter("log_gb", group.name, "AWS/Logs", "IncomingBytes", dimensions, 1 / _GB)
    if stack.of_kind("AWS::SES::ConfigurationSet"):
        yield _Counter("mail", "the account in this region", "AWS/SES", "Send")


def _of_apis(stack: Stack) -> Iterator[_Counter]:
    namespace = "AWS/ApiGateway"
    for api in stack.of_kind("AWS::ApiGatewayV2::Api"):
        dimensions = (("ApiId", api.physical),)
        yield _Counter("ping_request", api.name, namespace, "Count", dimensions)
    for api in stack.of_kind("AWS::ApiGateway::RestApi"):
        name = boto3.client("apigateway").get_rest_api(restApiId=api.physical)["name"]
        yield _Counter("api_request", api.name, namespace, "Count", (("ApiName", name),))


def _of_functions(stack: Stack) -> Iterator[_Counter]:
    functions = boto3.client("lambda")
    namespace = "AWS/Lambda"
    for function in stack.of_kind("AWS::Lambda::Function"):
        configuration = functions.get_function_configuration(FunctionName=function.physical)
        is_arm = configuration.get("Architectures") == ["arm64"]
        gigabytes = configuration["MemorySize"] / _MB_OF_GB
        dimensions = (("FunctionName", function.physical),)
        yield _Counter("invocation", function.name, namespace, "Invocations", dimensions)
        yield _Counter(
            "gb_second" if is_arm else "gb_second_x86",
            function.name,
            namespace,
            "Duration",
            dimensions,
            gigabytes / _MS,
        )


def _of_table(table: Resource) -> Iterator[_Counter]:
    described = boto3.client("dynamodb").describe_table(TableName=table.physical)["Table"]
    indexes = [index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])]
    of_table = ("TableName", table.physical)
    places = {table.name: (of_table,)} | {
        f"{table.name} {index}": (of_table, ("GlobalSecondaryIndexName", index))
        for index in indexes
    }
    for of, dimensions in places.items():
        for code, metric in (
            ("read_unit", "ConsumedReadCapacityUnits"),
            ("write_unit", "ConsumedWriteCapacityUnits"),
        ):
            yield _Counter(code, of, "AWS/DynamoDB", metric, dimensions)


def _of_queue(queue: Resource) -> Iterator[_Counter]:
    name = queue.physical.rpartition("/")[2]
    code = "fifo_request" if name.endswith(".fifo") else "queue_request"
    for metric in (
        "NumberOfMessagesSent",
        "NumberOfMessagesReceived",
        "NumberOfEmptyReceives",
        "NumberOfMessagesDeleted",
    ):
        yield _Counter(code, queue.name, "AWS/SQS", metric, (("QueueName", name),))


def _sums(counters: Sequence[_Counter], period: Period) -> dict[_Counter, float]:
    """Return the sum of each metric over the period; what CloudWatch does not tell is missing."""
    pages = boto3.client("cloudwatch").get_paginator("get_metric_data")
    sums: dict[_Counter, float] = {}
    for batch in _batches(counters, _LARGEST_REQUEST):
        asked = {f"m{number}": counter for number, counter in enumerate(batch)}
        refused = set()
        for page in pages.paginate(
            MetricDataQueries=[_query(id_, one, period) for id_, one in asked.items()],
            StartTime=period.start,
            EndTime=period.end,
        ):
            for result in page["MetricDataResults"]:
                counter = asked[result["Id"]]
                sums[counter] = sums.get(counter, 0) + sum(result["Values"])
                if result.get("StatusCode") in ("InternalError", "Forbidden"):
                    refused.add(counter)
        for counter in refused:
            del sums[counter]
    return sums


def _query(id_: str, counter: _Counter, period: Period) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in counter.dimensions]
    metric = {
        "Namespace": counter.namespace,
        "MetricName": counter.metric,
        "Dimensions": dimensions,
    }
    seconds = int(period.step.total_seconds())
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": seconds, "Stat": "Sum"}}


def _stored(stack: Stack) -> Iterator[Amount]:
    """Yield what is stored in the tables; DynamoDB counts that every six hours."""
    database = boto3.client("dynamodb")
    for table in stack.of_kind("AWS::DynamoDB::Table"):
        described = database.describe_table(TableName=table.physical)["Table"]
        size = described.get("TableSizeBytes", 0)
        of_indexes = sum(
            index.get("IndexSizeBytes", 0) for index in described.get("GlobalSecondaryIndexes", [])
        )
        yield Amount("table_gb", table.name, (size + of_indexes) / _GB)
        yield Amount("backup_gb", table.name, size / _GB)


def _standing(stack: Stack) -> Iterator[Amount]:
    """Yield what costs by the month, whatever happens."""
    for key in stack.of_kind("AWS::KMS::Key"):
        yield Amount("key", key.name, 1)
    for dashboard in stack.of_kind("AWS::CloudWatch::Dashboard"):
        yield Amount("dashboard", dashboard.name, 1)
    watch = boto3.client("cloudwatch")
    names = {one.physical: one.name for one in stack.of_kind("AWS::CloudWatch::Alarm")}
    for batch in _batches(names, _MOST_ALARMS):
        for alarm in watch.describe_alarms(AlarmNames=list(batch))["MetricAlarms"]:
            watched = [one for one in alarm.get("Metrics", []) if "MetricStat" in one]
            yield Amount("alarm", names[alarm["AlarmName"]], max(len(watched), 1))
    own = watch.get_paginator("list_metrics").paginate(Namespace=_NAMESPACE)
    if count := sum(len(page["Metrics"]) for page in own):
        yield Amount("metric", _NAMESPACE, count)


def _batches(items: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _floor(moment: datetime, step: timedelta) -> datetime:
    """Return the start of the hour or day, in UTC, that the moment is in."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step
