"""bibnotes completion: what makes a shell complete the commands."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, get_completion_class

from . import COMPLETION
from .environment import write

# Proposals come from files that anybody may have written, and a shell runs what is on its line. So
# what stands on it is quoted: click does this neither for bash nor for PowerShell.
_BASH = r"""
# bash would cut citation keys at these.
COMP_WORDBREAKS="${COMP_WORDBREAKS//[:@]/}"

%(complete_func)s() {
    local type value
    while IFS=, read -r type value; do
        if [[ $type == dir ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == file ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == plain ]]; then
            case "${COMP_WORDS[COMP_CWORD]}" in
                \'*) COMPREPLY+=("${value//\'/\'\\\'\'}") ;;
                \"*) COMPREPLY+=("$(sed 's/[\\"$`]/\\&/g' <<< "$value")") ;;
                *) COMPREPLY+=("$(printf %%q "$value")") ;;
            esac
        fi
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
        %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_POWERSHELL = "                $value, $value,"
_POWERSHELL_QUOTED = r"""
                $(if ($value -match '^[\w.:/+-]+$') { $value } else {
                    "'" + ($value -replace "['\u2018-\u201b]", '$0$0') + "'"
                }), $value,"""


class _Bash(BashComplete):
    source_template = _BASH


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
    made = _Bash if shell == "bash" else get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"This version of click has no completion for {shell}")
    program = click.get_current_context().find_root().command
    script = made(program, {}, "bibnotes", COMPLETION).source()
    write([script.replace(_POWERSHELL, _POWERSHELL_QUOTED), "\n"])
