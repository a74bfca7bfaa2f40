"""Measure on DynamoDB Local, print the figures, and write them to a file if asked to."""

import argparse
import json
import os
import sys
from pathlib import Path

from bench import cold_start, cpu, mail, operations, pages, scans
from bench.meter import Meter
from bench.report import OperationFigures, Report
from local import dynamodb_local
from local.tables import create_tables
from nightbell.store import client
from nightbell.store.connection import connection

_LISTED = 1000  # checks


def main() -> int:
    """Measure; return the exit status, which says nothing about the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    options = parser.parse_args()
    try:
        with dynamodb_local.running_dynamodb_local() as url:
            os.environ.update(dynamodb_local.environment(url))
            create_tables(dynamodb_local.client(url))
            report = _measure(url)
    except dynamodb_local.Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    print(report.text())
    if options.json:
        options.json.write_text(json.dumps(report.document(), indent=2) + "\n")
    return 0


def _measure(url: str) -> Report:
    print("This takes seven minutes.", file=sys.stderr)
    client.READ_TIMEOUT = 60.0  # an engine that holds 200,000 checks may be slower than DynamoDB
    check = operations.plain_check()
    cold = cold_start.measure(check)
    warm = cpu.compare_pings(check)
    listing = cpu.compare_listing(operations.project_with_checks(_LISTED).project_id)
    meter = Meter(connection.client, dynamodb_local.client(url))
    figures = []
    for operation in operations.all_operations():
        operation.prepare()
        operation.run()  # fills the memory of the function
        operation.prepare()
        with meter.measuring() as consumption:
            operation.run()
        figures.append(OperationFigures(operation, consumption, cpu.milliseconds(operation)))
    shown = list(pages.measure(meter))
    lists = list(scans.measure(meter))
    return Report(figures, shown, lists, warm, listing, cold, mail.measure())


if __name__ == "__main__":
    sys.exit(main())
