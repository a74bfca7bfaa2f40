"""One run of the whole system for all tests, and ways to talk to it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.system import System, running_system

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COMMAND_LINE = Path(sys.executable).with_name("nightbell")

Create = Callable[..., dict[str, Any]]
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the system; in the end it must stop as asked, and have told no secret."""
    with running_system(tmp_path_factory.mktemp("system") / "state") as system:
        yield system
        logged = json.dumps(system.logged())
        assert system.stop() == 0
    printed = system.printed().partition("forgets them.\n")[2]
    assert printed.endswith("Stopped.\n")
    for text in (printed, logged):
        assert not _UUID.search(text)
        for secret in (system.api_key, system.api_key_readonly, system.ping_key):
            assert secret not in text


@pytest.fixture(scope="package")
def anyone(system: System) -> Iterator[httpx.Client]:
    """An HTTP client without a key."""
    with httpx.Client(base_url=system.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="package")
def api(system: System) -> Iterator[httpx.Client]:
    """An HTTP client with the key that reads and writes."""
    key = {"X-Api-Key": system.api_key}
    with httpx.Client(base_url=system.url, headers=key, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="package")
def command_line(system: System) -> CommandLine:
    """Return a function that runs `nightbell` with these arguments.

    The environment is that of a shell that has read the `env` file, unless it is given.
    """

    def run(
        *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_COMMAND_LINE, *arguments],
            env=environment or system.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture(scope="package")
def create(api: httpx.Client) -> Create:
    """Return a function that creates a check with these fields and returns what is shown of it."""

    def send(**fields: Any) -> dict[str, Any]:
        answer = api.post("/api/v3/checks/", json=fields)
        assert answer.status_code == 201
        return dict(answer.json())

    return send
