"""What Nightbell costs in a month: the tables of docs/costs.md. `make costs` writes them anew.

Amounts are what things ask of AWS (`cost_units.py`) times how often they happen; money is amounts
times list prices (nightbell/cli/prices.py). What is assumed stands here, each assumption once.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from bench import cost_units as units
from bench.cost_units import Units
from nightbell.cli.prices import LIST_PRICES, total, total_beyond_free

_ROOT = Path(__file__).parent.parent
_PAGE = _ROOT / "docs/costs.md"

# By the code of their price, see nightbell/cli/prices.py.
Amounts = dict[str, float]

_DAYS = 30
_RUNS = _DAYS * 24 * 60  # of the scan: one each minute
_SECONDS = _RUNS * 60
_LOOKS = 2 * _RUNS  # at a check that pings more often than every half hour, at most
_MILLION = 1_000_000
_GB = 10**9

# ---- What is assumed -----------------------------------------------------------------------------

_MB_OF_A_CPU = 1769  # Lambda gives a function so much memory with each whole processor
_MS_OF_A_REQUEST = 5  # to DynamoDB, and back
_MS_OF_A_RECEIVER = 300  # until who receives an alert has answered
_POLLS = _RUNS * 15  # five connections of Lambda that ask an empty queue for twenty seconds each
_ANSWER_TO_PING = 500  # bytes with all headers
_ALERT_SENT = 2_000  # bytes
_LOG_LINE = 300  # bytes; for each request, dispatch and delivery, but none for pings


@dataclass(frozen=True)
class Installation:
    """What happens in a month."""

    checks: int
    pings_a_day: int  # of each check: a start and a success each hour
    cold: float  # share of invocations that start a process
    flips: int  # of each check: it goes down and comes up once
    channels: int  # told of each flip: a webhook and a mail
    lists: int  # asked of the API: of a project's checks
    checks_listed: int
    waits: bool  # a deadline is always in sight

    @property
    def pings(self) -> int:
        """Pings a month."""
        return self.checks * self.pings_a_day * _DAYS

    @property
    def moves(self) -> int:
        """Entries of the index that move: each check's, each hour."""
        return self.checks * 24 * _DAYS

    @property
    def changes(self) -> int:
        """Changes of status a month."""
        return self.checks * self.flips

    @property
    def alerts(self) -> int:
        """Deliveries a month."""
        return self.changes * self.channels

    @property
    def seconds_waited(self) -> int:
        """How long a run of the scan waits in a month."""
        return _SECONDS if self.waits else 0


INSTALLATIONS = (
    Installation(20, 48, 0.5, 2, 2, 3_000, 20, waits=False),
    Installation(1_000, 48, 0.05, 2, 2, 30_000, 100, waits=True),
    Installation(100_000, 48, 0.01, 2, 2, 300_000, 100, waits=True),
)

# ---- Amounts -------------------------------------------------------------------------------------


def idle() -> Amounts:
    """Return what a month costs in which nothing happens."""
    alarms, dashboards = _of_kind("AWS::CloudWatch::Alarm"), _of_kind("AWS::CloudWatch::Dashboard")
    polled = [
        event
        for function in _of_kind("AWS::Serverless::Function")
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "SQS"
    ]
    return _sum(
        _stored_and_done(units.IDLE_RUN, _RUNS),
        _invoked("scan_due", _RUNS, units.IDLE_RUN_MS, requests=2),
        {
            "fifo_request": _POLLS * len(polled),
            "alarm": sum(_metrics_of(alarm) for alarm in alarms),
            "dashboard": len(dashboards),
            "key": len(_of_kind("AWS::KMS::Key")),
        },
    )


def pings(number: int, *, cold: float = 0) -> Amounts:
    """Return what so many pings cost that change no status."""
    return _sum(
        _stored_and_done(units.PING, number),
        _invoked("ping", number, units.PING_MS, requests=3),
        _started("ping", number * cold),
        {"ping_request": number, "transfer_gb": number * _ANSWER_TO_PING / _GB},
    )


