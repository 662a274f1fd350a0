"""Chosen papers of any library as BibTeX: its own entries where it has them, else ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .bibtex import keywords, reviews
from .bibtex.edit import apply, layout_of, removing, setting
from .bibtex.latex import to_unicode
from .bibtex.library import BibLibrary
from .bibtex.source import scan
from .bibtex.written import entry_of, is_key, rekeyed
from .library import Excerpt, ExportsEntries, Library
from .model import Change, FileSource, Paper, Problem, Review
from .scale import Language, Scale

_OF_A_READER = re.compile(r"(.+?)\s*\([^()]+\)")


def bibtex(
    library: Library,
    papers: Sequence[Paper],
    scale: Scale,
    language: Language,
    *,
    with_reviews: bool = True,
) -> Excerpt:
    """The papers as a .bib file, and what had to be left out.

    A .bib file gives its entries as they are, with what they need. Of other libraries each entry
    gets the paper's citation key, and its review in ``annote``.
    """
    if isinstance(library, BibLibrary):
        return library.excerpt(papers, with_reviews=with_reviews)
    entries = library.entries(papers) if isinstance(library, ExportsEntries) else {}
    habits = reviews.Habits(scale, "bibtex", language, layout_of(b"", []), b"\n")
    made, problems = [], []
    for paper in papers:
        if not is_key(paper.key):
            what = f"{paper.key!r} cannot be a key in a .bib file" if paper.key else "it has no key"
            source = paper.source or FileSource(library.name, 0)
            problems.append(Problem(source, f"left out: {what} ({paper.title})", paper.key))
            continue
        entry = rekeyed(entries.get(paper.id, b""), paper.key) or entry_of(paper).strip()
        made.append(_reviewed(entry, paper, habits, with_review=with_reviews))
    return Excerpt(b"".join(entry + b"\n\n" for entry in made)[:-1], problems)


def unreviewed(paper: Paper, scale: Scale) -> Paper:
    """The paper without its review and priority, and without those of other readers."""
    left = tuple(word for word in paper.keywords if not _means_level(word, scale))
    return replace(paper, review=Review(), keywords=left)


def _reviewed(entry: bytes, paper: Paper, habits: reviews.Habits, *, with_review: bool) -> bytes:
    """The entry with the paper's review alone, or with none."""
    entry = reviews.without(entry, habits)
    if with_review:
        change = Change(paper.id, Review(), replace(paper.review, also=()))
        return reviews.edits(entry, change, habits)[0]
    return _without_readers_tags(entry, habits)


def _without_readers_tags(entry: bytes, habits: reviews.Habits) -> bytes:
    found = scan(entry).entries[0].field(b"keywords")
    if not found:
        return entry
    value = entry[found.value + 1 : found.end - 1].decode("utf-8")
    left = keywords.retagged(value, lambda word: _means_level(to_unicode(word), habits.scale), None)
    if left is None:
        return apply(entry, removing(entry, b"keywords"))
    new = entry[found.value : found.value + 1] + left.encode() + entry[found.end - 1 : found.end]
    return apply(entry, setting(entry, b"keywords", new, habits.layout))


def _means_level(word: str, scale: Scale) -> bool:
    """Whether a keyword is a priority, also one of a named reader: ``精读 (ana)``."""
    of_reader = _OF_A_READER.fullmatch(word)
    return bool(scale.by_tag(word) or (of_reader and scale.by_tag(of_reader[1])))
