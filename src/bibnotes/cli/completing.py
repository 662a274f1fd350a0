"""What a shell offers behind a command: citation keys, priorities, collections, styles, files.

An answer must come before the next key is typed. So this module loads little, keys are found by
their heads alone and remembered, and no server is ever asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from ..config import Settings

# The head of an entry; what stands in a value looks like one now and then, which does no harm.
_HEAD = re.compile(
    rb"@[ \t\r\n]*(?!(?i:string|comment|preamble)\b)[A-Za-z][^\s\"#%'(),={}]*[ \t\r\n]*"
    rb"[{(][ \t\r\n]*([^\s,}]+)"
)
_CITED = re.compile(rb"\[@(?:\{([^\n]+?)\}\]|([^\]\s]+)\])")  # in the headings of a sheet
_SAID = re.compile(  # in the mappings of a YAML sheet
    rb"(?m)(?:^[ \t-]*|[{,][ \t]*)[\"']?key[\"']?[ \t]*:[ \t]+"
    rb"(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s,}#\"']+))"
)
_KEY_FORMS = {".bib": _HEAD, ".yaml": _SAID, ".yml": _SAID}
_LIBRARIES = (".bib", ".md", ".markdown", ".yaml", ".yml")
_REMEMBERED = 100_000  # bytes of a file from which on its keys are remembered
_MOST = 500  # a list for the eye, and for one of a large system folder


class _Completed(click.types.StringParamType):
    """Text for which a shell gets proposals; ``named`` is how the outline knows the type."""

    def __init__(self, named: str) -> None:
        self.name = named

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The proposals that begin with what was typed; none where anything is wrong."""
        try:
            return list(_SOURCES[self.name](ctx, param, incomplete))
        except Exception:  # a traceback in the middle of a command line helps nobody
            return []


def _words(ctx: click.Context, param: click.Parameter, incomplete: str) -> Iterator[CompletionItem]:
    """A library in the first place, then keys."""
    given = tuple(ctx.params.get(param.name or "") or ())
    if not given and not ctx.params.get("zotero"):
        yield from _libraries(ctx, param, incomplete)
    keys = _zotero_keys() if ctx.params.get("zotero") else _keys(given)
    yield from _plain(keys, incomplete, without=given)


def _libraries(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> Iterator[CompletionItem]:
    if "/" in incomplete or os.sep in incomplete:
        yield CompletionItem(incomplete, type="file")
        return
    yield from _plain(_names_here(_LIBRARIES), incomplete)


def _files(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> Iterator[CompletionItem]:
    yield CompletionItem(incomplete, type="file")


def _levels(
    _ctx: click.Context, param: click.Parameter, incomplete: str
) -> Iterator[CompletionItem]:
    """Ids, with their labels as help; labels only where one was begun."""
    from ..scale import DEFAULT_SCALE, GROUPS

    settings = _settings()
    scale = settings.scale if settings else DEFAULT_SCALE
    groups = GROUPS.values() if param.multiple else ()  # a filter knows the computed groups too
    for level in (*scale.levels, *groups):
        for word in (level.id, level.label("zh")):
            if word.startswith(incomplete) and (incomplete or word == level.id):
                yield CompletionItem(word, help=level.label("zh"))


def _collections(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> Iterator[CompletionItem]:
    yield from _plain(_kept_of_zotero("SELECT name FROM collections ORDER BY name"), incomplete)


def _styles(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> Iterator[CompletionItem]:
    from ..citing.styles import names

    yield from _plain(sorted(names(os.environ)), incomplete)
    yield from _plain(_names_here((".csl",)), incomplete)


_SOURCES = {
    "words": _words,
    "library": _libraries,
    "file": _files,
    "level": _levels,
    "collection": _collections,
    "style": _styles,
}
TYPES = {name: _Completed(name) for name in _SOURCES}


def _plain(
    names: Iterable[str], incomplete: str, without: Sequence[str] = ()
) -> Iterator[CompletionItem]:
    found = (name for name in names if name.startswith(incomplete) and name not in without)
    for _, name in zip(range(_MOST), found, strict=False):
        yield CompletionItem(name)


def _names_here(endings: tuple[str, ...]) -> list[str]:
    with os.scandir() as files:
        return sorted(file.name for file in files if file.name.endswith(endings))


def _settings() -> Settings | None:
    """What bibnotes.yaml says; to look for it costs nothing where there is none."""
    from ..config_file import find

    if not find(Path.cwd()):
        return None
    from ..config import load

    return load(Path.cwd(), os.environ)


def _keys(given: Sequence[str]) -> list[str]:
    """The keys of the library that the first word names, else of the one that is meant."""
    library = Path(given[0]) if given and Path(given[0]).is_file() else _meant()
    if library is None:
        return []
    stat = library.stat()
    if stat.st_size < _REMEMBERED:
        return _keys_in(library)
    state = f"{stat.st_mtime_ns} {stat.st_size}"
    memory = _memory(library)
    known = memory.read_text("utf-8").split("\n") if memory.is_file() else []
    if known[:1] != [state]:
        known = [state, *_keys_in(library)]
        _remember(memory, "\n".join(known))
    return known[1:]


def _meant() -> Path | None:
    settings = _settings()
    if settings and settings.library:
        return settings.library
    found = _names_here((".bib",))
    return Path(found[0]) if len(found) == 1 else None


def _keys_in(library: Path) -> list[str]:
    data = library.read_bytes()
    form = _KEY_FORMS.get(library.suffix, _CITED)
    keys = [b"".join(found.groups(b"")) for found in form.finditer(data)]
    return list(dict.fromkeys(key.decode("utf-8", "replace") for key in keys))


def _memory(library: Path) -> Path:
    from hashlib import sha256

    from ..state import cache_folder

    name = sha256(os.fsencode(library.resolve())).hexdigest()[:16]
    return cache_folder() / "keys" / name


def _remember(memory: Path, text: str) -> None:
    from .. import files

    files.make_folder(memory.parent)
    files.replace(memory, text.encode(), files.read_if_any(memory), mode=0o600)


def _zotero_keys() -> list[str]:
    return _kept_of_zotero(
        "SELECT citation FROM items WHERE kind = 'paper' AND NOT trashed AND citation != ''"
        " ORDER BY citation"
    )


def _kept_of_zotero(query: str) -> list[str]:
    """What the query finds in all that is kept of Zotero libraries."""
    import sqlite3

    from ..state import cache_folder

    found: dict[str, None] = {}
    for path in sorted((cache_folder() / "zotero").glob("*.sqlite")):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)
        try:
            found |= dict.fromkeys(row[0] for row in database.execute(query) if row[0])
        except sqlite3.Error:
            continue
        finally:
            database.close()
    return list(found)
