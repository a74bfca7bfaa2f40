"""What all commands have in common, and that docs/command-line.md names them all."""

import re
from pathlib import Path

import click
import pytest

from nightbell.cli import main

DOCUMENT = (Path(__file__).parents[2] / "docs/command-line.md").read_text()

# What they print is the output of another program, or another document.
NO_JSON = {"nightbell exec", "nightbell completion", "nightbell export"}


def walk(command, name):
    """Yield each command below this one, itself included, with its name."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            yield from walk(command.get_command(context, below), f"{name} {below}")


COMMANDS = dict(walk(main, "nightbell"))
LEAVES = {name: one for name, one in COMMANDS.items() if not isinstance(one, click.Group)}
KINDS = {name for name in LEAVES if name.startswith("nightbell channel add ")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name):
    command = COMMANDS[name]

    help_text = command.get_help(click.Context(command, info_name=name, **main.context_settings))

    assert re.search(r"\n  Examples?: ?\n? +(\w+=\S+ )*nightbell ", help_text)
    assert command.get_short_help_str(limit=200).endswith(".") or name in KINDS
    assert not command.get_short_help_str(limit=62).endswith("...")


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_explained(name):
    options = [one for one in LEAVES[name].params if isinstance(one, click.Option)]

    assert all(one.help for one in options)


def test_every_command_that_prints_something_prints_json_too():
    without = {
        name
        for name, command in LEAVES.items()
        if not any("--json" in one.opts for one in command.params)
    }

    assert without == NO_JSON


def test_the_document_names_every_command_and_what_it_does():
    rows = re.findall(r"^\| `(nightbell [^`]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE)

    described = {
        name: command.get_short_help_str(limit=200)
        for name, command in LEAVES.items()
        if name not in KINDS
    }
    documented = {re.split(r" (?=[A-Z[])", name)[0]: text for name, text in rows}
    assert documented.pop("nightbell channel add").startswith("Add a channel of some kind.")
    assert documented == described


def test_the_document_names_every_variable():
    variables = set()
    for command in COMMANDS.values():
        for one in command.params:
            names = getattr(one, "envvar", None) or []
            variables |= {names} if isinstance(names, str) else set(names)

    assert variables
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT, re.MULTILINE)) == variables
