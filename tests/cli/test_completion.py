"""`nightbell completion`."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nightbell.cli import main

NIGHTBELL = Path(sys.executable).with_name("nightbell")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_prints_a_script_for_each_shell(shell):
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0
    assert f"_NIGHTBELL_COMPLETE={shell}_complete " in result.output
    assert " nightbell" in result.output


def test_another_shell_is_refused():
    result = CliRunner().invoke(main, ["completion", "cmd"])

    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.output


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("nightbell pro", ["project"]),
        ("nightbell check pa", ["pause"]),
        ("nightbell check list --stat", ["--status"]),
        ("nightbell check list --status pa", ["paused"]),
        ("nightbell channel add sl", ["slack"]),
    ],
)
def test_completes_commands_options_and_choices(words, completed):
    environment = {
        "_NIGHTBELL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }

    asked = subprocess.run(
        [NIGHTBELL], env=environment, capture_output=True, check=False, text=True
    )

    assert asked.stdout.splitlines() == [f"plain,{word}" for word in completed]
    assert asked.stderr == ""
