"""Chosen papers of any library as BibTeX: its own entries where it has them, else ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .bibtex import reviews
from .bibtex.edit import layout_of
from .bibtex.library import BibLibrary
from .bibtex.reviews import means_level_to_anybody
from .bibtex.written import entry_of, is_key, rekeyed
from .library import Excerpt, ExportsEntries, Library
from .model import Change, FileSource, Paper, Problem, Review
from .scale import Language, Scale


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


def held(papers: Iterable[Paper], left_out: Iterable[Problem]) -> int:
    """How many of the papers were written, if these had to be left out."""
    lost = {problem.key for problem in left_out}
    return sum(paper.key not in lost for paper in papers)


def unreviewed(paper: Paper, scale: Scale) -> Paper:
    """The paper without its review and priority, and without those of other readers."""
    left = tuple(word for word in paper.keywords if not means_level_to_anybody(word, scale))
    return replace(paper, review=Review(), keywords=left)


def _reviewed(entry: bytes, paper: Paper, habits: reviews.Habits, *, with_review: bool) -> bytes:
    """The entry with the paper's review alone, or with none."""
    entry = reviews.without(entry, habits, of_others=not with_review)
    if not with_review:
        return entry
    change = Change(paper.id, Review(), replace(paper.review, also=()))
    return reviews.edits(entry, change, habits)[0]
