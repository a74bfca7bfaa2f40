"""What the README tells people to type, in a copy of the project, through make."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.processes import free_port
from tests.e2e.system import ROOT, System, running_system
from tests.readme import shell_blocks

pytestmark = pytest.mark.e2e

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")


def run(script, folder):
    """Run a script as typed; return what it printed, and what each curl in it did."""
    answers = folder / "answers"
    answers.unlink(missing_ok=True)
    curl = f"curl() {{ command curl \"$@\" | tee -a {answers}; printf '\\036' >> {answers}; }}\n"
    completed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl + script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout, answers.read_text().split("\036")[:-1] if answers.exists() else []


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project into a folder of its own, with the environment that is there already."""
    folder = tmp_path_factory.mktemp("tour") / "nightbell"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def system(project: Path) -> Iterator[System]:
    """Type `make run` and, in the end, press Ctrl-C."""
    port, mail_port = free_port(), free_port()
    # The stamp is left as it is: the environment belongs to the original project.
    command = ["make", "--assume-old=.venv/.local", "run", f"PORT={port}"]
    command.append(f"MAIL_PORT={mail_port}")
    with running_system(project / ".local", command, cwd=project) as system:
        yield system
        system.stop()
        assert system.printed().endswith("Stopped.\n")


def test_make_run_says_what_to_do_next(system, project):
    printed = system.printed()
    proposal = printed.partition("in another terminal")[2].partition("\n\n")[2].partition("\n\n")[0]

    _, (created, pinged) = run(proposal, project)

    assert json.loads(created)["ping_url"].startswith(f"{system.url}/ping/")
    assert pinged == "OK"
    for value in (system.url, system.api_key, system.api_key_readonly, system.ping_key):
        assert value in printed


def test_the_tour_works_to_the_letter(system, project):
    (tour, _) = shell_blocks("A tour in a minute")

    printed, answers = run(tour, project)

    # The tour asks curl for a line break after each answer.
    lines = [answer.removesuffix("\n") for answer in answers]
    created, started, done, _, check, pings, body, failed, told, flips, mailed, _, badge = lines
    assert (started, done, failed) == ("OK", "OK", "OK")
    assert body == "42 files, 0 errors\n"
    assert json.loads(created)["slug"] == "backup"
    assert json.loads(check)["uuid"] == json.loads(created)["uuid"]
    assert (json.loads(check)["status"], json.loads(check)["n_pings"]) == ("up", 2)
    assert [ping["type"] for ping in json.loads(pings)["pings"]] == ["success", "start"]
    (notification,) = json.loads(told)["notifications"]
    assert (notification["status"], notification["state"]) == ("down", "sent")
    assert [flip["up"] for flip in json.loads(flips)] == [0, 1]
    latest = json.loads(mailed)["pings"][0]
    assert (latest["type"], latest["scheme"]) == ("success", "email")
    assert json.loads(badge) == {"status": "up", "total": 1, "grace": 0, "down": 0}
    assert printed.endswith(f"{badge}\n")


def test_the_command_line_works_as_the_readme_types_it(system, project):
    (_, commands) = shell_blocks("A tour in a minute")

    printed, _ = run(f". .local/env\n{commands}", project)

    assert "\nAll numbers add up\n" in printed
    assert re.search(r"^Report +report +up +", printed, re.MULTILINE)
    assert re.search(r"^api_key +\S{32}$", printed, re.MULTILINE)
    assert re.search(rf"{system.variables['NIGHTBELL_PROJECT']} +Demonstration ", printed)
    assert re.search(r" Web shop +0 +200 ", printed)
    assert re.search(r"^name +Ops$", printed, re.MULTILINE)
