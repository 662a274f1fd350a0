"""The libraries of a sync, as they are read and written."""

from __future__ import annotations

from pathlib import Path

from bibnotes import sync
from bibnotes.bibtex.library import BibLibrary
from bibnotes.model import Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import SheetLibrary
from bibnotes.sync import Local, Zotero
from bibnotes.sync.libraries import local_side, noting

from .setting import BASE, NEW, known, there


def sheet(text: str, name: str) -> SheetLibrary:
    return SheetLibrary(name, text.encode(), scale=DEFAULT_SCALE, language="en")


def bib(path: Path, text: str) -> BibLibrary:
    path.write_text(text)
    return BibLibrary.open(path, scale=DEFAULT_SCALE, language="en")


def says(side: Local) -> list[tuple[Review, bool, bool]]:
    return [(one.paper.review, one.says_priority, one.says_text) for one in side.statements]


def test_what_a_yaml_mapping_leaves_out_is_not_there() -> None:
    side = local_side(sheet("- key: a\n  priority: skim\n", "sheet.yaml"))
    assert says(side) == [(Review("skim"), True, True)]


def test_below_a_heading_of_the_users_own_no_priority_is_said() -> None:
    side = local_side(sheet("---\nbibnotes: 1\n---\n## Mine\n### Title\n\n> text\n", "sheet.md"))
    assert says(side) == [(Review(None, "text"), False, True)]


def test_a_damaged_entry_is_told_with_its_place(tmp_path: Path) -> None:
    library = bib(tmp_path / "refs.bib", "@book{a, title = {A}}\n@book{a, title = {B}}\n")
    assert "refs.bib:2" in local_side(library).damaged["a"]


def test_a_bib_file_is_written_as_it_is_and_a_sheet_notes_what_was_agreed(tmp_path: Path) -> None:
    plan = sync.plan(Local([]), Zotero([there(NEW)]), [known(BASE)], DEFAULT_SCALE)
    library = bib(tmp_path / "refs.bib", "")
    assert noting(library, plan) is library
    assert noting(sheet("- key: a\n", "sheet.yaml"), plan) is not library
