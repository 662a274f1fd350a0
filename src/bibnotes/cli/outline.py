"""The commands and their options, as a shell's completion needs them.

To load a command costs more than the time in which a shell should answer. So what the commands
declare is kept in the user's cache, for as long as the modules of the commands stay the same, and
commands without a body are made of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..state import cache_folder
from .completing import TYPES

_HERE = Path(__file__).parent


def command(name: str, load: Callable[[str], click.Command]) -> click.Command:
    """A command that declares what the real one does, which ``load`` gives if it must."""
    kept = cache_folder() / "completion" / f"{name}.json"
    state = _state()
    try:
        outline = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        outline = {}
    if outline.get("state") != state:
        real = load(name)
        outline = {"state": state, "help": real.help, "params": _declared(real)}
        _keep(kept, outline)
    params = [_parameter(said) for said in outline["params"]]
    return click.Command(name, params=params, help=outline["help"])


def _state() -> list[str | int]:
    """What is another where the commands may be others: the version, and the newest module."""
    with os.scandir(_HERE) as files:
        newest = max(file.stat().st_mtime_ns for file in files if file.name.endswith(".py"))
    return [__version__, newest]


def _declared(real: click.Command) -> list[dict[str, Any]]:
    return [parameter.to_info_dict() for parameter in real.params]


def _keep(path: Path, outline: dict[str, Any]) -> None:
    """Keep it; a cache that cannot be written costs time only."""
    from .. import files
    from ..errors import BibnotesError

    try:
        files.make_folder(path.parent)
        data = json.dumps(outline, default=str).encode()
        files.replace(path, data, files.read_if_any(path), mode=0o600)
    except BibnotesError:
        return


def _parameter(said: dict[str, Any]) -> click.Parameter:
    kind = _type(said["type"])
    if said["param_type_name"] == "argument":
        return click.Argument([said["name"]], required=False, nargs=said["nargs"], type=kind)
    flag = {"is_flag": True} if said["is_flag"] else {"type": kind, "nargs": said["nargs"]}
    return click.Option(
        [said["name"], *said["opts"]], help=said["help"], multiple=said["multiple"], **flag
    )


def _type(said: dict[str, Any]) -> click.ParamType[Any]:
    if "choices" in said:
        return click.Choice(said["choices"])
    return TYPES.get(said["name"], click.STRING)
