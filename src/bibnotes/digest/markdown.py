"""A digest as Markdown: to read, to cite from with pandoc, and to edit as a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote as percent_encode

from ..escape import (
    CONTROL,
    balanced,
    entities,
    link_url,
    markdown,
    paragraph,
    unentities,
    yaml_string,
)
from ..model import Paper, Review
from ..scale import Language
from .build import Digest, Group, link, zotero_link

UNTITLED = "[untitled]"  # the title of a paper that has none


def render(
    digest: Digest,
    *,
    bibliography: Sequence[str] = (),
    abstracts: bool = False,
    base: Review | None = None,
) -> Iterator[str]:
    """The digest in chunks, one paper each, the same bytes for the same papers.

    ``bibliography`` names the files that pandoc shall cite from, relative to the digest. A paper
    whose key pandoc cannot take has no citation; its comment then ends in its ``Paper.id``,
    percent-encoded, by which a sheet knows it. What has no key goes by its title. ``base`` is the
    review that all papers are said to be made from, by default their own: where it differs,
    attaching takes the paper for edited.
    """
    yield _front_matter(digest.title, [*_bibliography(bibliography), "bibnotes: 1"])
    yield from _opening(digest)
    labels = {count.id: count.label for count in digest.counts}
    for group in digest.groups:
        yield _group_heading(group)
        for paper in group.papers:
            mark = (paper.review if base is None else base).digest()
            yield _section(paper, mark, digest.language, labels, abstracts)


def render_annotated(
    digest: Digest, references: Iterable[str], *, abstracts: bool = False
) -> Iterator[str]:
    """The digest as an annotated bibliography: the reference of each paper, then its review.

    ``references`` are Markdown, in the order of the digest. This is a document to be read, no
    sheet.
    """
    yield _front_matter(digest.title, [])
    yield from _opening(digest)
    made = iter(references)
    for group in digest.groups:
        yield _group_heading(group)
        for paper in group.papers:
            yield _parts(next(made), quote(paper.review.text), _abstract(paper, abstracts))


def _front_matter(title: str, lines: Sequence[str]) -> str:
    return "\n".join(("---", f"title: {yaml_string(markdown(title))}", *lines, "---\n"))


def _opening(digest: Digest) -> Iterator[str]:
    if digest.search:
        yield f"{markdown(_search_line(digest))}\n\n"
    yield f"{markdown(counts_line(digest))}\n"


def _group_heading(group: Group) -> str:
    return f"\n## {markdown(group.label)} ({len(group.papers)})\n"


def _bibliography(names: Sequence[str]) -> list[str]:
    files = [_path(file) for file in names]
    if len(files) == 1:
        return [f"bibliography: {files[0]}"]
    return ["bibliography:", *(f"  - {file}" for file in files)] if files else []


_PLAIN_PATH = re.compile(r"[\w.][\w./-]*\.(?:bib|json|ya?ml)")


def _path(file: str) -> str:
    """A path as YAML; pandoc reads a string there as Markdown."""
    escaped = markdown(file)
    return escaped if _PLAIN_PATH.fullmatch(escaped) else yaml_string(escaped)


def _search_line(digest: Digest) -> str:
    if digest.language == "zh":
        return f"搜索“{digest.search}”得到的{digest.total}篇"
    return f"Search “{digest.search}”: {_papers(digest.total)}"


def counts_line(digest: Digest) -> str:
    """How many papers there are in all and in each group, as plain text."""
    counts = [(count.papers, count.label) for count in digest.counts if count.papers]
    if digest.language == "zh":
        said = "，".join(f"{label}{_gap(label)}{number}" for number, label in counts)
        return f"共{digest.total}篇：{said}" if said else "共0篇"
    said = ", ".join(f"{number} {_uncapitalised(label)}" for number, label in counts)
    return f"{_papers(digest.total)}: {said}" if said else _papers(0)


def _papers(number: int) -> str:
    return "1 paper" if number == 1 else f"{number} papers"


def _gap(label: str) -> str:
    """Between a label and its number: "精读3", but "P1 3"."""
    return " " if label[-1:].isascii() else ""


def _uncapitalised(label: str) -> str:
    """A label inside a sentence: "close read", but "NLP core"."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _section(
    paper: Paper, mark: str, language: Language, labels: Mapping[str, str], abstracts: bool
) -> str:
    return _parts(
        _heading(paper, mark),
        _facts(paper, language),
        quote(paper.review.text),
        *(_attributed(reader, review, language, labels) for reader, review in paper.others),
        _abstract(paper, abstracts),
    )


