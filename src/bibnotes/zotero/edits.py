"""What bibnotes changes of a paper in Zotero: the tags of its item, and the note of its review.

Both are plain values: a paper before and a paper after, from which follow the objects to send and
the way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..model import Json
from .cache import NoteRow

Tags = Sequence[Json]


@dataclass(frozen=True, slots=True)
class Note:
    """A child note; ``version`` is 0 while it is not there, ``key`` None for Zotero to choose."""

    key: str | None
    version: int
    html: str
    tags: Tags
    trashed: bool = False

    @classmethod
    def of_row(cls, row: NoteRow) -> Note:
        """A note that is there."""
        return cls(row.key, row.version, row.html, row.tags, row.trashed)


@dataclass(frozen=True, slots=True)
class Item:
    """A paper. ``note`` is the one to be edited: a review only if it is tagged and not trashed."""

    key: str
    version: int
    tags: Tags
    note: Note | None = None


def objects(before: Item, after: Item) -> Iterator[Json]:
    """What has to be sent so that a paper becomes another: parts that change, and versions."""
    if after.tags != before.tags:
        yield {"key": after.key, "version": after.version, "tags": [*after.tags]}
    note = after.note
    if note is None:
        return
    if not note.version:
        chosen = {"key": note.key, "version": 0} if note.key else {}
        yield {
            **chosen,
            "itemType": "note",
            "parentItem": after.key,
            "note": note.html,
            "tags": [*note.tags],
        }
    elif before.note and (parts := _parts(before.note, note)):
        yield {"key": note.key, "version": note.version, **parts}


def _parts(before: Note, after: Note) -> Json:
    parts: Json = {}
    if after.html != before.html:
        parts["note"] = after.html
    if after.tags != before.tags:
        parts["tags"] = [*after.tags]
    if after.trashed != before.trashed:
        parts["deleted"] = int(after.trashed)
    return parts


def makes_review(before: Item, after: Item) -> bool:
    """Whether a note may become a review that was none: a new, restored or newly tagged one.

    Somebody else may make another one meanwhile, of which no version of these objects tells.
    """
    old, note = before.note, after.note
    if note is None or note.trashed:
        return False
    if old is None or old.trashed or not note.version:
        return True
    return any(tag not in old.tags for tag in note.tags)


def way_back(before: Item, after: Item) -> Json:
    """How a change is taken back, as ``Outcome.restore`` has it.

    ``tags``, of the item and of the note, are those to add and those to remove, so that what others
    do to the rest stays. ``note`` is HTML, not Markdown, which may not have kept all of it, and
    ``left`` what was put in its place; ``gone`` is for a note that is not in the trash any more.
    """
    back: Json = {}
    if after.tags != before.tags:
        back["tags"] = _retagging(after.tags, before.tags)
    if after.note != before.note and after.note:
        back["note"] = _note_back(before.note, after.note)
    return back


def written_note(restore: Json | None) -> str | None:
    """The key of the note that a change wrote, None if it wrote none; see ``way_back``."""
    return restore["note"]["key"] if restore and "note" in restore else None


def keeps_note(restore: Json | None) -> bool:
    """Whether a change wrote tags of a note that was there, and left it there; see ``way_back``."""
    back = (restore or {}).get("note", {})
    return "tags" in back and "deleted" not in back


def _note_back(before: Note | None, after: Note) -> Json:
    if before is None:
        return {"key": after.key, "left": after.html, "deleted": 1}
    parts = _parts(after, before)
    if "tags" in parts:
        parts["tags"] = _retagging(after.tags, before.tags)
    if "note" in parts:
        parts["left"] = after.html
    if after.trashed and not before.trashed:
        parts["gone"] = before.html
    return {"key": after.key, **parts}


def _retagging(tags: Tags, wanted: Tags) -> Json:
    return {
        "add": [tag for tag in wanted if tag not in tags],
        "remove": [tag for tag in tags if tag not in wanted],
    }


def retagged(tags: Tags, retagging: Json) -> Tags:
    """The tags after some are removed and others added."""
    kept = [tag for tag in tags if tag not in retagging["remove"]]
    return kept + [tag for tag in retagging["add"] if tag not in kept]


def tagged(tags: Tags, names: Iterable[str]) -> Tags:
    """The tags with these names among them."""
    there = {tag["tag"] for tag in tags}
    return [*tags, *({"tag": name} for name in names if name not in there)]


def restored(note: Note, back: Json) -> Note:
    """A note as ``way_back`` wants it."""
    html = back.get("note", note.html)
    tags = retagged(note.tags, back["tags"]) if "tags" in back else note.tags
    return replace(note, html=html, tags=tags, trashed=bool(back.get("deleted", note.trashed)))
