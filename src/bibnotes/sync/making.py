"""How a plan is made: Zotero first, then the local file, then the base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ..base import Agreed
from ..model import UNMADE, Change, Outcome
from ..zotero.edits import written_note
from .planning import Plan


@dataclass
class Done:
    """What became of a plan, change by change."""

    sent: list[Outcome] = field(default_factory=list)
    taken: list[Outcome] = field(default_factory=list)

    @property
    def unmade(self) -> list[Outcome]:
        """The changes that could not be made."""
        return [one for one in (*self.sent, *self.taken) if one.status in UNMADE]


Write: TypeAlias = Callable[[list[Change]], list[Outcome]]
Save: TypeAlias = Callable[[list[Agreed]], None]


def apply(plan: Plan, send: Write, take: Write, save: Save) -> Done:
    """Make a plan: ``send`` to Zotero first, then ``take`` into the local file, ``save`` the base.

    A run that dies in between, and one that is repeated, ends where one whole run would: what was
    made already is found to be what both sides say. What cannot be made on one side is not made on
    the other, and the base does not speak of it. Where something is brought back to a side that
    lacks it, the base is saved before too: what is not back yet then, nobody has removed. Raises
    what the three raise.
    """
    before = [step.until_made for step in plan.steps]
    if before != [step.known for step in plan.steps]:
        save([*filter(None, before), *plan.kept])
    done = Done(sent=send(plan.to_zotero))
    unmade = {one.change.paper for one in done.unmade}
    sent = [step for step in plan.steps if step.zotero.id not in unmade]
    done.taken = take([step.to_local for step in sent if step.to_local])
    unmade = {one.change.paper for one in done.taken if one.status in UNMADE}
    agreed = {step.zotero.id for step in sent if step.local.id not in unmade}
    notes = {one.change.paper: written_note(one.restore) for one in done.sent}
    after = [
        _noted(step.agreed, notes) if step.zotero.id in agreed else until_made
        for step, until_made in zip(plan.steps, before, strict=True)
    ]
    save([*filter(None, after), *plan.kept])
    return done


def _noted(agreed: Agreed, notes: Mapping[str, str | None]) -> Agreed:
    """What was agreed on, with the note that holds the text now."""
    note = notes.get(agreed.other)
    return replace(agreed, note=note) if note and agreed.review.text else agreed