def _abstract(paper: Paper, wanted: bool) -> str:
    return paragraph(paper.abstract) if wanted else ""


def _parts(*parts: str) -> str:
    return "".join([f"\n{part}\n" for part in parts if part])


_NAMELESS: dict[Language, str] = {"en": "without a name", "zh": "未署名"}


def _attributed(reader: str, review: Review, language: Language, labels: Mapping[str, str]) -> str:
    """Another reader's review, as an item of a list: a quote would be taken for the user's own."""
    name = markdown(reader) or _NAMELESS[language]
    label = markdown(labels.get(review.priority or "", ""))
    text = [f"  {line}" if line else "" for line in entities(review.text).split("\n")]
    head = f"- {' · '.join(filter(None, (f'**{name}**', label)))}"
    return "\n".join([head, "", *text] if review.text else [head])


def _heading(paper: Paper, mark: str) -> str:
    cited = citation(paper.key)
    if paper.key and not cited:
        mark = f"{mark} {_comment_id(paper.id)}"
    parts = (
        "###",
        markdown(paper.title) or (UNTITLED if not paper.key else ""),
        cited,
        f"<!-- bibnotes {mark} -->",
    )
    return " ".join(filter(None, parts))


def _comment_id(paper_id: str) -> str:
    encoded = percent_encode(paper_id, safe="", errors="surrogatepass")
    return encoded.replace("-", "%2D")  # a comment must not hold "--"


# What every pandoc takes without braces: single punctuation marks inside, none at the ends. The
# letters are old enough for the Unicode tables of any pandoc; others stand in braces.
_LETTERS = "[0-9A-Za-z_À-ÖØ-öø-ɏ一-龥]+"
_BARE_KEY = re.compile(f"{_LETTERS}(?:[:.#$%&+?~/-]{_LETTERS})*")
# What it does not take even in braces, and what other readers of Markdown would take for HTML.
_NO_KEY = re.compile(rf"\s|{CONTROL.pattern}|\\[{{}}]|<[A-Za-z/!?]")


def citation(key: str) -> str:
    """The key as a pandoc citation, or "" for a key that pandoc cannot take."""
    if _BARE_KEY.fullmatch(key):
        return f"[@{key}]"
    if not key or _NO_KEY.search(key) or not balanced(key):
        return ""
    return f"[@{{{key}}}]"


_ET_AL: dict[Language, str] = {"en": " et al.", "zh": " 等"}


def _facts(paper: Paper, language: Language) -> str:
    authors = ", ".join(map(str, paper.authors))
    if authors and paper.more_authors:
        authors += _ET_AL[language]
    facts = " · ".join(filter(None, (authors, _venue_and_year(paper))))
    return " · ".join(filter(None, (paragraph(facts), *_links(paper))))


def _links(paper: Paper) -> Iterator[str]:
    read, shown = link(paper), zotero_link(paper)
    if read and read != shown:
        yield f"[link]({link_url(read)})"
    if shown:
        yield f"[Zotero]({shown})"


def _venue_and_year(paper: Paper) -> str:
    venue, year = paper.venue, paper.year
    if year in venue and re.search(rf"(?<![\w.:]){re.escape(year)}(?![\w.:])", venue):
        return venue
    return f"{venue} {year}".strip()


def quote(text: str) -> str:
    """A review as a block quote; its control characters become numeric entities."""
    if not text:
        return ""
    return "\n".join(f"> {line}" if line else ">" for line in entities(text).split("\n"))


def unquote(quoted: str) -> str:
    """The text that `quote` made this of, to the character; lines may lack the space."""
    return unentities("\n".join(map(_unquoted, quoted.split("\n"))))


def _unquoted(line: str) -> str:
    return line.removeprefix(">").removeprefix(" ")
