"""What bibtex(1) makes of a .bib file: asked of the program itself, by a style that dumps it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bibnotes.bibtex.source import MONTHS

BIBTEX = shutil.which("bibtex")

# write$ breaks long lines and drops white space at their ends: text leaves in pieces between bars.
_STYLE = r"""
ENTRY { %(fields)s } {} {}
INTEGERS { i }
FUNCTION {dump} {
  #1 'i :=
  { duplicate$ i #60 substring$ duplicate$ "" = { #0 } { #1 } if$ }
  { "|" swap$ * "|" * write$ newline$ i #60 + 'i := }
  while$
  pop$ pop$
}
FUNCTION {dump.entry} {
  "ENTRY" write$ newline$ type$ dump
  "KEY" write$ newline$ cite$ dump
%(dumps)s
}
FUNCTION {default.type} { dump.entry }
%(months)s
READ
ITERATE {call.type$}
"""
_FIELD = """  %(name)s missing$ {} {
    "FIELD" write$ newline$ "%(name)s" dump "=" write$ newline$ %(name)s dump } if$"""
_IDENTIFIER = re.compile(rb"[^\x00-\x20\x7f\"#%'(),={}0-9][^\x00-\x20\x7f\"#%'(),={}]*")


@dataclass(frozen=True)
class Dumped:
    """One entry as bibtex read it; values have their macros expanded and white space folded."""

    type: bytes
    key: bytes
    fields: dict[bytes, bytes]


def dump(data: bytes, folder: Path, fields: Iterable[bytes]) -> tuple[list[Dumped], str]:
    """Bibtex's entries of ``data``, with the named fields of each, and what it printed."""
    names = sorted({name.lower() for name in fields if _IDENTIFIER.fullmatch(name)} - {b"crossref"})
    dumps = b"\n".join(_FIELD.encode() % {b"name": name} for name in names)
    months = b"\n".join(b'MACRO {%b} {"%b"}' % month for month in MONTHS.items())
    style = _STYLE.encode() % {b"fields": b" ".join(names), b"dumps": dumps, b"months": months}
    (folder / "dump.bst").write_bytes(style)
    # After an error on the last line bibtex does not look at the rest of that line.
    (folder / "case.bib").write_bytes(data + b"\n\n%\n")
    (folder / "case.aux").write_text("\\citation{*}\n\\bibstyle{dump}\n\\bibdata{case}\n")
    (folder / "case.bbl").unlink(missing_ok=True)
    run = subprocess.run(
        [str(BIBTEX), "-min-crossrefs=30000", "case"],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    bbl = folder / "case.bbl"
    return _parse(bbl.read_bytes() if bbl.exists() else b""), run.stdout.decode("latin-1")


def _parse(bbl: bytes) -> list[Dumped]:
    entries: list[Dumped] = []
    for block in re.split(rb"(?m)^ENTRY\n", bbl)[1:]:
        kind, _, rest = block.partition(b"KEY\n")
        key, *fields = re.split(rb"(?m)^FIELD\n", rest)
        pairs = (field.partition(b"=\n") for field in fields)
        entries.append(
            Dumped(_join(kind), _join(key), {_join(name): _join(value) for name, _, value in pairs})
        )
    return entries


def _join(lines: bytes) -> bytes:
    return b"".join(re.findall(rb"\|(.{1,60})\|\n", lines, re.DOTALL))
