"""What functions log, as Lambda reads it."""

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from nightbell.logs import logger

ROOT = Path(__file__).parent.parent


def test_a_line_has_its_level_and_its_time_where_lambda_looks_for_them():
    record = logging.LogRecord("nightbell", logging.WARNING, "x.py", 1, "Gave up", None, None)

    line = json.loads(logger.registered_formatter.format(record))

    assert line["level"] == "WARNING"
    told = datetime.fromisoformat(line["timestamp"])
    assert "T" in line["timestamp"]
    assert told.astimezone(UTC) == datetime.fromtimestamp(record.created, UTC).replace(
        microsecond=told.microsecond
    )


def test_the_level_that_lambda_was_told_holds_and_nothing_warns_of_it():
    program = "from nightbell.logs import logger; print(logger.log_level)"
    variables = os.environ | {"AWS_LAMBDA_LOG_LEVEL": "WARN", "AWS_LAMBDA_LOG_FORMAT": "JSON"}

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        check=False,
        env=variables,
        capture_output=True,
        text=True,
    )

    assert (done.stdout, done.stderr) == (f"{logging.WARNING}\n", "")


def test_there_is_one_log():
    package = ROOT / "layers/nightbell/python/nightbell"
    sources = [*package.rglob("*.py"), *(ROOT / "functions").glob("*/app.py")]

    made = [path for path in sources if " Logger(" in path.read_text()]

    assert made == [package / "logs.py"]
