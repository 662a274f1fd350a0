"""Which objects change in a Zotero library so that papers say what they are to say.

Planning asks nobody: it looks at a snapshot. What was planned on older versions than the server
has is refused there, and planned anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import count

from ..model import Change, Json, Outcome, Review, Status
from .cache import NoteRow
from .derived_keys import derived_key
from .edits import Item, Note, Tags, restored, retagged, tagged, way_back
from .note_html import lost, normal, said, to_html
from .snapshot import Snapshot
from .style import Style

_MOST_CHARACTERS = 500_000  # of a note on the web
_SAFE_BYTES = 250_000  # of a note on the web: some releases of its cleaner take no more
_LONGEST_TAG = 255
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # by Zotero, when it stores


class _LeftError(Exception):
    """Why a part of a review has to be left as it is."""

    status: Status


class _RefusedError(_LeftError):
    """It cannot be written."""

    status = Status.REFUSED


class _StaleError(_LeftError):
    """It is not as it was any more."""

    status = Status.CHANGED


class _Part(Enum):
    """A priority or a text, seen from the change that is to set it."""

    STANDS = "stands"  # it is as the change wants it
    OPEN = "open"  # it is as the change expects it
    OTHER = "other"


PRIORITY, TEXT = "priority", "text"
"""The parts of a review."""

_BACK = {PRIORITY: "tags", TEXT: "note"}  # where ``way_back`` has each


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one change.

    ``stands``: the parts that are already as it sets them. ``note``: the one that holds the review.
    Of a change that takes something back and has to leave a part, ``outcome`` has the change of
    the other part, and as its reason why.
    """

    outcome: Outcome
    stands: frozenset[str] = frozenset()
    note: str | None = None

    @property
    def parts(self) -> frozenset[str]:
        """The parts that it sets."""
        change = self.outcome.change
        sets = {PRIORITY: change.sets_priority, TEXT: change.sets_text}
        return frozenset(part for part, is_set in sets.items() if is_set)


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """A paper before and after all its changes, and the text if one is set."""

    before: Item
    after: Item
    text: str | None = None


@dataclass(frozen=True)
class Plan:
    """What changes become of a library, in the version that they were planned on."""

    version: int
    steps: list[Step] = field(default_factory=list)
    papers: dict[str, PaperPlan] = field(default_factory=dict)


