"""The demonstration project: made once, found again by later runs.

`python -m local.demo FILE` prints its keys. It is a process of its own because the store reads the
names of its tables from the environment.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nightbell import clock
from nightbell.alerts import setup
from nightbell.cli.project import DEFAULT_PING_LOG_LIMIT
from nightbell.settings import settings
from nightbell.store import projects

_CHANNELS = [
    {"kind": "email", "name": "On-call", "settings": {"to": "oncall@example.org"}},
    {"kind": "email", "name": "Team", "settings": {"to": "team@example.org"}},
    {
        "kind": "webhook",
        "name": "Receiver on this machine",
        "settings": {
            "url_down": "http://127.0.0.1:8001/$STATUS",
            "url_up": "http://127.0.0.1:8001/$STATUS",
        },
    },
]


@dataclass(frozen=True)
class DemoProject:
    """What a person needs to use the project."""

    project_id: str
    api_key: str
    api_key_readonly: str
    ping_key: str


def demo_project(path: Path, environment: Mapping[str, str]) -> DemoProject:
    """Return the project written down in a file, made anew if the tables do not know it."""
    completed = subprocess.run(
        [sys.executable, "-m", "local.demo", str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        start_new_session=True,  # Ctrl-C reaches this program alone, which then ends that one
    )
    return DemoProject(**json.loads(completed.stdout))


def _main(path: Path) -> None:
    project = _written_down(path) or _create()
    path.write_text(json.dumps(asdict(project)))
    print(path.read_text())


def _written_down(path: Path) -> DemoProject | None:
    if not path.exists():
        return None
    project = DemoProject(**json.loads(path.read_text()))
    return project if projects.authenticate(project.api_key) else None


def _create() -> DemoProject:
    now = clock.now()
    made = projects.create(
        "Demonstration",
        check_limit=settings.check_limit,
        ping_log_limit=DEFAULT_PING_LOG_LIMIT,
        now=now,
    )
    for channel in _CHANNELS:
        setup.create(made.project_id, channel, now)
    return DemoProject(**asdict(made))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
