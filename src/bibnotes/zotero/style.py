"""How a reader's reviews are marked in a Zotero library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Json
from ..scale import Language, Scale
from . import items


@dataclass(frozen=True, slots=True)
class Style:
    """The tags of one reader, or without one of those whom no tag names.

    ``language`` is that of the tags that are written; all are read.
    """

    scale: Scale
    language: Language = "en"
    reader: str | None = None

    @property
    def review_tag(self) -> str:
        """The tag of the notes that hold reviews."""
        return items.review_tag(self.reader)

    def is_review(self, tags: Iterable[Json]) -> bool:
        """Whether a note with these tags holds a review of this reader."""
        wanted = (self.reader or "").casefold()
        return any(reader.casefold() == wanted for reader in items.readers(tags))

    def others(self, tags: Iterable[Json]) -> list[str]:
        """The tags that make a note the review of another reader."""
        named = [tag for tag in tags if list(items.readers([tag]))]
        return [tag["tag"] for tag in named if not self.is_review([tag])]

    def levels(self, tags: Iterable[Json]) -> list[str]:
        """The ids of the levels that an item's tags mean, the highest first."""
        return items.levels(tags, self.scale, self.reader)

    def level_tag(self, level: str) -> str:
        """The tag that is written for a level."""
        tag = self.scale.level(level).tag(self.language)
        return f"{tag} ({self.reader})" if self.reader else tag