@dataclass(frozen=True)
class Planner:
    """Plans changes of one reader's reviews.

    ``chooses_keys`` if new notes have keys of our choice, as on the web; those that are ``taken``
    are known to be no use. ``accepts_loss`` if what Markdown cannot keep of a note may go.
    ``find`` gives the note of a key, also from the trash; ``trash`` has the keys of what is there
    and not listed with the rest.
    """

    snapshot: Snapshot
    style: Style
    find: Callable[[str], NoteRow | None]
    chooses_keys: bool
    trash: Container[str] = frozenset()
    taken: Container[str] = frozenset()
    accepts_loss: bool = False

    def plan(self, changes: Iterable[Change]) -> Plan:
        """Plan changes; those of one paper build on each other."""
        plan = Plan(self.snapshot.version)
        for change in changes:
            plan.steps.append(self._step(change, plan.papers))
        return plan

    def _step(self, change: Change, papers: dict[str, PaperPlan]) -> Step:
        plan = papers.get(change.paper) or self._unchanged(change)
        if plan is None:
            return Step(Outcome(change, Status.MISSING, self._why_missing(change.paper)))
        states = dict(self._parts(plan.after, change))
        outcome = Outcome(change, Status.UNCHANGED, key=self.snapshot.citation(change.paper))
        if change.restore is None and _Part.OTHER in states.values():
            reason = "its review was changed by somebody else"
            outcome = replace(outcome, status=Status.CHANGED, reason=reason)
        elif not {*states.values()} <= {_Part.STANDS}:
            outcome = self._planned(plan, outcome, states, papers)
        stands = frozenset(part for part, state in states.items() if state is _Part.STANDS)
        note = plan.after.note
        return Step(outcome, stands, note.key if note else None)

    def _why_missing(self, item: str) -> str:
        """What became of a paper that is none any more."""
        if into := self._merged.get(item):
            return f"it was merged into {self.snapshot.called(into)}"
        if item in self.trash or self.snapshot.is_trashed(item):
            return "it is in Zotero's trash; restore it there"
        return f"{self.snapshot.name} has no item {item}"

    @cached_property
    def _merged(self) -> Mapping[str, str]:
        """Into which item another one was merged, by the key of that other one."""
        return self.snapshot.replaced()

    def _planned(
        self,
        plan: PaperPlan,
        outcome: Outcome,
        states: Mapping[str, _Part],
        papers: dict[str, PaperPlan],
    ) -> Outcome:
        """The outcome of a change that is to be made; what it changes is added to the papers.

        What takes something back does so part by part; all else is made whole or not at all.
        """
        change, changed = outcome.change, plan
        made: list[str] = []
        left: list[_LeftError] = []
        for part in (part for part, state in states.items() if state is not _Part.STANDS):
            try:
                if states[part] is _Part.OTHER:
                    raise _StaleError(self._why_other(plan.after, change, part))
                changed = self._with(part, changed, change)
                made.append(part)
            except _LeftError as error:
                left.append(error)
        why = "; ".join(dict.fromkeys(map(str, left)))
        if left and (change.restore is None or not made):
            return replace(outcome, status=left[0].status, reason=why)
        papers[change.paper] = changed
        before = plan.after if plan.after.note else replace(plan.after, note=changed.before.note)
        return replace(
            outcome,
            change=only(made, change) if left else change,
            status=Status.PLANNED,
            reason=why_only(made, why) if left else "",
            restore=way_back(before, changed.after),
            remarks=tuple(_remarks(before.note, changed.after.note)),
        )

    def _unchanged(self, change: Change) -> PaperPlan | None:
        item = self.snapshot.item(change.paper, _note_back(change).get("key"))
        return PaperPlan(item, item) if item else None

    def _parts(self, item: Item, change: Change) -> Iterator[tuple[str, _Part]]:
        """The parts that a change sets; what it is to take back and was not done stands."""
        before, after, back = change.before, change.after, change.restore
        if change.sets_priority:
            levels = self.style.levels(item.tags)
            state = _part(levels, _levels(before), _levels(after))
            yield PRIORITY, state if back is None or _BACK[PRIORITY] in back else _Part.STANDS
        if change.sets_text:
            state = self._text_part(item, change)
            yield TEXT, state if back is None or _BACK[TEXT] in back else _Part.STANDS

    def _text_part(self, item: Item, change: Change) -> _Part:
        if self._moved(item, change):
            return _Part.OTHER
        note = item.note
        if note and _only_untags(change) and note.key == _note_back(change)["key"]:
            return _Part.OPEN if self._said(item) else _Part.STANDS
        return _part(self._said(item), normal(change.before.text), normal(change.after.text))

    def _moved(self, item: Item, change: Change) -> NoteRow | None:
        """The note that a change is to take back, if somebody gave it to another item since.

        One in the trash counts only where it is to come back.
        """
        row = self._row_back(change)
        if row is None or row.parent == item.key:
            return None
        return row if "gone" in _note_back(change) or not row.trashed else None

    def _row_back(self, change: Change) -> NoteRow | None:
        """The note that a change is to take back, wherever it is."""
        key = _note_back(change).get("key")
        return self.find(key) if key else None

    def _why_other(self, item: Item, change: Change, part: str) -> str:
        """What became of a part that is to be taken back and is not as it was."""
        if part == PRIORITY:
            return "its priority was changed by somebody else"
        if untagged := self._untagged(item, change):
            left = f"its note {untagged} is not tagged {self.style.review_tag} any more"
            return f"{left}; tag it so in Zotero, then undo"
        if not (moved := self._moved(item, change)):
            return "its note was changed by somebody else"
        if not moved.parent:
            return "its note belongs to no item any more"
        return f"its note belongs to {self.snapshot.called(moved.parent)} now"

    def _untagged(self, item: Item, change: Change) -> str | None:
        """The note that a change is to take back, if it only lost the tag of a review since."""
        row = self._row_back(change)
        if row is None or row.parent != item.key or row.trashed or self.style.is_review(row.tags):
            return None
        return row.key if said(row.html) == normal(change.before.text) else None

    def _said(self, item: Item) -> str:
        """What the review of a paper says, as it is compared."""
        note = item.note
        if note is None or note.trashed or not self.style.is_review(note.tags):
            return ""
        return said(note.html)

    def _with(self, part: str, plan: PaperPlan, change: Change) -> PaperPlan:
        """The paper once a part of a change stands. Raises _LeftError."""
        if part == PRIORITY:
            return replace(plan, after=self._prioritised(plan.after, change))
        _require_sayable(change)
        return replace(self._reviewed(plan, change), text=change.after.text)

    # The priority

    def _prioritised(self, item: Item, change: Change) -> Item:
        wanted = _levels(change.after)
        if change.restore and "tags" in change.restore:
            tags = retagged(item.tags, change.restore["tags"])
        else:
            tags = self._with_levels(item.tags, wanted)
        if self.style.levels(tags) != wanted:
            raise _StaleError("its tags were changed by somebody else")
        return replace(item, tags=tags)

    def _with_levels(self, tags: Tags, wanted: list[str]) -> Tags:
        """The tags with those of just these levels; one that means such a level stays as it is."""
        kept = [tag for tag in tags if set(self.style.levels([tag])) <= set(wanted)]
        there = self.style.levels(kept)
        try:
            names = [self.style.level_tag(level) for level in wanted if level not in there]
        except KeyError as unknown:
            raise _RefusedError(f"the scale in use has no level {unknown}") from unknown
        if any(len(name) > _LONGEST_TAG for name in names):
            raise _RefusedError(f"a tag in Zotero has at most {_LONGEST_TAG} characters")
        return tagged(kept, names)

    # The text

    def _reviewed(self, plan: PaperPlan, change: Change) -> PaperPlan:
        text, back, note = change.after.text, _note_back(change), plan.after.note
        if back:
            plan = self._taken_back(plan, back)
        elif change.adopts:
            plan = self._adopted(plan, change.adopts)
            if change.rewrites and self._said(plan.after) == normal(change.rewrites):
                plan = self._written(plan, to_html(text))
        elif text:
            plan = self._written(plan, to_html(text))
        elif note:
            self._require_only(plan.after)
            plan = _with(plan, self._without(note))
        if self._said(plan.after) != normal(text):
            raise _StaleError("its note was changed by somebody else")
        return plan

    def _taken_back(self, plan: PaperPlan, back: Json) -> PaperPlan:
        plan = self._with_note_of(plan, back["key"])
        note = plan.after.note
        if note is None:
            if "gone" not in back:
                raise _StaleError("its note is not there any more")
            return self._written(plan, back["gone"])
        if back["key"] is None:
            self._require_only(plan.after)
        elif back["key"] != note.key:
            raise _StaleError("another note is its review now")
        if "left" in back and not _says_just(note, back["left"]):
            raise _StaleError("its note was changed by somebody else")
        before = restored(note, back)
        if before.html != note.html:
            self._require_own(note)
        if before.trashed and not note.trashed:
            before = self._without(replace(before, trashed=False))
        return _with(plan, before)

    def _adopted(self, plan: PaperPlan, key: str) -> PaperPlan:
        """The paper with a note that becomes its review."""
        plan = self._with_note_of(plan, key)
        note = plan.after.note
        if note is None or note.key != key:
            raise _StaleError("its note is not there any more")
        return _with(plan, replace(note, tags=self._tagged(note.tags)))

    def _require_only(self, item: Item) -> None:
        """Of several notes, nobody knows which is meant."""
        if len(notes := self.snapshot.reviews_of(item.key)) > 1:
            raise _RefusedError(
                f"several of its notes are tagged {self.style.review_tag} ({', '.join(notes)}); "
                "leave one so in Zotero"
            )

    def _require_own(self, note: Note) -> None:
        if others := self.style.others(note.tags):
            raise _RefusedError(
                f"its note {note.key} is tagged {', '.join(others)} too; "
                "remove one of the tags in Zotero"
            )

    def _without(self, note: Note) -> Note:
        """A note that is no review of this reader's any more: another's loses a tag only."""
        if not self.style.others(note.tags):
            return replace(note, trashed=True)
        return replace(note, tags=[tag for tag in note.tags if not self.style.is_review([tag])])

    def _written(self, plan: PaperPlan, html: str) -> PaperPlan:
        """The paper with this HTML as its review."""
        if self.chooses_keys and len(html) > _MOST_CHARACTERS:
            raise _RefusedError(f"a note on the web has at most {_MOST_CHARACTERS} characters")
        if plan.after.note:
            self._require_only(plan.after)
            self._require_own(plan.after.note)
            self._require_nothing_lost(plan.after.note, html)
        else:
            self._require_no_twin(plan.after.key, html)
            plan = self._with_note_to_fill(plan)
        note = plan.after.note or Note(None, 0, "", [])
        tags = note.tags if self.style.is_review(note.tags) else self._tagged(note.tags)
        return _with(plan, replace(note, html=html, tags=tags, trashed=False))

    def _require_nothing_lost(self, note: Note, html: str) -> None:
        if self.accepts_loss or note.html == html or not (losses := lost(note.html)):
            return
        raise _RefusedError(
            f"its note has {', '.join(losses)}, which Markdown cannot keep; --yes gives that up"
        )

    def _require_no_twin(self, item: str, html: str) -> None:
        """An item whose note says the same already is not given a second."""
        wanted = said(html)
        for note in self.snapshot.plain_notes(item):
            if said(note.html) == wanted:
                raise _RefusedError(
                    f"its note {note.key} says this already: bibnotes adopt --zotero takes that one"
                )

    def _tagged(self, tags: Tags) -> Tags:
        if len(self.style.review_tag) > _LONGEST_TAG:
            raise _RefusedError(f"a tag in Zotero has at most {_LONGEST_TAG} characters")
        return tagged(tags, [self.style.review_tag])

    def _with_note_to_fill(self, plan: PaperPlan) -> PaperPlan:
        """The paper with a note that is new, or was ours and is in the trash."""
        if not self.chooses_keys:
            return plan
        for n in count():
            key = derived_key(plan.after.key, self.style.reader, n)
            row = self.snapshot.note(key)
            if row and row.trashed and row.parent == plan.after.key and self._is_free(row):
                return self._with_note_of(plan, key)
            if not self.snapshot.holds(key) and key not in self.taken:
                return _with(plan, Note(key, 0, "", []))
        raise AssertionError

    def _is_free(self, row: NoteRow) -> bool:
        """Whether a note in the trash is ours still, and holds nothing that would be lost."""
        if not self.style.is_review(row.tags) or self.style.others(row.tags):
            return False
        return self.accepts_loss or not lost(row.html)

    def _with_note_of(self, plan: PaperPlan, key: str | None) -> PaperPlan:
        """The paper with the note of this key at hand, if it has none yet and that is its own."""
        row = self.find(key) if key and not plan.after.note else None
        if row is None or row.parent != plan.after.key:
            return plan
        note = Note.of_row(row)
        return replace(_with(plan, note), before=replace(plan.before, note=note))


