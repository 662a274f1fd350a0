"""Write docs/reference.md from the commands' own help; --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bibnotes.cli import bibnotes

PAGE = Path(__file__).with_name("reference.md")
HEAD = """# Commands

This page is made from `--help` by `docs/make_reference.py`.
"""


def page() -> str:
    """The help of every command, in the order of `bibnotes --help`."""
    context = click.Context(bibnotes, info_name="bibnotes", terminal_width=90)
    parts = [HEAD, _section("bibnotes", bibnotes.get_help(context))]
    for name in bibnotes.list_commands(context):
        command = bibnotes.get_command(context, name)
        if command:
            inner = click.Context(command, context, info_name=name, terminal_width=90)
            parts.append(_section(f"bibnotes {name}", command.get_help(inner)))
    return "\n".join(parts)


def _section(name: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {name}\n\n```text\n{lines}\n```\n"


def main() -> None:
    """Write the page, or tell that it is out of date."""
    made = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(made, encoding="utf-8", newline="\n")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
        sys.exit("docs/reference.md is out of date: run python docs/make_reference.py")


if __name__ == "__main__":
    main()
