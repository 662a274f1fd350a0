"""A table of papers for the eye: priority, key, authors, year and title, one paper a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wcwidth import clip, wcswidth

from .escape import one_line
from .model import EAST_ASIAN, Name, Paper
from .scale import DEFAULT_SCALE, REVIEWED, UNREAD, Language, Scale, group_label
from .search import group_of

_GAP = "  "
_PRIORITY, _KEY, _AUTHORS, _YEAR, _TITLE = range(5)
# The widest that these columns are on a terminal; then who gives way, in turn, and how far.
_CAPS = {_PRIORITY: 24, _KEY: 40, _AUTHORS: 24, _YEAR: 9}
_FLOORS = (
    (_TITLE, 24),
    (_AUTHORS, 10),
    (_KEY, 12),
    (_TITLE, 12),
    *((column, 6) for column in (_PRIORITY, _AUTHORS, _KEY, _TITLE)),
    *((column, 1) for column in (_PRIORITY, _AUTHORS, _YEAR, _KEY, _TITLE)),
)
# What a terminal is told for the levels, from the highest: bold red, yellow, cyan.
_COLOURS = ("1;31", "33", "36")


def table(
    papers: Iterable[Paper],
    *,
    scale: Scale = DEFAULT_SCALE,
    language: Language = "en",
    width: int | None = None,
    colour: bool = False,
) -> Iterator[str]:
    """Lines of at most ``width`` terminal columns (None: nothing is cut), each with its line feed.

    Papers that are not yet reviewed leave the first column empty.
    """
    labels = {level.id: level.label(language) for level in scale.levels}
    labels |= {REVIEWED: group_label(REVIEWED, language), UNREAD: ""}
    ids = [level.id for level in scale.levels]
    colours = dict(zip(ids, _COLOURS, strict=False)) if colour else {}
    groups, rows = [], []
    for paper in papers:
        group = group_of(paper.review)
        groups.append(group)
        rows.append(_row(paper, labels.get(group, group), language))
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if widths and width is not None:
        widths = _fitted(widths, width)
    for group, row in zip(groups, rows, strict=True):
        yield _line(row, widths, colours.get(group))


def _row(paper: Paper, label: str, language: Language) -> tuple[str, ...]:
    cells = (label, paper.key, _authors(paper, language), paper.year, paper.title)
    return tuple(map(one_line, cells))


def _authors(paper: Paper, language: Language) -> str:
    names = [_short(name) for name in paper.authors[:2]]
    if len(paper.authors) > 2 or (names and paper.more_authors):
        return names[0] + _et_al(names[0], language)
    return " & ".join(names)


def _short(name: Name) -> str:
    if EAST_ASIAN.match(name.family):
        return name.family + name.given
    return f"{name.prefix} {name.family}" if name.prefix else name.family


def _et_al(name: str, language: Language) -> str:
    if language == "en":
        return " et al."
    return "等" if EAST_ASIAN.match(name) else " 等"


def _columns(text: str) -> int:
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def _fitted(widths: Sequence[int], width: int) -> list[int]:
    fitted = [min(natural, _CAPS.get(column, natural)) for column, natural in enumerate(widths)]
    gaps = max(sum(1 for natural in fitted if natural) - 1, 0)
    excess = sum(fitted) + gaps * len(_GAP) - width
    for column, floor in _FLOORS:
        cut = max(min(excess, fitted[column] - floor), 0)
        fitted[column] -= cut
        excess -= cut
    return fitted


def _line(row: Sequence[str], widths: Sequence[int], colour: str | None) -> str:
    cells = [_cell(text, width) for text, width in zip(row, widths, strict=True)]
    if colour:
        label = cells[_PRIORITY].rstrip()
        cells[_PRIORITY] = f"\x1b[{colour}m{label}\x1b[0m{cells[_PRIORITY][len(label) :]}"
    return _GAP.join(cell for cell in cells if cell).rstrip() + "\n"


def _cell(text: str, width: int) -> str:
    columns = _columns(text)
    if columns > width:
        text = clip(text, 0, width - 1).rstrip() + "…"
        columns = _columns(text)
    return text + " " * (width - columns)
