"""How late checks go down under `make run`: `python -m bench.lateness`. Takes five minutes.

Checks are pinged one after the other for two minutes, and so have their deadlines in the two
minutes after. What is measured is the time from each deadline until its flip is in the stream of
the Flips table, looked at every 50 ms.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.system import Variables, client, percentiles, ping, post, running_system
from nightbell import clock
from nightbell.domain.check import EPOCH

_CHECKS = 200
_SPREAD = 120.0  # seconds
_PERIOD = 60  # seconds, of each check, and as much of grace
_PATIENCE = 180.0  # seconds after the last deadline
_LOOK_EVERY = 0.05  # seconds


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, running_system(Path(folder)) as variables:
        flips = _Flips(variables)
        urls = [_create(variables, number) for number in range(_CHECKS)]
        start = time.monotonic()
        for number, url in enumerate(urls):
            time.sleep(max(0.0, start + number * _SPREAD / _CHECKS - time.monotonic()))
            ping(url)
        until = time.monotonic() + 2 * _PERIOD + _PATIENCE
        late: list[float] = []
        while len(late) < _CHECKS and time.monotonic() < until:
            late += flips.lateness_of_new()
            time.sleep(_LOOK_EVERY)
    print(f"{len(late)} of {_CHECKS} checks went down; seconds after their deadlines:")
    for name, seconds in percentiles(late).items():
        print(f"{name}  {seconds:.2f}")
    return 0 if len(late) == _CHECKS else 1


class _Flips:
    """The stream of the Flips table, from now on."""

    def __init__(self, variables: Variables) -> None:
        table = variables["FLIPS_TABLE"]
        stream = client("dynamodb", variables).describe_table(TableName=table)["Table"]
        self._streams = client("dynamodbstreams", variables)
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


def _create(variables: Variables, number: int) -> str:
    """Create a check and return the URL that pings it."""
    document = {"name": f"Job {number}", "timeout": _PERIOD, "grace": _PERIOD}
    return str(post(variables, "/checks/", document)["ping_url"])


if __name__ == "__main__":
    sys.exit(main())
