"""Cold start: a new process until its first answer, beside one that only has boto3."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile

from bench.calls import ping_event
from nightbell.domain.check import Check
from nightbell.store import keys

_STARTS = 15
_NO_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"
_PING = Path(__file__).parent / "cold_ping.py"
_BOTO3 = Path(__file__).parent / "cold_boto3.py"


@dataclass(frozen=True)
class ColdStart:
    """Medians of what the new processes took; `unit` says of what."""

    unit: str
    ping: float
    boto3: float

    @property
    def ratio(self) -> float:
        """How much of what bare boto3 takes the ping takes."""
        return self.ping / self.boto3


def measure(check: Check) -> ColdStart:
    """Measure both in turns, on byte code, which the first start of each leaves behind.

    In instructions where the processor can be asked for them, else in CPU time.
    """
    key = {"key": {"S": keys.check_key(check.check_id)}}
    ping = [sys.executable, str(_PING), json.dumps(ping_event(check.check_id))]
    boto3 = [sys.executable, str(_BOTO3), json.dumps(key)]
    if _can_count_instructions():
        unit, spent_by = "million instructions", _million_instructions
    else:
        unit, spent_by = "ms of CPU time", _milliseconds
    figures = [(spent_by(ping), spent_by(boto3)) for _ in range(_STARTS + 1)]
    of_ping, of_boto3 = zip(*figures[1:], strict=True)
    return ColdStart(unit, median(of_ping), median(of_boto3))


def _can_count_instructions() -> bool:
    if shutil.which("perf") is None:
        return False
    try:
        _million_instructions([sys.executable, "-c", ""])
    except (ValueError, subprocess.CalledProcessError):
        return False  # "<not supported>", as in most virtual machines, or not permitted
    return True


def _million_instructions(command: list[str]) -> float:
    with NamedTemporaryFile("r") as report:
        perf = ["perf", "stat", "-x,", "-e", "instructions:u", "-o", report.name]
        subprocess.run([*perf, *command], env=_environment(), check=True, stderr=subprocess.DEVNULL)
        (line,) = [line for line in report if "instructions" in line]
    return int(line.partition(",")[0]) / 1_000_000


def _milliseconds(command: list[str]) -> float:
    process = subprocess.Popen(command, env=_environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return (usage.ru_utime + usage.ru_stime) * 1000


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != _NO_BYTE_CODE}
