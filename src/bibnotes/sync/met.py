"""One paper that both sides have: what becomes of its review."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from .. import agreement
from ..agreement import Statement, agreed_text, completed
from ..base import Agreed
from ..match import Pair
from ..merge import Merged, contains, settled
from ..model import Change, Paper, Review, ZoteroSource
from ..reread import Reread
from ..scale import Scale
from .sides import Local, Notation, Settlement, Side, Zotero

_RELEASED = "its note in Zotero does not carry the tag of your review any more"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a pair: a change on either side or none, and what both agree on then."""

    local: Paper
    zotero: Paper
    to_local: Change | None
    to_zotero: Change | None
    agreed: Agreed
    known: Agreed | None  # what both agreed on before

    @property
    def changes(self) -> list[Change]:
        """The changes that there are."""
        return [change for change in (self.to_local, self.to_zotero) if change]

    @property
    def until_made(self) -> Agreed | None:
        """What is agreed until the changes are made: nobody removed what they bring back."""
        known = self.known
        sides: tuple[tuple[Side, Change | None], ...]
        sides = ("local", self.to_local), ("zotero", self.to_zotero)
        for side, change in sides:
            if known and change and _brings_back(change, known.review):
                known = known.missed_on(side)
        return known


@dataclass(frozen=True, slots=True)
class Conflict:
    """A paper on which a person must be asked; ``reason`` is set where it is not the reviews.

    One that is ``unclear`` on a side no answer settles: something has to be put right there first.
    Where a note was ``released``, preferring Zotero does not settle it; ``notes`` are then those of
    the item that are nobody's review, with their texts.
    """

    local: Paper
    zotero: Paper
    here: Review
    there: Review
    merged: Merged
    known: Agreed | None
    reason: str = ""
    unclear: Side | None = None
    notes: Mapping[str, str] | None = None

    @property
    def released(self) -> bool:
        """Whether the note that held the text is not tagged any more."""
        return self.notes is not None

    @property
    def is_only_named(self) -> bool:
        """Whether nothing is agreed of the pair but that the user named it one."""
        return bool(self.known and self.known.missed == "both" and not self.known.review)

    @property
    def released_text(self) -> str:
        """What that note says now and the local file does not.

        "" also where it is somebody else's review or not known.
        """
        note = self.known.note if self.known else None
        text = (self.notes or {}).get(note or "", "")
        return "" if text == self.here.text else text


