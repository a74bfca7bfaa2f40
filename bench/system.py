"""The whole system, for what is measured on it, and ways to talk to it."""

import json
import math
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

_SECONDS_TO_START = 60
_LOOK_EVERY = 0.05  # seconds

Variables = dict[str, str]


@contextmanager
def running_system(state: Path) -> Iterator[Variables]:
    """Run the system as `make run` does and yield what it writes into its `env` file."""
    env_file = state / "env"
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port=0", "--mail-port=0", f"--state={state}"],
        stdout=subprocess.DEVNULL,
    )
    try:
        give_up_at = time.monotonic() + _SECONDS_TO_START
        while not env_file.exists():
            if process.poll() is not None or time.monotonic() > give_up_at:
                sys.exit("The system did not start.")
            time.sleep(_LOOK_EVERY)
        lines = env_file.read_text().splitlines()
        pairs = (line.removeprefix("export ").partition("=") for line in lines)
        yield {name: value.strip("'\"") for name, _, value in pairs}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def post(variables: Variables, path: str, document: dict[str, Any]) -> Any:
    """Post to the Management API and return the JSON of its answer."""
    request = urllib.request.Request(
        f"{variables['NIGHTBELL_URL']}/api/v3{path}",
        data=json.dumps(document).encode(),
        headers={"X-Api-Key": variables["NIGHTBELL_API_KEY"]},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def ping(url: str) -> None:
    """Send a ping."""
    urllib.request.urlopen(url).read()


def client(service: str, variables: Variables) -> Any:
    """Return a client of the emulated AWS."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


def percentiles(lengths: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the largest, by name."""
    ordered = sorted(lengths)
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in shares.items()}
