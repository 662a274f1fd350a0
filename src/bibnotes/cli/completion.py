"""bibnotes completion: what makes a shell complete the commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from . import COMPLETION
from .environment import write

# bash would cut citation keys at these.
_BASH = 'COMP_WORDBREAKS="${COMP_WORDBREAKS//[:@]/}"\n'


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def command(shell: str) -> None:
    """Print the script that makes a shell complete commands, options, citation keys and levels.

    \b
    bash:        eval "$(bibnotes completion bash)"            in ~/.bashrc
    zsh:         eval "$(bibnotes completion zsh)"             in ~/.zshrc, behind compinit
    fish:        bibnotes completion fish | source             in ~/.config/fish/config.fish
    PowerShell:  bibnotes completion powershell | Out-String | Invoke-Expression   in $PROFILE
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"This version of click has no completion for {shell}")
    program = click.get_current_context().find_root().command
    script = made(program, {}, "bibnotes", COMPLETION).source()
    write([_BASH if shell == "bash" else "", script, "\n"])
