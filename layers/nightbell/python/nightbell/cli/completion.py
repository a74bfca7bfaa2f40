"""Completion of commands and options by shells."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

# In it the shell's script asks what may follow. click reads the same name.
_VARIABLE = "_NIGHTBELL_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands.

    \b
    Examples:
      nightbell completion bash > ~/.local/share/bash-completion/completions/nightbell
      nightbell completion zsh > ~/.zfunc/_nightbell
      nightbell completion fish > ~/.config/fish/completions/nightbell.fish
    """
    script = _SHELLS[shell](ctx.find_root().command, {}, "nightbell", _VARIABLE)
    click.echo(script.source())
