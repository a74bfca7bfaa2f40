"""`nightbell completion`."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nightbell.cli import main
from tests.cli.servers import Reply

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


def complete(words, **variables):
    """Return what may stand in place of the last word, as bash is told."""
    environment = {
        "_NIGHTBELL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    asked = subprocess.run(
        [NIGHTBELL], env=environment | variables, capture_output=True, check=False, text=True
    )
    assert asked.stderr == ""
    return asked.stdout.split()


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
    assert complete(words) == [f"plain,{word}" for word in completed]


def test_completes_slugs_where_the_environment_names_a_server(scripted):
    slugs = ("backup", "", "rotate", "bill")
    scripted.replies[:] = [Reply(body={"checks": [{"slug": slug} for slug in slugs]})]
    server = {"NIGHTBELL_URL": scripted.url, "NIGHTBELL_API_KEY": "key"}

    completed = complete("nightbell check pause b", **server)

    assert completed == ["plain,backup", "plain,bill"]


def test_completes_no_slugs_where_there_is_no_answer(scripted):
    scripted.replies[:] = [Reply(503)]
    server = {"NIGHTBELL_URL": scripted.url, "NIGHTBELL_API_KEY": "key"}

    assert complete("nightbell check pause b", **server) == []
    assert complete("nightbell check pause b") == []
    assert len(scripted.requests) == 1