def _with(plan: PaperPlan, note: Note) -> PaperPlan:
    """The paper with this note; one that is new and in the trash is none."""
    kept = None if note.trashed and not note.version else note
    return replace(plan, after=replace(plan.after, note=kept))


def _remarks(before: Note | None, after: Note | None) -> Iterator[str]:
    """What somebody should know of a note before it gets other HTML."""
    if after is None or (before and before.html == after.html):
        return
    if before and (losses := lost(before.html)):
        yield f"its note loses {', '.join(losses)}, which Markdown cannot keep"
    size = len(after.html.encode("utf-8", "surrogatepass"))
    if size > _SAFE_BYTES:
        yield (
            f"its note has {size} bytes; Zotero's web server may refuse more than {_SAFE_BYTES}, "
            "also when Zotero syncs"
        )


def _part(now: object, before: object, after: object) -> _Part:
    if now == after:
        return _Part.STANDS
    return _Part.OPEN if now == before else _Part.OTHER


def _note_back(change: Change) -> Json:
    """How a change is to be taken back as far as it is one of the note; see ``way_back``."""
    back: Json = (change.restore or {}).get("note", {})
    return back


def without(restore: Json, parts: Iterable[str]) -> Json:
    """A way back that leaves these parts of a review as they are; see ``way_back``."""
    left = {_BACK[part] for part in parts}
    return {name: back for name, back in restore.items() if name not in left}


