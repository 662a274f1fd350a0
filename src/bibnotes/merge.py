"""Three-way merge of reviews: pure functions, the same for attach and sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TypeVar

from .model import Review

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Merged:
    """What two sides agree on, and the parts on which they do not.

    A part in conflict has no say in ``review``: it holds what ``one`` says there.
    """

    review: Review
    priority_conflict: bool = False
    text_conflict: bool = False

    @property
    def conflict(self) -> bool:
        """Whether any part is in conflict."""
        return self.priority_conflict or self.text_conflict


def merge(base: Review | None, one: Review, other: Review) -> Merged:
    """Merge two reviews of one paper that were the same as ``base`` once; None: never seen.

    Part by part (DESIGN: Sync): what one side changed is taken, what both changed alike stands,
    a change beats a removal only by being asked, texts are merged by lines. Without a base what
    only one side has is copied; where there was no text, one that contains the other is taken.
    """
    priority, priorities_clash = _merge_part(
        None if base is None else base.priority or "", one.priority or "", other.priority or ""
    )
    text, texts_clash = _merge_part(None if base is None else base.text, one.text, other.text)
    if texts_clash and (merged := _merged_text(base, one.text, other.text)) is not None:
        text, texts_clash = merged, False
    also = one.also if priority == (one.priority or "") else other.also
    return Merged(Review(priority or None, text, also), priorities_clash, texts_clash)


def _merge_part(base: str | None, one: str, other: str) -> tuple[str, bool]:
    """The value, and whether the sides are in conflict over it."""
    if one == other or other == base:
        return one, False
    if one == base:
        return other, False
    if base is None and not (one and other):
        return one or other, False
    return one, True


def _merged_text(base: Review | None, one: str, other: str) -> str | None:
    """Both texts in one, None where that takes a person."""
    if not one or not other:
        return None
    if base is None or not base.text:
        if contains(one, other):
            return one
        return other if contains(other, one) else None
    return merge_lines(base.text, one, other)


def contains(text: str, part: str) -> bool:
    """Whether a text holds another one as a run of whole lines."""
    return f"\n{part}\n" in f"\n{text}\n"


def merge_lines(base: str, one: str, other: str) -> str | None:
    """The text with the changes of both sides; None where they touch the same lines."""
    lines = [text.split("\n") for text in (base, one, other)]
    merged: list[str] = []
    for old, mine, theirs in _regions(*lines):
        if mine == theirs or theirs == old:
            merged += mine
        elif mine == old:
            merged += theirs
        else:
            return None
    return "\n".join(merged)


def _regions(
    base: Sequence[_T], one: Sequence[_T], other: Sequence[_T]
) -> Iterator[tuple[Sequence[_T], Sequence[_T], Sequence[_T]]]:
    """The three texts cut at the lines that all of them share."""
    at = (0, 0, 0)
    for b, o, t, size in [*_shared(base, one, other), (len(base), len(one), len(other), 0)]:
        yield base[at[0] : b], one[at[1] : o], other[at[2] : t]
        yield base[b : b + size], one[o : o + size], other[t : t + size]
        at = (b + size, o + size, t + size)


def _shared(
    base: Sequence[_T], one: Sequence[_T], other: Sequence[_T]
) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that stand in all three: where each begins, and how many lines it has."""
    ours = SequenceMatcher(None, base, one, autojunk=False).get_matching_blocks()
    theirs = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(ours) and j < len(theirs):
        a, b = ours[i], theirs[j]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size < b.a + b.size:
            i += 1
        else:
            j += 1


def settled(merged: Merged, one: Review, other: Review, *, take_one: bool) -> Review:
    """The merged review with its conflicts settled for one side."""
    side = one if take_one else other
    review = merged.review
    if merged.priority_conflict:
        review = replace(review, priority=side.priority, also=side.also)
    return replace(review, text=side.text) if merged.text_conflict else review


def both(merged: Merged, one: Review, other: Review, rank: Callable[[str], int]) -> Review:
    """The merged review with its conflicts settled for both: both texts, the higher priority.

    A text that holds the other one is both. ``rank`` is 0 for the highest level.
    """
    review = merged.review
    if merged.priority_conflict:
        levels = [each.priority for each in (one, other) if each.priority]
        review = replace(review, priority=min(levels, key=rank), also=())
    if merged.text_conflict:
        whole = _merged_text(None, one.text, other.text)
        texts = filter(None, (one.text, other.text))
        review = replace(review, text="\n\n".join(texts) if whole is None else whole)
    return review
