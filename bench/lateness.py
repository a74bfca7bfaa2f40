"""How late checks go down under `make run`: `python -m bench.lateness`. Takes five minutes.

Checks are pinged one after the other for two minutes, and so have their deadlines in the two
minutes after. What is measured is the time from each deadline until its flip is in the stream of
the Flips table, looked at every 50 ms.
"""

import json
import math
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3

from nightbell import clock
from nightbell.domain.check import EPOCH

_CHECKS = 200
_SPREAD = 120.0  # seconds
_PERIOD = 60  # seconds, of each check, and as much of grace
_PATIENCE = 180.0  # seconds after the last deadline
_SECONDS_TO_START = 60
_LOOK_EVERY = 0.05  # seconds


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, _running_system(Path(folder)) as variables:
        flips = _Flips(variables)
        urls = [_create(variables, number) for number in range(_CHECKS)]
        start = time.monotonic()
        for number, url in enumerate(urls):
            time.sleep(max(0.0, start + number * _SPREAD / _CHECKS - time.monotonic()))
            urllib.request.urlopen(url).read()
        until = time.monotonic() + 2 * _PERIOD + _PATIENCE
        late: list[float] = []
        while len(late) < _CHECKS and time.monotonic() < until:
            late += flips.lateness_of_new()
            time.sleep(_LOOK_EVERY)
    late.sort()
    print(f"{len(late)} of {_CHECKS} checks went down; seconds after their deadlines:")
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        print(f"{name}  {late[math.ceil(share * len(late)) - 1]:.2f}")
    return 0 if len(late) == _CHECKS else 1


class _Flips:
    """The stream of the Flips table, from now on."""

    def __init__(self, variables: dict[str, str]) -> None:
        table = variables["FLIPS_TABLE"]
        stream = _client("dynamodb", variables).describe_table(TableName=table)["Table"]
        self._streams = _client("dynamodbstreams", variables)
        arn = stream["LatestStreamArn"]
        described = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]
        self._iterators = [
            self._streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in described["Shards"]
        ]

    def lateness_of_new(self) -> list[float]:
        """Return how many seconds ago each deadline was whose flip is new in the stream."""
        found = []
        for number, iterator in enumerate(self._iterators):
            answer = self._streams.get_records(ShardIterator=iterator)
            self._iterators[number] = answer["NextShardIterator"]
            now = (clock.now() - EPOCH) / timedelta(microseconds=1)
            images = [record["dynamodb"]["NewImage"] for record in answer["Records"]]
            found += [
                (now - int(image["created"]["N"])) / 1_000_000
                for image in images
                if "timeout" in (value.get("S") for value in image.values())
            ]
        return found


def _create(variables: dict[str, str], number: int) -> str:
    """Create a check and return the URL that pings it."""
    document = {"name": f"Job {number}", "timeout": _PERIOD, "grace": _PERIOD}
    request = urllib.request.Request(
        f"{variables['NIGHTBELL_URL']}/api/v3/checks/",
        data=json.dumps(document).encode(),
        headers={"X-Api-Key": variables["NIGHTBELL_API_KEY"]},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["ping_url"])


def _client(service: str, variables: dict[str, str]) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def _running_system(state: Path) -> Iterator[dict[str, str]]:
    """Run the system as `make run` does and yield what it writes into its `env` file."""
    env_file = state / "env"
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port", "0", "--state", str(state)],
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


if __name__ == "__main__":
    sys.exit(main())
