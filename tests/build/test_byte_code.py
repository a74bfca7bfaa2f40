"""Where the Python comes from that makes a layer's byte code: the first of four that works."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.starts import ROOT

COMPILE = ROOT / "layers/byte_code/compile"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Make a folder with one module."""
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer/module.py").write_text("VALUE = 1\n")
    return tmp_path / "layer"


@pytest.fixture
def path(tmp_path) -> Path:
    """Make a folder of programs with what the script needs, and neither Python nor uv nor node."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "dirname", "cat", "mkdir", "cp"):
        (programs / name).symlink_to(str(shutil.which(name)))
    return programs


@pytest.fixture
def compiling(folder, path, tmp_path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that runs the script for a version of Python, on these programs alone."""

    def run(version: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [COMPILE, version, folder],
            env={"PATH": str(path), "PYENV_ROOT": str(tmp_path / "none"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def program(path: Path, lines: str) -> None:
    """Put a program for the shell in its place."""
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)


def byte_code(folder: Path) -> list[str]:
    """Return the names of the files of byte code."""
    return [file.name for file in folder.rglob("*.pyc")]


def test_a_python_on_the_path_compiles(compiling, folder, path):
    (path / f"python{HERE}").symlink_to(sys.executable)

    compiled = compiling(HERE)

    assert compiled.returncode == 0, compiled.stderr
    (file,) = folder.rglob("*.pyc")
    assert file.read_bytes()[4:8] == b"\x01\x00\x00\x00"  # by hash, not checked
    assert b"/opt/python/module.py" in file.read_bytes()


def test_a_python_on_the_path_that_does_not_work_is_passed_over(compiling, folder, path, tmp_path):
    # As pyenv's are, of versions that are not chosen.
    program(path / f"python{HERE}", "exit 127")
    versions = tmp_path / "pyenv/versions" / f"{HERE}.99" / "bin"
    versions.mkdir(parents=True)
    (versions / "python").symlink_to(sys.executable)

    compiled = compiling(HERE, PYENV_ROOT=str(tmp_path / "pyenv"))

    assert compiled.returncode == 0, compiled.stderr
    assert len(byte_code(folder)) == 1


def test_a_python_of_another_version_is_passed_over(compiling, folder, path):
    (path / "python3.99").symlink_to(sys.executable)

    compiled = compiling("3.99")

    assert compiled.returncode == 1
    assert byte_code(folder) == []


def test_uv_is_asked_for_one(compiling, folder, path):
    arguments = "run --quiet --no-project --python-preference only-managed --python"
    program(
        path / "uv",
        f'[ "$UV_PYTHON_DOWNLOADS" = automatic ] || exit 1\n'
        f'case "$*" in "{arguments} {HERE} python "*) ;; *) exit 1 ;; esac\n'
        f'shift 8\nexec "{sys.executable}" "$@"',
    )

    compiled = compiling(HERE)

    assert compiled.returncode == 0, compiled.stderr
    assert len(byte_code(folder)) == 1


def test_without_any_the_build_fails_and_says_what_to_do(compiling, folder, path):
    program(path / "uv", "exit 2")

    compiled = compiling("3.13")

    assert compiled.returncode == 1
    assert "There is no Python 3.13 here to byte-compile the layer with" in compiled.stderr
    assert "uv python install 3.13" in compiled.stderr
    assert byte_code(folder) == []


def test_pyodide_compiles_where_there_is_node_and_nothing_else(compiling, folder, path, tmp_path):
    program(path / "uv", "exit 2")
    program(path / "npm", f'echo npm "$@" >> {tmp_path}/asked')
    program(path / "node", f'echo node "$@" >> {tmp_path}/asked')

    compiled = compiling("3.13")

    assert compiled.returncode == 0, compiled.stderr
    npm, node = (tmp_path / "asked").read_text().splitlines()
    assert npm.startswith("npm ci --prefix ")
    assert "--ignore-scripts" in npm
    assert node.endswith(f"/.cache/pyodide/compile.mjs {folder}")
