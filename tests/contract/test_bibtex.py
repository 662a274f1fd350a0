from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest

from bibnotes.bibtex.library import BibLibrary
from bibnotes.bibtex.reviewtext import plain, typeset
from bibnotes.library import Library
from bibnotes.model import Review
from bibnotes.scale import DEFAULT_SCALE

from .suite import LibraryContract


class BibContract(LibraryContract):
    """A .bib file in a folder of its own for each library."""

    head = ""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.numbers = tmp_path, count()

    def entry(self, key: str, review: Review) -> str:
        raise NotImplementedError

    def holding(self, reviews: Mapping[str, Review]) -> Library:
        path = self.folder / f"{next(self.numbers)}.bib"
        entries = [self.entry(key, review) for key, review in reviews.items()]
        path.write_text("\n".join([self.head, *entries]), encoding="utf-8", newline="")
        return self.opened(path)

    def reopened(self, library: Library) -> Library:
        return self.opened(Path(library.name))

    def opened(self, path: Path) -> Library:
        return BibLibrary.open(path, scale=DEFAULT_SCALE, language="en")


class TestBibtexProfile(BibContract):
    def entry(self, key: str, review: Review) -> str:
        keywords = f"  keywords = {{NAS, {review.priority}}},\n" if review.priority else ""
        annote = f"  annote = {{{typeset(review.text)}}},\n" if review.text else ""
        return f"@article{{{key},\n  title = {{T {{x}}}},\n{annote}{keywords}}}\n"


class TestJabrefProfile(BibContract):
    head = "@Comment{jabref-meta: databaseType:bibtex;}\n"

    def entry(self, key: str, review: Review) -> str:
        level = DEFAULT_SCALE.level(review.priority).jabref if review.priority else ""
        priority = f"  priority = {{{level}}},\n" if level else ""
        comment = f"  comment  = {{{plain(review.text)}}},\n" if review.text else ""
        return f"@article{{{key},\n  title    = {{T}},\n{comment}{priority}}}\n"
