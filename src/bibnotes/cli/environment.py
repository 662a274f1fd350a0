"""What a command gets from its surroundings: folder, variables, streams, settings."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import click

from .. import config
from ..errors import UsageError
from ..escape import harmless
from ..library import Library
from ..model import Problem
from ..scale import Language, Scale

_MOST_PROBLEMS = 10  # shown of one library; check shows all


@dataclass(frozen=True)
class Environment:
    """The surroundings of one run; commands touch ``os`` and ``sys`` only through it."""

    folder: Path
    variables: Mapping[str, str]
    scale: Scale | None = None  # instead of the one in bibnotes.yaml

    @classmethod
    def of_process(cls) -> Environment:
        """The surroundings of this process."""
        return cls(Path.cwd(), os.environ)

    @cached_property
    def settings(self) -> config.Settings:
        """What bibnotes.yaml and the variables say. Raises UsageError."""
        settings = config.load(self.folder, self.variables)
        return replace(settings, scale=self.scale) if self.scale else settings

    def language(self, chosen: str | None) -> Language:
        """The language of an option, else of the settings, else of the locale."""
        return config.language_of(chosen or self.settings.language, self.variables)

    @property
    def colour(self) -> bool:
        """Whether colour is welcome on the standard output."""
        return sys.stdout.isatty() and not self.variables.get("NO_COLOR")

    @property
    def asks(self) -> bool:
        """Whether there is a person to ask: somebody who types, and sees the question."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def width(self) -> int | None:
        """The columns of the terminal, None where the output goes elsewhere."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def read_input() -> bytes:
    """All of the standard input; nothing where it is closed."""
    return sys.stdin.buffer.read() if sys.stdin else b""


def utf8(data: bytes, what: str) -> str:
    """Bytes that must be UTF-8 text. Raises UsageError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} is not UTF-8 text", "Convert it to UTF-8.") from error


def counted(number: int, thing: str) -> str:
    """A number of things: 1 paper, 2 papers."""
    return f"{number} {thing}{'s' * (number != 1)}"


def say(message: str) -> None:
    """Tell the user something that is no data."""
    click.echo(harmless(message), err=True)


def say_all(lines: Iterable[object]) -> None:
    """Tell the user several things, a line each."""
    for line in lines:
        say(str(line))


def write(chunks: Iterable[str]) -> None:
    """Write data to the standard output."""
    sys.stdout.writelines(chunks)
    sys.stdout.flush()


def say_some(problems: Sequence[Problem], more: str = "") -> None:
    """Name the first of some problems, and how many there are beyond them."""
    say_all(problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        say(f"… and {len(problems) - _MOST_PROBLEMS} more{more}")


def say_problems(library: Library) -> None:
    """Name what a library could not read."""
    name = "--zotero" if library.address.startswith("zotero-") else library.name
    say_some(library.problems(), f"; bibnotes check {name} shows them all")
