"""A sheet that is made of what Zotero has, and one that gets what it has not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from bibnotes import sync
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import SheetLibrary
from bibnotes.sync import Plan, Zotero
from bibnotes.sync.libraries import local_side
from bibnotes.sync.sheet import new_sheet, widened

from .setting import NEW, TITLES, there

HEAD = "---\nbibnotes: 1\n---\n"


def sheet(text: str, name: str = "sheet.md") -> SheetLibrary:
    return SheetLibrary(name, text.encode(), scale=DEFAULT_SCALE, language="en")


def plan_of(text: str, zotero: Iterable[Paper], **zotero_too: Mapping[str, str]) -> Plan:
    library = sheet(text)
    remote = Zotero(list(zotero), **zotero_too)
    plan = sync.plan(local_side(library), remote, [], DEFAULT_SCALE)
    return widened(plan, library, remote, lambda paper: bool(paper.review))


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


def test_a_paper_with_two_notes_is_a_conflict_and_not_added() -> None:
    plan = plan_of(HEAD, [there(NEW)], unclear={"ITEM0000": "2 notes are tagged bibnotes"})
    assert (plan.to_local, plan.only_zotero) == ([], ())
    (conflict,) = plan.conflicts
    assert (conflict.reason, conflict.unclear) == ("2 notes are tagged bibnotes", "zotero")


def test_of_papers_with_one_citation_key_none_is_added() -> None:
    twin, bare = (Paper(item, "key0", title=item, review=NEW) for item in ("TWIN0001", "BARE0001"))
    plan = plan_of(HEAD, [there(NEW), twin, replace(bare, review=Review()), there(NEW, 1)])
    assert [change.paper for change in plan.to_local] == ["key1"]
    assert [(one.paper.id, one.others) for one in plan.namesakes] == [
        ("ITEM0000", ("TWIN0001",)),
        ("TWIN0001", ("ITEM0000",)),
    ]


@pytest.mark.parametrize("name", ["new.md", "new.yaml"])
def test_a_new_sheet_says_what_zotero_says(name: str) -> None:
    papers = [there(NEW), there(Review(), 1)]
    text = new_sheet(name, "A library", papers, scale=DEFAULT_SCALE, language="zh")
    assert [one.paper.review for one in sheet(text, name).statements()] == [NEW, Review()]
