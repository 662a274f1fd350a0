"""An annotated bibliography: the papers of a digest as formatted references with their reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..digest import markdown
from ..digest.build import Digest
from ..library import Library
from ..model import Paper
from .references import Formatting, formatted


def render(
    digest: Digest,
    sources: Iterable[tuple[Library, Sequence[Paper]]],
    how: Formatting,
    *,
    abstracts: bool = False,
) -> str:
    """The bibliography as Markdown. ``sources`` say of which library each of its papers is.

    A numeric style's numbers follow the order of the digest. Raises BibnotesError.
    """
    items = {
        id(paper): item
        for library, papers in sources
        for paper, item in zip(papers, how.items(library, papers), strict=True)
    }
    listed = [items[id(paper)] for group in digest.groups for paper in group.papers]
    references = formatted(listed, how, labels=True)
    return "".join(markdown.render_annotated(digest, references, abstracts=abstracts))
