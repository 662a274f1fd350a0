"""A sheet of what Zotero has: made, or given the papers that it has not yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ..base import Agreed
from ..digest.build import build, default_title
from ..digest.markdown import render
from ..merge import Merged
from ..model import Change, Paper, Review, ZoteroSource
from ..scale import Language, Scale
from ..sheets.front_matter import YAML_NAMES
from ..sheets.library import SheetLibrary
from ..sheets.statement import Statement, statement_of
from ..sheets.yaml import render_yaml
from .met import Conflict, Step
from .planning import Namesake, Plan
from .sides import Zotero


def new_sheet(
    name: str, library: str, papers: Iterable[Paper], *, scale: Scale, language: Language
) -> str:
    """The text of a sheet of this file name, with papers of a Zotero library: YAML or a digest."""
    if name.lower().endswith(YAML_NAMES):
        said = (statement_of(replace(paper, abstract="")) for paper in papers)
        return render_yaml(said, scale=scale, language=language)
    title = default_title([library], language)
    return "".join(render(build(papers, scale=scale, language=language, title=title)))


def namesakes(papers: Iterable[Paper]) -> dict[str, Namesake]:
    """Those of the papers whose citation key another one has too, by item key."""
    by_key: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_key[paper.key].append(paper)
    return {
        one.id: Namesake(one, tuple(other.id for other in group if other is not one))
        for group in by_key.values()
        if len(group) > 1
        for one in group
    }


def widened(
    plan: Plan, sheet: SheetLibrary, zotero: Zotero, wanted: Callable[[Paper], bool]
) -> Plan:
    """Plan to add to a sheet the wanted papers that only Zotero has.

    Not added are namesakes, since a sheet knows a paper by its citation key; nor one whose review
    is unclear in Zotero, which is a conflict.
    """
    apart = _apart(plan, zotero, wanted)
    steps: list[Step] = []
    conflicts: list[Conflict] = []
    ids: set[str] = set()
    rest: list[Paper] = []
    for paper in plan.only_zotero:
        said = sheet.new(paper) if wanted(paper) and paper.id not in apart else None
        if not said or said.paper.id in ids:
            rest.append(paper)
            continue
        ids.add(said.paper.id)
        if paper.id in zotero.unclear:
            conflicts.append(_unclear(said, paper, zotero.unclear[paper.id]))
        else:
            steps.append(_added(said, paper))
    return replace(
        plan,
        steps=(*plan.steps, *steps),
        conflicts=(*plan.conflicts, *conflicts),
        only_zotero=tuple(paper for paper in rest if paper.id not in apart),
        namesakes=tuple(apart[paper.id] for paper in rest if paper.id in apart),
    )


def _apart(plan: Plan, zotero: Zotero, wanted: Callable[[Paper], bool]) -> Mapping[str, Namesake]:
    """The wanted papers that have a citation key of another one, or that the sheet has of one."""
    here: list[Step | Conflict] = [*plan.steps, *plan.conflicts]
    holders = {one.local.id: one.zotero.id for one in here}
    held = {
        paper.id: Namesake(paper, (holders[paper.key],))
        for paper in filter(wanted, plan.only_zotero)
        if paper.key in holders
    }
    return held | namesakes(filter(wanted, zotero.papers))


def _added(said: Statement, paper: Paper) -> Step:
    key, review = said.paper.id, said.paper.review
    note = paper.source.note if isinstance(paper.source, ZoteroSource) else None
    agreed = Agreed(key, paper.id, review, said.base, paper.title, paper.title, note=note)
    local = replace(said.paper, review=Review())
    return Step(local, paper, Change(key, Review(), review), None, agreed, None)


def _unclear(said: Statement, paper: Paper, reason: str) -> Conflict:
    local = replace(said.paper, review=Review())
    merged = Merged(said.paper.review)
    return Conflict(local, paper, Review(), paper.review, merged, None, reason, unclear="zotero")
