"""Cold start: a new process until its first answer, beside one that only has boto3."""

import json
import os
import re
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
_COUNTED_STARTS = 2  # of a program under Valgrind, which counts the same each time
_NO_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"
_PING = Path(__file__).parent / "cold_ping.py"
_BOTO3 = Path(__file__).parent / "cold_boto3.py"
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


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

    In instructions where the processor can be asked for them, or else Valgrind; else in CPU time.
    """
    key = {"key": {"S": keys.check_key(check.check_id)}}
    ping = [sys.executable, str(_PING), json.dumps(ping_event(check.check_id))]
    boto3 = [sys.executable, str(_BOTO3), json.dumps(key)]
    for command in (ping, boto3):
        _milliseconds(command)
    if _processor_counts():
        unit, spent_by, starts = "million instructions", _counted_by_processor, _STARTS
    elif shutil.which("valgrind"):
        unit, spent_by, starts = "million instructions", _counted_by_valgrind, _COUNTED_STARTS
    else:
        unit, spent_by, starts = "ms of CPU time", _milliseconds, _STARTS
    figures = [(spent_by(ping), spent_by(boto3)) for _ in range(starts)]
    of_ping, of_boto3 = zip(*figures, strict=True)
    return ColdStart(unit, median(of_ping), median(of_boto3))


def _processor_counts() -> bool:
    if shutil.which("perf") is None:
        return False
    try:
        _counted_by_processor([sys.executable, "-c", ""])
    except (ValueError, subprocess.CalledProcessError):
        return False  # "<not supported>", as in most virtual machines, or not permitted
    return True


def _counted_by_processor(command: list[str]) -> float:
    with NamedTemporaryFile("r") as report:
        perf = ["perf", "stat", "-x,", "-e", "instructions:u", "-o", report.name]
        subprocess.run([*perf, *command], env=_environment(), check=True, stderr=subprocess.DEVNULL)
        (line,) = [line for line in report if "instructions" in line]
    return int(line.partition(",")[0]) / 1_000_000


def _counted_by_valgrind(command: list[str]) -> float:
    """Return the million instructions that the command takes outside the kernel."""
    # Without a seed, dictionaries are laid out otherwise in each process.
    environment = _environment() | {"PYTHONHASHSEED": "0"}
    told = subprocess.run(
        [*_VALGRIND, *command], env=environment, check=True, stderr=subprocess.PIPE, text=True
    ).stderr
    counted = _COUNTED.search(told)
    if counted is None:
        raise ValueError(f"Valgrind does not say how many instructions it counted:\n{told}")
    return int(counted[1].replace(",", "")) / 1_000_000


def _milliseconds(command: list[str]) -> float:
    process = subprocess.Popen(command, env=_environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return (usage.ru_utime + usage.ru_stime) * 1000


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != _NO_BYTE_CODE}