def _only_untags(change: Change) -> bool:
    """Whether a change only takes the tag off a note, whatever that says: an adoption undone."""
    back = _note_back(change)
    return "tags" in back and back.keys() <= {"key", "tags"} and not change.after.text


def why_only(parts: Iterable[str], why: str) -> str:
    """Why only these parts of a change are taken back, as the user is told it."""
    return f"{why}; only its {', '.join(parts)} is taken back"


def only(parts: Container[str], change: Change) -> Change:
    """The change of some parts only."""
    before, after = change.before, change.after
    if PRIORITY not in parts:
        after = replace(after, priority=before.priority, also=before.also)
    if TEXT not in parts:
        after = replace(after, text=before.text)
    return replace(change, after=after)


def _says_just(note: Note, html: str) -> bool:
    """Whether a note says what this HTML says, and holds nothing that would be lost with it."""
    return note.html == html or (said(note.html) == said(html) and not lost(note.html))


def _levels(review: Review) -> list[str]:
    """The levels that a review has, the highest first."""
    return [level for level in (review.priority, *review.also) if level]


def _require_sayable(change: Change) -> None:
    text = change.after.text
    if not text:
        return
    if _DROPPED.search(text):
        raise _RefusedError("it holds control characters, which Zotero drops")
    if not normal(text):
        raise _RefusedError("a note of this text would say nothing")
