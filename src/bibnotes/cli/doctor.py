"""bibnotes doctor: what works with Zotero, and what to do where it does not."""

from __future__ import annotations

import dataclasses
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

from .. import __version__
from ..digest.papers_json import encode
from ..escape import one_line
from . import options
from .environment import Environment, write
from .zotero_options import chosen_settings, server, surroundings, verbose

if TYPE_CHECKING:
    from ..config import ServerChoice
    from ..zotero.checkup import Checkup

_PACKAGES = ("pyzotero", "httpx2", "keyring")
_MARKS = {"ok": ("ok", "green"), "limited": ("read only", "yellow"), "failed": ("NO", "red")}


@click.command(name="doctor")
@server
@verbose
@options.json
def command(server: ServerChoice | None, verbose: bool, as_json: bool) -> None:
    """Try what bibnotes needs of Zotero, line by line, and say what to do about what fails.

    The exit is 0 if one of the servers can be read, else that of what failed: 3 not found,
    4 not allowed, 5 not reachable.

    \b
    bibnotes doctor
    bibnotes doctor --server web --json
    """
    from ..zotero.checkup import check_up

    environment = Environment.of_process()
    settings = chosen_settings(environment, server)
    with surroundings(environment, verbose) as around:
        result = check_up(settings, around)
    if as_json:
        checks = [dataclasses.asdict(check) for check in result.checks]
        report = {"versions": _versions(), "uses": result.uses, "checks": checks}
        write([encode(report), "\n"])
    else:
        write(_lines(result, colour=environment.colour))
    sys.exit(result.exit_code)


def _lines(result: Checkup, *, colour: bool) -> Iterator[str]:
    yield ", ".join(f"{name} {number}" for name, number in _versions().items()) + "\n"
    for check in result.checks:
        word, paint = _MARKS[check.state]
        mark = click.style(word, fg=paint) if colour else word
        gap = " " * (9 - len(word))
        yield f"{mark}{gap}  {check.server:5}  {check.name}: {one_line(check.message)}\n"
        if check.hint:
            yield f"{'':18}{one_line(check.hint)}\n"
    uses = {"local": "Zotero on this computer", "web": "Zotero on the web", None: "neither server"}
    yield f"--zotero uses {uses[result.uses]}\n"


def _versions() -> dict[str, str]:
    found = {"bibnotes": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
