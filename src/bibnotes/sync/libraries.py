"""The two libraries of a sync, read for `plan`; and the papers that a sheet is to get."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..agreement import Whole
from ..base import Agreed
from ..bibtex.library import BibLibrary
from ..library import Library
from ..model import Change, Paper, Review, ZoteroSource
from ..sheets.library import Notes, SheetLibrary
from ..sheets.statement import Statement
from ..zotero.library import ZoteroLibrary
from .met import Step
from .planning import Plan
from .sides import Local, Zotero

LocalLibrary = BibLibrary | SheetLibrary


def local_side(library: LocalLibrary) -> Local:
    """What a .bib file or a sheet says, and of which papers that cannot be trusted."""
    damaged = {
        problem.key: f"{problem.source}: {problem.message}"
        for problem in library.problems()
        if problem.key
    }
    if isinstance(library, SheetLibrary):
        return Local([*map(_whole, library.statements())], damaged)
    return Local([Whole(paper) for paper in library.papers()], damaged)


def _whole(statement: Statement) -> Statement:
    """A statement of a sheet; what is left out of a YAML mapping is not there, as in a .bib."""
    if statement.completable:
        return replace(statement, says_priority=True, says_text=True)
    return statement


def zotero_side(library: ZoteroLibrary, known: Iterable[Agreed]) -> Zotero:
    """What a Zotero library says, and what became there of the papers that are known."""
    papers, known = list(library.papers()), list(known)
    texts = {one.other: one for one in known if one.review.text}
    without = [paper.id for paper in papers if paper.id in texts and not paper.review.text]
    return Zotero(
        papers,
        library.replaced() if {one.other for one in known} - {paper.id for paper in papers} else {},
        library.doubled(),
        library.released({item: texts[item].note for item in without}),
        _in_notation_of,
    )


def _in_notation_of(like: str, text: str) -> str:
    from ..zotero.notation import in_notation_of  # loads the reader of Markdown

    return in_notation_of(like, text)


def widened(plan: Plan, sheet: SheetLibrary, wanted: Callable[[Paper], bool]) -> Plan:
    """Plan to add to a sheet the wanted papers that only Zotero has.

    One that may be what a doubtful paper of the sheet means is not added.
    """
    doubtful = {each.paper.id for doubt in plan.doubts for each in doubt.candidates}
    steps: list[Step] = []
    ids: set[str] = set()
    rest: list[Paper] = []
    for paper in plan.only_zotero:
        said = sheet.new(paper) if wanted(paper) and paper.id not in doubtful else None
        if not said or said.paper.id in ids:
            rest.append(paper)
            continue
        key, review = said.paper.id, said.paper.review
        ids.add(key)
        note = paper.source.note if isinstance(paper.source, ZoteroSource) else None
        agreed = Agreed(key, paper.id, review, said.base, paper.title, note=note)
        change = Change(key, Review(), review)
        steps.append(Step(replace(said.paper, review=Review()), paper, change, None, agreed, None))
    return replace(plan, steps=(*plan.steps, *steps), only_zotero=tuple(rest))


def noting(library: LocalLibrary, plan: Plan) -> Library:
    """The local library as sync writes it: a sheet notes what was agreed on, and gets papers."""
    if not isinstance(library, SheetLibrary):
        return library
    here = {paper.id for paper in library.papers()}
    new = {step.local.id: step.zotero for step in plan.steps if step.local.id not in here}
    return library.noting(Notes(stamp=True, new=new))
