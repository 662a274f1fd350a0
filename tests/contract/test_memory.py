from __future__ import annotations

from collections.abc import Mapping

from bibnotes.library import Library
from bibnotes.model import Paper, Review

from .memory import MemoryLibrary
from .suite import LibraryContract


class TestMemoryLibrary(LibraryContract):
    def holding(self, reviews: Mapping[str, Review]) -> Library:
        return MemoryLibrary(Paper(id=k, key=k, review=review) for k, review in reviews.items())

    def reopened(self, library: Library) -> Library:
        return library
