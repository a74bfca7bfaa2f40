"""The command line as `pipx install .` gives it: from the wheel, with what the wheel asks for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel, install it into an environment of its own, and return its programs."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run(
        [
            *(UV, "sync", "--quiet", "--locked", "--no-editable", "--no-default-groups"),
            *("--refresh-package", "nightbell"),  # or it may take the wheel of former sources
        ],
        cwd=ROOT,
        env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": sys.executable},
        check=True,
    )
    return environment / "bin"


def test_the_wheel_brings_all_that_the_command_line_needs(installed, tmp_path):
    helped = subprocess.run(
        [installed / "nightbell", "project", "create", "--help"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("Usage: nightbell project create")


def test_every_module_of_the_package_can_be_imported_from_the_wheel(installed, tmp_path):
    program = (
        "import pkgutil, importlib, nightbell\n"
        "for one in pkgutil.walk_packages(nightbell.__path__, 'nightbell.'):\n"
        "    if one.name != 'nightbell.alerts.kinds.apprise': importlib.import_module(one.name)\n"
        "print(nightbell.__file__)"
    )

    imported = subprocess.run(
        [installed / "python", "-c", program],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.startswith(str(installed.parent))
