"""What was agreed before the words of the scale were changed, read by the words of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .base import Agreed
from .model import Review
from .scale import Scale


@dataclass(frozen=True, slots=True)
class Reread:
    """How a base is read by other words.

    ``renamed`` are the levels that only have another id now; of the others ``moved`` says where a
    word means another one now.
    """

    renamed: Mapping[str, str]
    moved: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, before: Scale | None, scale: Scale) -> Reread | None:
        """None where the words are the same, or those before are not known."""
        if before is None or before == scale:
            return None
        renamed = before.renamed(scale)
        moved = (pair for pair in before.moved(scale) if pair[0] not in renamed)
        return cls(renamed, frozenset(moved))

    def met(self, had: Review, here: Review, there: Review) -> Review:
        """What both sides had, without a priority that reads otherwise though nobody edited it."""
        now = {here.priority, there.priority}
        if None in now or any((had.priority, priority) in self.moved for priority in now):
            return replace(had, priority=None)
        return replace(had, priority=self.renamed.get(had.priority or "", had.priority))


def unmet(known: Agreed, reread: Reread | None) -> Agreed:
    """What stays agreed of a paper that is not settled now, for whose words nobody can speak."""
    return replace(known, review=replace(known.review, priority=None)) if reread else known
