"""The libraries of a sync as they are: a sheet that is read, and papers that it is to get."""

from __future__ import annotations

from collections.abc import Iterable

from bibnotes import sync
from bibnotes.base import Agreed
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import SheetLibrary
from bibnotes.sync import Plan, Zotero
from bibnotes.sync.libraries import local_side, widened

from .setting import NEW, TITLES, there

HEAD = "---\nbibnotes: 1\n---\n"


def sheet(text: str, name: str = "sheet.md") -> SheetLibrary:
    return SheetLibrary(name, text.encode(), scale=DEFAULT_SCALE, language="en")


def plan_of(text: str, zotero: Iterable[Paper], known: Iterable[Agreed] = ()) -> Plan:
    library = sheet(text)
    plan = sync.plan(local_side(library), Zotero(list(zotero)), known, DEFAULT_SCALE)
    return widened(plan, library, lambda paper: bool(paper.review))


def test_a_sheet_gets_the_papers_that_only_zotero_has() -> None:
    plan = plan_of(HEAD, [there(NEW), there(Review(), 1)])
    assert [change.paper for change in plan.to_local] == ["key0"]
    assert [paper.id for paper in plan.only_zotero] == ["ITEM0001"]


def test_a_paper_that_the_sheet_has_twice_is_not_added_a_third_time() -> None:
    section = f"\n### {TITLES[0]} 0\n\n> text\n"
    plan = plan_of(HEAD + section * 2, [there(NEW)])
    assert len(plan.repeated) == 2
    assert (plan.to_local, plan.only_zotero, plan.only_local) == ([], (), ())


def test_a_paper_that_a_section_may_mean_is_not_added() -> None:
    """Two items have the title of the section; which is meant, nobody knows."""
    twin = Paper("TWIN0001", "twin", title=there(NEW).title, review=Review(None, "twin"))
    plan = plan_of(HEAD + f"\n### {TITLES[0]} 0\n\n> text\n", [there(NEW), twin])
    assert len(plan.doubts) == 1
    assert (plan.to_local, plan.only_zotero) == ([], ())