@dataclass(frozen=True, slots=True)
class Met:
    """A pair of papers: what each side says, in the local notation."""

    statement: Statement
    zotero: Paper
    here: Review
    there: Review
    known: Agreed | None
    base: Agreed | None  # ``known`` without what can be no removal
    notes: Mapping[str, str] | None = None  # of an item whose note was released

    @classmethod
    def of(
        cls,
        statement: Statement,
        found: Pair,
        known: Agreed | None,
        zotero: Zotero,
        reread: Reread | None,
    ) -> Met:
        """Bring what was paired into one notation."""
        own, there = statement.paper.review, found.right.review
        had = known.review.text if known else ""
        there = replace(there, text=_in_notation(zotero.notation, there.text, had, own.text))
        here = completed(statement, there)
        lost = bool(had and here.text and not there.text)
        notes = zotero.released.get(found.right.id) if lost else None
        if notes:
            notation = zotero.notation
            notes = {key: _in_notation(notation, notes[key], had, own.text) for key in notes}
        if known:
            known = replace(known, local=statement.paper.id)
        if known and reread:
            known = replace(known, review=reread.met(known.review, here, there))
        base = _believed(known, here, there) if known else None
        return cls(statement, found.right, here, there, known, base, notes)

    @property
    def released(self) -> bool:
        """Whether the note that held the text is not tagged any more."""
        return self.notes is not None

    @property
    def local(self) -> Paper:
        """The local paper."""
        return self.statement.paper

    def merged(self, scale: Scale, doubted: Collection[Side] = ()) -> Merged:
        """What both make together; what the ``doubted`` sides lack, nobody removed there.

        Nor did anybody remove the text of a note that was released: that is a conflict.
        """
        sides: dict[Side, Review] = {"local": self.here, "zotero": self.there}
        merged = agreement.merged(
            self.statement,
            self.here,
            self.there,
            self.base,
            scale,
            doubted=[sides[side] for side in (doubted if self.known else sides)],
            two_way=True,
        )
        if self.released:
            review = replace(merged.review, text=self.here.text)
            return replace(merged, review=review, text_conflict=True)
        return merged

    def conflict(
        self, merged: Merged, answer: Settlement | None, local: Local, zotero: Zotero
    ) -> Conflict | None:
        """The conflict over the pair, unless there is none or it is settled."""
        unclear, reason = self._unclear(merged, local, zotero)
        if not reason:
            reason = _RELEASED if self.released else ""
        if not (merged.conflict or reason) or (answer is not None and not unclear):
            return None
        reviews = (self.local, self.zotero, self.here, self.there)
        return Conflict(*reviews, merged, self.known, reason, unclear, self.notes)

    def _unclear(self, merged: Merged, local: Local, zotero: Zotero) -> tuple[Side | None, str]:
        """The side that cannot be told or written, so that no answer helps, and why."""
        if self.zotero.id in zotero.unclear:
            return "zotero", zotero.unclear[self.zotero.id]
        same = not merged.conflict and merged.review == self.here == self.there
        if self.local.id in local.damaged and not same:
            return "local", local.damaged[self.local.id]
        return None, ""

    def settlement(self, answer: Settlement | None, prefer: Side | None) -> Settlement | None:
        """Whose review counts: as answered for this paper, else as for all of them.

        That Zotero's is preferred is no answer to whether a text goes whose note was released.
        """
        if answer is None and not (self.released and prefer == "zotero"):
            return prefer
        return answer

    def outcome(self, merged: Merged, answer: Settlement | None) -> Review:
        """The review that both sides are to have."""
        if isinstance(answer, Review) and merged.conflict:
            return answer
        return settled(merged, self.here, self.there, take_one=answer == "local")

    def step(self, review: Review, notation: Notation) -> Step:
        """What has to be written so that both sides have this review."""
        own, statement = self.local.review, self.statement
        here = _written(own, review)
        if not statement.says_priority:
            here = replace(here, priority=own.priority, also=own.also)
        if not statement.says_text:
            here = replace(here, text=own.text)
        there = _written(self.zotero.review, review)
        if _says(notation, review.text, self.zotero.review.text):
            there = replace(there, text=self.zotero.review.text)
        to_local, to_zotero = self._local_change(here), _change(self.zotero, there)
        if to_zotero and self.released:
            to_zotero = self._retagging(to_zotero, notation)
        source = self.zotero.source
        agreed = Agreed(
            self.local.id,
            self.zotero.id,
            Review(review.priority, agreed_text(statement, review.text, self.known)),
            self._mark(to_local),
            self.local.title,
            self.zotero.title,
            note=source.note if isinstance(source, ZoteroSource) and review.text else None,
        )
        return Step(self.local, self.zotero, to_local, to_zotero, agreed, self.known)

    def _mark(self, to_local: Change | None) -> str | None:
        """The hash in the heading then: one is written with a text that is told."""
        said = self.statement
        stamps = said.stamps and said.says_text
        return to_local.after.digest() if to_local and stamps else said.base

    def _retagging(self, change: Change, notation: Notation) -> Change:
        """A change for which a note gets its tag back, if all that it says is in the new text."""
        notes, text = self.notes or {}, change.after.text
        for key, own in notes.items():
            if _says(notation, text, own):
                return replace(change, adopts=key)
        released = self.known.note if self.known else None
        own = notes.get(released or "", "")
        if own and contains(text, own):
            return replace(change, adopts=released, rewrites=own)
        return change

    def _local_change(self, after: Review) -> Change | None:
        """The change to the local file; to the same review where its stamp is of an older one."""
        statement, own = self.statement, self.local
        whole = statement.says_priority and statement.says_text
        if whole and statement.base and statement.base != after.digest():
            return Change(own.id, own.review, after)
        return _change(own, after)


def _believed(known: Agreed, here: Review, there: Review) -> Agreed:
    """What was agreed, without what reads otherwise on a side that missed the paper."""
    if known.missed in ("local", "both"):
        known = replace(known, review=known.as_far_as(here))
    if known.missed in ("zotero", "both"):
        known = replace(known, review=known.as_far_as(there))
    return known


def _brings_back(change: Change, had: Review) -> bool:
    """Whether a change gives a side a text or a priority again that it lacks, and both had."""
    before, after = change.before, change.after
    text = had.text and after.text and not before.text
    return bool(text or (had.priority and after.priority and not before.priority))


def _change(paper: Paper, after: Review) -> Change | None:
    return Change(paper.id, paper.review, after) if after != paper.review else None


def _written(own: Review, review: Review) -> Review:
    """The review that a side is to have; further levels stay until the priority is set anew."""
    also = own.also if own.priority == review.priority else ()
    return Review(review.priority, review.text, also)


def _in_notation(notation: Notation, text: str, had: str, own: str) -> str:
    """Zotero's text as both sides had it, or as the local one has it, if that says the same."""
    if not text or text in (had, own):
        return text
    for like in (had, own):
        if like and _says(notation, like, text):
            return like
    return notation(had or own, text) if had or own else text


def _says(notation: Notation, text: str, other: str) -> bool:
    return text == other or bool(text and other and notation(text, other) == text)
