"""An emulated AWS, and a copy of the project from which Nightbell is deployed there."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator, running_emulator
from tests.deployment.checkout import Checkout
from tests.e2e.system import ROOT

_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")
_BIN = Path(sys.executable).parent


@pytest.fixture(scope="package")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run MiniStack with nothing on it; roles and policies are enforced."""
    with running_emulator(tmp_path_factory.mktemp("aws")) as emulator:
        yield emulator


@pytest.fixture(scope="package")
def checkout(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Copy the project; in its terminal there are `sam`, as in the Makefile, and `nightbell`."""
    home = tmp_path_factory.mktemp("deployment")
    folder = home / "nightbell"
    shutil.copytree(ROOT, folder, ignore=_NOT_COPIED)
    _write_sam(home / "bin" / "sam")
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))
    }
    own = {
        **aws.client_environment,
        "PATH": f"{home / 'bin'}:{_BIN}:{os.environ['PATH']}",
        # Nothing of the developer's own is read or written.
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "__SAM_CLI_APP_DIR": str(home / "sam"),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds
        "UV_PYTHON_DOWNLOADS": "never",
    }
    return Checkout(folder, {**inherited, **own})


def _write_sam(path: Path) -> None:
    version = re.search(r"^SAM_VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version
    path.parent.mkdir()
    path.write_text(
        f'#!/bin/sh\nexec uv tool run --quiet --from aws-sam-cli=={version[1]} sam "$@"\n'
    )
    path.chmod(0o755)
