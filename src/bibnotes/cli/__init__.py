"""The command line: one module a command, loaded when it is called. No logic lives here."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

from .. import __version__
from ..errors import BibnotesError, UsageError

_COMMANDS = (
    "adopt",
    "attach",
    "check",
    "cite",
    "completion",
    "digest",
    "doctor",
    "export",
    "import",
    "list",
    "login",
    "logout",
    "set",
    "sync",
    "undo",
)
_MODULES = {"import": "import_listing"}  # where the command's name cannot be the module's
_INTERRUPTED = 130
_UNREAD = 141  # as a shell tells of other programs whose output nobody takes: 128 + SIGPIPE
COMPLETION = "_BIBNOTES_COMPLETE"  # the variable that click's scripts for shells set


class _Commands(click.Group):
    """Commands by the name of their module, which is imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS]  # here, list is a module once that command is loaded

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if COMPLETION in os.environ:
            outline = import_module(f"{__name__}.outline")
            outlined: click.Command = outline.command(cmd_name, self._loaded)
            return outlined
        return self._loaded(cmd_name)

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        with _ending_unread():
            return super().make_context(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        with _ending_unread():
            return super().invoke(ctx)

    def _loaded(self, name: str) -> click.Command:
        module = _MODULES.get(name, name)
        command: click.Command = import_module(f"{__name__}.{module}").command
        return command


@contextmanager
def _ending_unread() -> Iterator[None]:
    """Exit where nobody takes the output any more; click, if it came to know, would say error."""
    try:
        yield
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):  # Python writes at its exit what they still hold
            os.dup2(nowhere, stream.fileno())
        sys.exit(_UNREAD)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="bibnotes %(version)s")
def bibnotes() -> None:
    """Keep short reviews and reading priorities where your references live.

    bibnotes reads papers from a BibTeX file or a Zotero library, attaches your reviews and
    priorities to them without disturbing anything else, and prints a digest by priority that can be
    cited from.
    """


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 error, 2 usage, 3 to 7 as in bibnotes.errors.

    130 is for an interruption, 141 for output that nobody takes any more.
    """
    gc.disable()  # a run is short and makes no garbage in cycles: looking for it costs a quarter
    _speak_utf8()
    with _ending_unread():
        _run()


def _run() -> NoReturn:
    try:
        _require_text(sys.argv[1:])
        sys.exit(bibnotes.main(prog_name="bibnotes", standalone_mode=False))
    except BibnotesError as error:
        _fail(error.message, error.hint, error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stop:
        _fail("interrupted", _what_is_known(stop), _INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as error:
        _fail(f"the system refuses: {error.strerror or error}", "Was there room for the output?", 1)
    except Exception as error:
        if os.environ.get("BIBNOTES_DEBUG"):
            raise
        defect = f"this is a defect of bibnotes: {type(error).__name__}: {error}"
        _fail(defect, "Please report it. With BIBNOTES_DEBUG=1 it shows where it happened.", 1)


def _require_text(words: list[str]) -> None:
    for word in words:
        if not word.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise UsageError(f"An argument is not text in this locale's encoding: {word!a}")


def _what_is_known(stop: BaseException) -> str:
    """What an interrupt says of the run that it stopped; click puts its own error before it."""
    interrupt = stop.__cause__ or stop
    return str(interrupt) if isinstance(interrupt, KeyboardInterrupt) else ""


def _fail(message: str, hint: str, exit_code: int) -> NoReturn:
    from .environment import say

    say(f"bibnotes: {message}")
    if hint:
        say(hint)
    sys.exit(exit_code)


def _speak_utf8() -> None:
    """Write UTF-8 and plain line feeds, whatever the system's habits; never fail on a character."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123  # closed by the caller
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            terminal = stream.isatty()
            stream.reconfigure(
                encoding=None if terminal else "utf-8",
                errors="replace" if terminal else "backslashreplace",
                newline=None if terminal else "\n",
            )
