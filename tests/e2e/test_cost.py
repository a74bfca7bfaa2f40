"""What `nightbell cost` asks, asked of a running stack."""

import json
import subprocess
import sys

import pytest

from bench import costs

pytestmark = pytest.mark.e2e

# The stack is too young for the command; of a period that has not ended all can be asked the same.
PROGRAM = """
import json
from datetime import timedelta
from nightbell import clock
from nightbell.cli import consumption

stack = consumption.read_stack("nightbell")
now = clock.now()
period = consumption.Period(now, now + timedelta(hours=1), timedelta(hours=1))
found = consumption.measure(stack, period)
print(json.dumps([found.total(), found.metrics_read, found.unknown]))
"""


def test_all_that_a_stack_consists_of_is_asked_for(system):
    asked = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=system.environment, capture_output=True, check=False
    )

    assert asked.returncode == 0, asked.stderr.decode()
    amounts, metrics_read, unknown = json.loads(asked.stdout)
    idle = costs.idle()
    assert amounts["dashboard"] == idle["dashboard"]
    assert amounts["key"] == idle["key"]
    assert 0 < amounts["alarm"] <= idle["alarm"]  # those on several metrics are left out here
    assert amounts["table_gb"] > 0
    assert metrics_read > 100
    assert unknown == []


def test_a_stack_without_a_whole_hour_is_too_young(command_line):
    completed = command_line("cost", "--stack", "nightbell")

    assert completed.returncode == 1
    assert "too young" in completed.stderr
