"""What a stack costs in a month, from what it consumed and given prices."""

import json
from collections.abc import Mapping
from typing import IO, Any

import click
from botocore.exceptions import ClientError

from nightbell import clock
from nightbell.cli import consumption, prices
from nightbell.cli.consumption import Consumption, Period, TooYoung
from nightbell.cli.deployment import Target
from nightbell.cli.output import as_json, show_list
from nightbell.cli.prices import LIST_PRICES, REGION, Price

_LONGEST = 455  # days for which CloudWatch keeps sums of hours

_PERMISSIONS = (
    "cloudformation:DescribeStacks, cloudformation:ListStackResources, cloudwatch:GetMetricData, "
    "cloudwatch:DescribeAlarms, cloudwatch:ListMetrics, dynamodb:DescribeTable, "
    "lambda:GetFunctionConfiguration and apigateway:GET"
)
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}

_NOT_COUNTED = (
    "data transfer, the initialization of functions that start cold, requests to KMS, logs that "
    "are kept, text messages, provisioned concurrency and snapshots, and retries of alerts"
)


def _print_prices(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(
            json.dumps({code: price.dollars for code, price in LIST_PRICES.items()}, indent=2)
        )
        ctx.exit()


@click.command("cost")
@click.option("--stack", "name", metavar="NAME", help="The stack, if not named before the command.")
@click.option(
    "--days",
    type=click.IntRange(1, _LONGEST),
    default=30,
    show_default=True,
    help="Count what was consumed in so many days until now.",
)
@click.option(
    "--prices",
    "price_file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Prices of your region or contract, in JSON, in place of those of the list.",
)
@click.option(
    "--list-prices",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_prices,
    help="Print the prices of the list, as --prices takes them, and exit.",
)
@click.option("--details", is_flag=True, help="A line for each table, index, function and queue.")
@as_json
@click.pass_context
def cost(
    ctx: click.Context,
    name: str | None,
    days: int,
    price_file: IO[str] | None,
    details: bool,
    as_json: bool,
) -> None:
    """Tell what the stack costs in a month, from its own metrics.

    What CloudWatch counted is extrapolated to thirty days and multiplied with list prices of
    us-east-1, or your own. It needs no permission to see bills; but reading the metrics costs a
    cent for each thousand, and the command says how many there were.

    \b
    Examples:
      nightbell cost --stack night
      nightbell cost --stack night --days 7 --details
      nightbell cost --list-prices > prices.json     # change what differs, then
      nightbell cost --stack night --prices prices.json
    """
    target = ctx.find_object(Target) or Target()
    name = name or target.stack
    if not name:
        raise click.UsageError("Name the stack with --stack.")
    given = prices.read(price_file.read()) if price_file else LIST_PRICES
    found = _measure(name, days)
    if as_json:
        click.echo(json.dumps(_document(name, found, given)))
    else:
        _show(name, found, given, details=details)
    _warn(found, days)


def _measure(name: str, days: int) -> Consumption:
    try:
        stack = consumption.read_stack(name)
        period = consumption.period_of(stack, days, clock.now())
        return consumption.measure(stack, period)
    except TooYoung:
        raise click.ClickException(
            f"The stack {name} is too young: it has not run for a whole hour of the clock yet."
        ) from None
    except ClientError as error:
        code, operation = error.response["Error"]["Code"], error.operation_name
        if code in _DENIED:
            raise click.ClickException(
                f"AWS does not permit {operation}. The command needs {_PERMISSIONS}."
            ) from error
        if operation == "DescribeStacks" and code == "ValidationError":
            raise click.ClickException(f"There is no stack {name} in this region.") from error
        raise


def _document(name: str, found: Consumption, given: Mapping[str, Price]) -> dict[str, Any]:
    totals = found.total()
    return {
        "stack": name,
        "from": found.period.start.isoformat(timespec="seconds"),
        "to": found.period.end.isoformat(timespec="seconds"),
        "lines": [
            {
                "service": price.service,
                "price": code,
                "thing": price.thing,
                "amount": totals[code],
                "dollars": price.of(totals[code]),
                "resources": {
                    of: sum(one.amount for one in found.amounts if (one.code, one.of) == (code, of))
                    for of in dict.fromkeys(one.of for one in found.amounts if one.code == code)
                },
            }
            for code, price in given.items()
            if code in totals
        ],
        "dollars": prices.total(totals, given),
        "dollars_beyond_free": prices.total_beyond_free(totals, given),
        "not_counted": _NOT_COUNTED,
        "unknown": found.unknown,
        "metrics_read": found.metrics_read,
        "dollars_for_reading": given["metric_read"].of(found.metrics_read),
    }


def _show(name: str, found: Consumption, given: Mapping[str, Price], *, details: bool) -> None:
    document = _document(name, found, given)
    click.echo(f"{name}, {_text(found.period)}, as a month of 30 days:\n")
    rows = []
    for line in document["lines"]:
        price = given[line["price"]]
        rows.append(_row(price, line["service"], line["thing"], line["amount"]))
        if details:
            rows += [_row(price, "", f"  {of}", amount) for of, amount in line["resources"].items()]
    rows.append(
        dict.fromkeys(rows[0], "") | {"service": "total", "dollars": _money(document["dollars"])}
    )
    show_list(rows, as_json=False)
    free = _money(document["dollars_beyond_free"])
    reading = _money(document["dollars_for_reading"], digits=4)
    click.echo(f"\nIf nothing else in the account uses what is free each month: ${free}.")
    click.echo(f"Not counted: {_NOT_COUNTED}.")
    click.echo("Mail and Nightbell's own metrics are those of all stacks in the region.")
    click.echo(f"Reading {found.metrics_read} metrics has cost ${reading}.")
    if given is LIST_PRICES:
        click.echo(f"Prices are list prices of {REGION}; docs/costs.md says of when they are.")


def _row(price: Price, service: str, thing: str, amount: float) -> dict[str, str]:
    per = "" if price.per == 1 else f" per {price.per:,}"
    return {
        "service": service,
        "what": thing,
        "amount": _amount(amount),
        "price": f"${price.dollars:.10g}{per}",
        "dollars": _money(price.of(amount)),
    }


def _warn(found: Consumption, days: int) -> None:
    counted = found.period.end - found.period.start
    if counted.days < days:
        click.echo(f"The stack is young: {_length(found.period)} stand for a month.", err=True)
    if found.is_silent:
        click.echo(
            "CloudWatch has counted nothing of this stack in that time: only what costs by the "
            "month, and what is stored, is known.",
            err=True,
        )
    if found.unknown:
        click.echo(f"CloudWatch did not tell: {', '.join(found.unknown)}.", err=True)


def _text(period: Period) -> str:
    return f"{period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M} UTC"


def _length(period: Period) -> str:
    length = period.end - period.start
    number, unit = (length.days, "day") if length.days else (length.seconds // 3600, "hour")
    return f"{number} {unit}{'s' if number > 1 else ''}"


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"


def _money(dollars: float, *, digits: int = 2) -> str:
    return f"{dollars:,.{digits}f}"