def taking_mail() -> Amounts:
    """Return what a month costs more in which pings by mail are taken and none comes."""
    alarms = [
        resource["Properties"]
        for resource in _template()["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    metrics = [metric for alarm in alarms for metric in alarm.get("Metrics", [])]
    of_mail = [metric for metric in metrics if metric.get("Fn::If", [""])[0] == _TAKES_MAIL]
    own = [one for one in _template()["Resources"].values() if one.get("Condition") == _TAKES_MAIL]
    alone = [one for one in own if one["Type"] == "AWS::CloudWatch::Alarm"]
    return {"queue_request": _POLLS, "alarm": len(of_mail) + sum(map(_metrics_of, alone))}


def mails(number: int) -> Amounts:
    """Return what so many pings by mail cost that change no status."""
    return _sum(
        _stored_and_done(units.PING_BY_MAIL, number),
        _invoked("email_ping", number, units.PING_BY_MAIL_MS, requests=3),
        {
            "mail_received": number,
            "put_request": number,
            "topic_request": number,
            "queue_request": number * units.RECEIVE_AND_DELETE,
            "get_request": number,
        },
    )


def flips(number: int) -> Amounts:
    """Return what so many changes of status cost until they are in the queue, without channels."""
    return _sum(
        _stored_and_done(units.DISPATCH, number),
        _invoked("dispatch_flip", number, units.DISPATCH_MS, requests=4),
        _started("dispatch_flip", number),
        {"fifo_request": number * units.SENDS_OF_FLIP, "log_gb": number * _LOG_LINE / _GB},
    )


def downs(number: int) -> Amounts:
    """Return what it costs that so many checks are taken down by the scan."""
    return _stored_and_done(units.FLIP_BY_SCAN, number)


def ups(number: int) -> Amounts:
    """Return what so many pings cost more because they change the status."""
    more = Units(0, units.FLIP_BY_PING.write - units.PING.write)
    return _stored_and_done(more, number)


def alerts(number: int, *, by: str) -> Amounts:
    """Return what it costs to tell so many channels, by "webhook" or "mail", from the queue on."""
    sent: Amounts = (
        {"mail": number}
        if by == "mail"
        else {"key_request": number, "transfer_gb": number * _ALERT_SENT / _GB}
    )
    return _sum(
        _stored_and_done(units.DISPATCH_TO_CHANNEL + units.DELIVERY, number),
        _invoked("deliver_alert", number, units.DELIVERY_MS, requests=10),
        _started("deliver_alert", number),
        _billed("deliver_alert", number * _MS_OF_A_RECEIVER / 1000),
        {
            "fifo_request": number * units.RECEIVE_AND_DELETE,
            "log_gb": number * _LOG_LINE / _GB,
        },
        sent,
    )


def lists(number: int, checks: int) -> Amounts:
    """Return what it costs to ask the API so often for the checks of a project."""
    of_list = units.LIST_OF_20 if checks == 20 else units.LIST_OF_100
    return _sum(
        _stored_and_done(of_list, number),
        _invoked("list_checks", number, units.LIST_OF_100_MS, requests=2),
        {
            "api_request": number,
            "transfer_gb": number * checks * units.CHECK_SHOWN / _GB,
            "log_gb": number * _LOG_LINE / _GB,
        },
    )


def waiting(seconds: int) -> Amounts:
    """Return what it costs that a run of the scan stays so long."""
    return _sum(_stored_and_done(units.SECOND_OF_WAITING, seconds), _billed("scan_due", seconds))


def deadlines(checks: int, every: str) -> Amounts:
    """Return what it costs to look after the deadlines of so many checks that ping so often."""
    match every:
        case "day":
            return _stored_and_done(units.ENTRY_MOVED, checks * _DAYS)
        case "hour":
            return _stored_and_done(units.ENTRY_MOVED, checks * 24 * _DAYS)
    return _stored_and_done(units.ENTRY_READ, checks * _LOOKS)


def storage(installation: Installation) -> Amounts:
    """Return what is stored when the log is full and the oldest flips expire."""
    months = units.KEPT_FOR_DAYS / _DAYS
    of_check = (
        units.CHECK_STORED
        + units.PINGS_KEPT * units.PING_STORED
        + installation.flips * months * units.FLIP_STORED
        + installation.flips * installation.channels * months * units.NOTIFICATION_STORED
    )
    gigabytes = installation.checks * of_check / _GB
    return {"table_gb": gigabytes, "backup_gb": gigabytes}


def month(installation: Installation) -> Amounts:
    """Return what a whole installation costs in a month."""
    changes = installation.changes
    return _sum(
        idle(),
        waiting(installation.seconds_waited),
        pings(installation.pings, cold=installation.cold),
        deadlines(installation.checks, "hour"),
        downs(changes // 2),
        ups(changes // 2),
        flips(changes),
        alerts(installation.alerts // 2, by="webhook"),
        alerts(installation.alerts // 2, by="mail"),
        lists(installation.lists, installation.checks_listed),
        storage(installation),
        {"metric": units.OWN_METRICS},
    )


def _stored_and_done(each: Units, number: float) -> Amounts:
    return {"read_unit": each.read * number, "write_unit": each.write * number}


def _invoked(function: str, number: float, cpu_ms: float, *, requests: int) -> Amounts:
    """Return what so many invocations cost that wait for their requests one after the other."""
    seconds = _seconds(function, cpu_ms) + requests * _MS_OF_A_REQUEST / 1000
    return {"invocation": number} | _billed(function, number * seconds)


def _started(function: str, number: float) -> Amounts:
    """Return what it costs more that so many invocations start a process."""
    return _billed(function, number * _seconds(function, units.COLD_PING_MS))


def _seconds(function: str, cpu_ms: float) -> float:
    """Return how long the computing takes a function, with its share of a processor."""
    return cpu_ms / 1000 * max(_MB_OF_A_CPU / memory_of(function), 1)


def _billed(function: str, seconds: float) -> Amounts:
    return {"gb_second": seconds * memory_of(function) / 1024}


def _sum(*parts: Amounts) -> Amounts:
    amounts: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        for code, amount in part.items():
            amounts[code] += amount
    return dict(amounts)


# ---- The template --------------------------------------------------------------------------------


_CONDITIONS = {None, "HasMail", "MakesSecretsKey"}
_TAKES_MAIL = "HasPingMail"


@cache
def _template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((_ROOT / "template.yaml").read_text())
    return parsed


def _of_kind(kind: str) -> list[dict[str, Any]]:
    """Return the resources of a kind that there are with the default parameters, and with mail."""
    return [
        resource
        for resource in _template()["Resources"].values()
        if resource["Type"] == kind and resource.get("Condition") in _CONDITIONS
    ]


def memory_of(function: str) -> int:
    """Return the megabytes of a function, by the name of its folder, as the template has them."""
    everywhere = _template()["Globals"]["Function"]["MemorySize"]
    memory = next(
        resource["Properties"].get("MemorySize", everywhere)
        for resource in _template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        and Path(resource["Properties"]["CodeUri"]).name == function
    )
    if isinstance(memory, dict):
        memory = _template()["Parameters"][memory["Ref"]]["Default"]
    return int(memory)


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    """Return how many metrics an alarm watches: so many times it costs."""
    metrics = alarm["Properties"].get("Metrics", [])
    return max(sum("MetricStat" in metric for metric in metrics), 1)


# ---- Tables --------------------------------------------------------------------------------------


_PRICES = tuple(LIST_PRICES.values())


def _prices() -> str:
    return _table(
        ["", "for", "code", "dollars", "per", "read in", "of"],
        [
            [
                price.service,
                price.thing,
                f"`{price.code}`",
                f"{price.dollars:.10f}".rstrip("0").ljust(4, "0").removesuffix("."),
                f"{price.per:,}",
                price.source.name,
                price.source.date,
            ]
            for price in _PRICES
        ],
    )


def _free() -> str:
    rows = [[price.service, price.thing, f"{price.free:,}"] for price in _PRICES if price.free]
    return _table(["", "", "each month"], rows)


def _units() -> str:
    rows = [
        ("a ping that leaves the status as it is", units.PING),
        ("more by slug", units.BY_SLUG),
        ("more where a start brings the deadline forward", units.ENTRY_BROUGHT_FORWARD),
        ("a ping that changes the status", units.FLIP_BY_PING),
        ("a ping by mail of 4,000 bytes", units.PING_BY_MAIL),
        ("a run of the scan that finds nothing due", units.IDLE_RUN),
        ("each second that a run waits for a deadline", units.SECOND_OF_WAITING),
        ("a check taken down at its deadline", units.FLIP_BY_SCAN),
        ("an entry of the index that moves", units.ENTRY_MOVED),
        ("an entry that is read and stays", units.ENTRY_READ),
        ("a flip dispatched", units.DISPATCH),
        ("more for each channel", units.DISPATCH_TO_CHANNEL),
        ("an alert delivered and recorded", units.DELIVERY),
        ("a reminder, before it is dispatched", units.REMINDER),
        ("a list of 20 checks, at most", units.LIST_OF_20),
        ("a list of 100 checks, at most", units.LIST_OF_100),
    ]
    return _table(
        ["", "read units", "write units"],
        [[what, f"{each.read:g}", f"{each.write:g}"] for what, each in rows],
    )


def _times() -> str:
    rows = [
        ("ping", "ping", units.PING_MS, 3, 0),
        ("ping by mail", "email_ping", units.PING_BY_MAIL_MS, 3, 0),
        ("start of a process", "ping", units.COLD_PING_MS, 0, 0),
        ("idle run of the scan", "scan_due", units.IDLE_RUN_MS, 2, 0),
        ("flip dispatched", "dispatch_flip", units.DISPATCH_MS, 4, 0),
        ("alert delivered", "deliver_alert", units.DELIVERY_MS, 10, _MS_OF_A_RECEIVER),
        ("list of 100 checks", "list_checks", units.LIST_OF_100_MS, 2, 0),
    ]
    return _table(
        ["", "MB", "CPU ms", "requests in a row", "ms for a receiver", "billed ms"],
        [
            [
                what,
                f"{memory_of(function)}",
                f"{cpu_ms}",
                f"{requests}",
                f"{receiver}",
                f"{_seconds(function, cpu_ms) * 1000 + requests * _MS_OF_A_REQUEST + receiver:.0f}",
            ]
            for what, function, cpu_ms, requests, receiver in rows
        ],
    )


def _single() -> str:
    rows = [
        ("nothing at all, for a month", idle()),
        ("a run of the scan always at work, for a month", waiting(_SECONDS)),
        ("a million pings", pings(_MILLION)),
        ("a million pings, all of them cold", pings(_MILLION, cold=1)),
        ("taking pings by mail, for a month in which none comes", taking_mail()),
        ("1,000 pings by mail", mails(1000)),
        ("1,000 checks that go down and come up", _sum(downs(1000), ups(1000), flips(2000))),
        ("1,000 alerts by webhook", alerts(1000, by="webhook")),
        ("1,000 alerts by mail", alerts(1000, by="mail")),
        ("1,000 lists of 100 checks", lists(1000, 100)),
        ("deadlines of 1,000 checks that ping daily, for a month", deadlines(1000, "day")),
        ("deadlines of 1,000 checks that ping hourly, for a month", deadlines(1000, "hour")),
        (
            "deadlines of 1,000 checks that ping every 5 minutes, for a month",
            deadlines(1000, "5 minutes"),
        ),
    ]
    codes = ("read_unit", "write_unit", "gb_second")
    return _table(
        ["", "read units", "write units", "GB-seconds", "requests to SQS", "dollars"],
        [
            [
                what,
                *(_number(amounts.get(code, 0)) for code in codes),
                _number(amounts.get("fifo_request", 0) + amounts.get("queue_request", 0)),
                _dollars(total(amounts)),
            ]
            for what, amounts in rows
        ],
    )


def _happening() -> str:
    every = INSTALLATIONS
    return _table(
        ["a month", *_columns()],
        [
            ["pings", *(f"{one.pings:,}" for one in every)],
            ["of which start a process", *(f"{one.cold:.0%}" for one in every)],
            ["entries of the index that move", *(f"{one.moves:,}" for one in every)],
            ["seconds that the scan waits", *(f"{one.seconds_waited:,}" for one in every)],
            ["changes of status", *(f"{one.changes:,}" for one in every)],
            ["alerts, half of them by mail", *(f"{one.alerts:,}" for one in every)],
            ["lists asked of the API", *(f"{one.lists:,}" for one in every)],
            ["checks in each list", *(f"{one.checks_listed}" for one in every)],
        ],
    )


def _months() -> str:
    bills = [month(one) for one in INSTALLATIONS]
    rows = [
        [
            f"{price.service}, {price.thing}",
            *(
                f"{_number(bill.get(code, 0))} → {price.of(bill.get(code, 0)):,.2f}"
                for bill in bills
            ),
        ]
        for code, price in LIST_PRICES.items()
        if any(bill.get(code) for bill in bills)
    ]
    rows.append(["**dollars a month**", *(f"**{total(bill):,.2f}**" for bill in bills)])
    rows.append(
        ["beyond what is free each month", *(f"{total_beyond_free(bill):,.2f}" for bill in bills)]
    )
    return _table(["", *_columns()], rows)


def _columns() -> list[str]:
    return [f"{one.checks:,} checks" for one in INSTALLATIONS]


TABLES: Mapping[str, Callable[[], str]] = {
    "prices": _prices,
    "free": _free,
    "units": _units,
    "times": _times,
    "single": _single,
    "happening": _happening,
    "months": _months,
}


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ---- The page ------------------------------------------------------------------------------------


def written(page: str) -> str:
    """Return the page with its tables as they are now; each stands between two comments."""
    for name, table in TABLES.items():
        start, end = f"<!-- table: {name} -->\n", "<!-- end -->\n"
        if start not in page:
            raise ValueError(f"docs/costs.md has no place for the table {name}")
        pattern = re.compile(f"(?<={re.escape(start)}).*?(?={re.escape(end)})", re.DOTALL)
        page = pattern.sub(lambda _: table(), page, count=1)  # noqa: B023 (called at once)
    return page


def main() -> int:
    """Write the tables of docs/costs.md anew; return the exit status."""
    _PAGE.write_text(written(_PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
