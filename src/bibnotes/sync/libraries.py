"""The two libraries of a sync: read for `plan`, and as they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..agreement import Whole
from ..base import Agreed
from ..bibtex.library import BibLibrary
from ..library import Library
from ..sheets.library import Notes, SheetLibrary
from ..sheets.statement import Statement
from ..zotero.library import ZoteroLibrary
from .meeting import followed
from .planning import Plan
from .sides import Local, Zotero

LocalLibrary = BibLibrary | SheetLibrary


def local_side(library: LocalLibrary) -> Local:
    """What a .bib file or a sheet says, and of which papers that cannot be trusted.

    What a mapping lacks of which it may have a mistyped key is not spoken of, rather than removed.
    """
    damaged = {
        problem.key: f"{problem.source}: {problem.message}"
        for problem in library.problems()
        if problem.key
    }
    if isinstance(library, SheetLibrary):
        slips = {remark.key for remark in library.remarks()}
        said = (one if one.paper.id in slips else _whole(one) for one in library.statements())
        return Local(list(said), damaged, library.headings())
    return Local([Whole(paper) for paper in library.papers()], damaged)


def _whole(statement: Statement) -> Statement:
    """A statement of a sheet; what is left out of a YAML mapping is not there, as in a .bib."""
    if statement.completable:
        return replace(statement, says_priority=True, says_text=True)
    return statement


def zotero_side(library: ZoteroLibrary, known: Iterable[Agreed]) -> Zotero:
    """What a Zotero library says, and what became there of the papers that are known."""
    papers, known = list(library.papers()), list(known)
    ids = {paper.id for paper in papers}
    replaced = library.replaced() if {one.other for one in known} - ids else {}
    base = followed(known, ids, replaced)
    without = {paper.id for paper in papers if not paper.review.text}
    lost = {key: one.note for key, one in base.items() if key in without and one.review.text}
    return Zotero(papers, replaced, library.doubled(), library.released(lost), _in_notation_of)


def _in_notation_of(like: str, text: str) -> str:
    from ..zotero.notation import in_notation_of  # loads the reader of Markdown

    return in_notation_of(like, text)


def noting(library: LocalLibrary, plan: Plan) -> Library:
    """The local library as sync writes it: a sheet notes what was agreed on, and gets papers."""
    if not isinstance(library, SheetLibrary):
        return library
    here = {paper.id for paper in library.papers()}
    new = {step.local.id: step.zotero for step in plan.steps if step.local.id not in here}
    return library.noting(Notes(stamp=True, new=new))
