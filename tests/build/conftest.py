"""The layers, built once for all tests, and each function started once on them."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.runtime_api import Answer
from bench.starts import first_events, running_lambda

# Lambda's runtime client is for Linux.
collect_ignore = [] if sys.platform == "linux" else ["test_layers.py", "test_starts.py"]


@dataclass(frozen=True)
class Built:
    """What was built for this Python and this machine, and what the functions answered on it."""

    folder: Path
    answers: dict[str, Answer]

    def layer(self, name: str) -> Path:
        """Return the folder of a layer."""
        return self.folder / name


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Build the layers as `sam build` does, and let each function answer its first event."""
    folder = tmp_path_factory.mktemp("lambda")
    with running_lambda(folder) as (runner, functions, names):
        yield Built(folder, first_events(functions, names, runner.start, at_once=2))


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def run() -> Run:
    """Return a function that runs a program with these folders of packages, and no others."""

    def start(
        program: str, *folders: Path, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [getattr(sys, "_base_executable", sys.executable), "-S", "-c", program],
            env={
                "AWS_DEFAULT_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": ":".join(map(str, folders)),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return start
