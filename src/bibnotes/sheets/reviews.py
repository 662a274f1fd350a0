"""A file of reviews, whatever its form: a sheet to be kept, or a listing to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..errors import UsageError
from ..model import FileSource, Paper, Problem
from ..scale import Language, Scale
from .front_matter import YAML_NAMES, is_sheet
from .library import SheetLibrary
from .listing import Listed, decode, looks_like_listing, open_listing
from .statement import Statement, paper_id, read_name, statement_of

Form = Literal["auto", "sheet", "listing"]


@dataclass(frozen=True)
class Reviews:
    """What a file says of papers.

    ``problems`` is what was not read. ``sheet`` is None for a listing, which is never changed.
    ``remarks`` are the lines of a listing that are about no paper, and what in a sheet may
    be meant for a review.
    """

    statements: Sequence[Statement]
    problems: Sequence[Problem] = ()
    sheet: SheetLibrary | None = None
    remarks: Sequence[Problem] = ()


def read_reviews(
    name: str,
    raw: bytes,
    path: Path | None,
    *,
    scale: Scale,
    language: Language,
    form: Form = "auto",
) -> Reviews:
    """The reviews in a file, whose form is told by its content unless ``form`` says it.

    Raises UsageError for what is neither, and for a sheet with mistakes.
    """
    if name.lower().endswith(".bib"):
        raise UsageError(f"{name} is a BibTeX file", "Reviews come from a sheet or a listing.")
    if form == "listing" or (form == "auto" and _is_listing(name, raw)):
        return read_page(name, raw, scale)
    sheet = SheetLibrary(name, raw, path, scale=scale, language=language)
    return Reviews(sheet.statements(), sheet.problems(), sheet, sheet.remarks())


def read_page(name: str, raw: bytes, scale: Scale) -> Reviews:
    """The reviews of a listing. Raises UsageError for what is none."""
    listing = open_listing(name, raw, scale)
    statements = _told_apart([_statement(name, listed) for listed in listing.papers])
    remarks = [Problem(FileSource(name, each.line), each.text) for each in listing.remarks]
    return Reviews(statements, remarks=remarks)


def _told_apart(statements: Sequence[Statement]) -> list[Statement]:
    """The statements with an id each: papers without a title may have the same authors."""
    seen: set[str] = set()
    found = []
    for each in statements:
        paper = each.paper
        if paper.id in seen:
            paper = replace(paper, id=f"{paper.id} ({each.line})")
        seen.add(paper.id)
        found.append(replace(each, paper=paper))
    return found


def _is_listing(name: str, raw: bytes) -> bool:
    if name.lower().endswith(YAML_NAMES) or is_sheet(raw):
        return False
    return looks_like_listing(decode(raw))


def _statement(name: str, listed: Listed) -> Statement:
    """What a page says of a paper; of what it does not mention it says nothing."""
    paper = Paper(
        id=paper_id("", listed.title, listed.authors),
        key="",
        title=listed.title,
        authors=tuple(map(read_name, listed.authors)),
        more_authors=listed.more_authors,
        year=listed.year,
        abstract=listed.abstract,
        url=listed.url,
        review=listed.review,
        source=FileSource(name, listed.line),
    )
    return statement_of(paper, listed.line)
