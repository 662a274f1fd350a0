"""Listings: pages where someone went through papers and wrote a few lines about some.

A listing has, for each paper, a title, the authors, the abstract and a review, in this order or
with the review before the abstract; any of them but the authors may be missing. There is no markup
to go by: what a line is shows in its form and in its place (see line_roles).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ..errors import UsageError
from ..model import Review
from ..scale import Level, Scale
from .html_lines import is_html
from .line import first_link, fold
from .line_forms import Form, after_number, find_group, find_level, forms
from .line_roles import read_roles
from .page_lines import decode, is_text, page_lines
from .paper_lines import REVIEW, Role, split_papers

__all__ = [
    "Listed",
    "Listing",
    "Remark",
    "decode",
    "looks_like_listing",
    "open_listing",
    "read_listing",
]

MAX_BYTES = 20_000_000  # as of a sheet
_HINT = "A listing is a page of text, Markdown or HTML with titles, authors, abstracts and reviews."


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page says of one paper.

    ``title`` is "" where the page has lost it; ``authors`` are "Given Family"; ``line`` is where
    the paper begins, counted from 1.
    """

    title: str
    authors: tuple[str, ...]
    abstract: str
    review: Review
    line: int
    url: str = ""
    year: str = ""
    more_authors: bool = False  # the list ends in "et al."


@dataclass(frozen=True, slots=True)
class Remark:
    """A line of the page that belongs to no paper: a preface, a section, a farewell, a footer."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The papers of a page in its order, and all that is said beside them."""

    papers: tuple[Listed, ...] = ()
    remarks: tuple[Remark, ...] = ()


_SHEET_KEYS = "key|doi|arxiv|isbn|url|id|title|authors?|year|priority|review|type"


_YAML_SHEET = re.compile(
    r"(?:#.*\s+|---\s+)*"
    rf"(?:-[ \t]+(?:\{{[ \t]*)?[\"']?(?:{_SHEET_KEYS})[\"']?[ \t]*:|[\[{{]\s*[\[{{\"])"
)


def looks_like_listing(text: str) -> bool:
    """Whether a file may be a listing: HTML, or prose that is no sheet, no BibTeX and no JSON."""
    start = text[:20_000].lstrip("\ufeff \t\r\n")
    if not start:
        return False
    return is_html(start) or not (
        re.match(r"---[ \t]*\r?\n(?:.*\r?\n)*?bibnotes[ \t]*:", start)
        or _YAML_SHEET.match(start)
        or re.search(r"(?m)^[ \t]*@[a-zA-Z]+[ \t]*[{(]", start)
    )


def open_listing(name: str, data: bytes, scale: Scale) -> Listing:
    """The listing in a file's bytes; ``name`` is what messages call it.

    Raises UsageError for a file that is too large, empty, no text, or has no paper in it.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: more than {MAX_BYTES // 1_000_000} MB", _HINT)
    text = decode(data)
    if not text.strip():
        raise UsageError(f"{name}: the file is empty", _HINT)
    if not is_text(text):
        raise UsageError(f"{name}: this is not text", _HINT)
    listing = read_listing(text, scale)
    if not listing.papers:
        raise UsageError(f"{name}: no paper was found on this page", _HINT)
    return listing


def read_listing(text: str, scale: Scale) -> Listing:
    """The papers and the remarks of a page, as plain text, Markdown or HTML.

    Nothing is raised for odd input: a page where nothing is recognised holds no papers.
    """
    page = forms(page_lines(text), scale)
    roles = read_roles(page)
    groups = _group_levels(page, roles, scale)
    parts = split_papers(page, roles)
    papers = tuple(
        _paper([page[n] for n in lines], [roles[n] for n in lines], groups[lines[0]], scale)
        for lines in parts
    )
    placed = set(chain.from_iterable(parts))
    remarks = tuple(
        Remark(form.line.number, form.line.text) for n, form in enumerate(page) if n not in placed
    )
    return Listing(papers, remarks)


def _group_levels(
    page: Sequence[Form], roles: Sequence[Role], scale: Scale
) -> list[tuple[Level, ...]]:
    """The level of the headed group that each line is in, as digests are grouped."""
    groups: list[tuple[Level, ...]] = []
    group: tuple[Level, ...] = ()
    depth = 0
    for form, role in zip(page, roles, strict=True):
        heading = form.line.heading
        if role is Role.REMARK and heading:
            level = find_group(form.line.text, scale)
            if level or heading <= depth:
                group, depth = ((level,), heading) if level else ((), 0)
        groups.append(group)
    return groups


def _paper(
    lines: Sequence[Form], roles: Sequence[Role], group: Iterable[Level], scale: Scale
) -> Listed:
    title = _title(_of(Role.TITLE, lines, roles), scale)
    levels = [level for form in lines for level in form.levels] + title.levels
    priorities = scale.ordered(levels or group)
    authors = _of(Role.AUTHORS, lines, roles)
    facts = [form.line.raw for form in lines if form.is_fact]
    return Listed(
        title=title.text,
        authors=tuple(name for form in authors for name in form.authors.names),
        abstract=_abstract(_of(Role.ABSTRACT, lines, roles)),
        review=Review(
            priority=priorities[0] if priorities else None,
            text=_review_text(lines, roles),
            also=tuple(priorities[1:]),
        ),
        line=lines[0].line.number,
        url=_url([title.raw, *facts]),
        year=_year([title.beside, *facts, *(form.line.raw for form in authors)]),
        more_authors=any(form.authors.more for form in authors),
    )


def _of(role: Role, lines: Iterable[Form], roles: Iterable[Role]) -> list[Form]:
    """The lines of a role that are neither tags nor facts."""
    return [
        form
        for form, each in zip(lines, roles, strict=True)
        if each is role and not form.is_tag and not form.is_fact
    ]


# --- titles ---------------------------------------------------------------------------------------

_BESIDE = re.compile(
    r"\s*(?:[\[(【]([^\[\]()【】]{1,60})[\])】]|(?:\s[-–—|/]|:)\s+([^-–—|/:]{1,40}))$"
)
_SAID_BESIDE = re.compile(
    r"(?i)(?:[\w&/' .-]*\b(?:oral|spotlight|poster|best paper(?: award)?|outstanding paper|pdf|code"
    r"|link|arxiv|preprint|链接|代码)"
    r"|[A-Z][\w&/' .-]{1,30}[ ,'’]*(?:19|20)?\d\d(?:[ ,]*(?:oral|spotlight|poster))?"
    r"|(?:19|20)\d\d)$"
)
_PAIRS = {"《": "》", "“": "”", '"': '"', "「": "」", "**": "**", "*": "*", "`": "`", "_": "_"}


@dataclass(slots=True)
class _Title:
    text: str
    levels: list[Level]
    beside: str  # what stood after it and is no part of it: "(ICML 2021, oral)"
    raw: str


def _title(lines: Sequence[Form], scale: Scale) -> _Title:
    text = " ".join(form.plain.strip() for form in lines)
    title = _Title(text, [], "", " ".join(form.line.raw for form in lines))
    bullet = re.match(r"[-*+•●○▪◦–]\s+", text)
    title.text = text[bullet.end() :] if bullet else text
    _take_beside(title, scale)
    title.text = _unwrapped(title.text[after_number(title.text)[1] :])
    _take_beside(title, scale)
    if title.text.endswith((".", "。")) and not title.text.endswith(".."):
        title.text = title.text[:-1]
    return title


def _take_beside(title: _Title, scale: Scale) -> None:
    """Move tags, venues and the like from the end of a title, one after another."""
    while found := _BESIDE.search(fold(title.text)):
        said = found[1] or found[2]
        level = find_level(said, scale)
        if level:
            title.levels.append(level)
        elif not _SAID_BESIDE.match(said):
            return
        title.beside += f" {said}"
        title.text = title.text[: found.start()].rstrip()


def _unwrapped(text: str) -> str:
    text = text.strip()
    for opening, closing in _PAIRS.items():
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and closing not in inner:
            return inner.strip()
    return text


# --- abstracts and reviews ------------------------------------------------------------------------

# A word wrapped after its hyphen, not the hyphen of "pre- and post-".
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_]-)\n(?=[a-z])(?!(?:and|or|to)\b)")
_BETWEEN_HAN = re.compile(r"(?<=[⺀-鿿、。＀-￯]) (?=[⺀-鿿、。＀-￯])")


def _abstract(lines: Sequence[Form]) -> str:
    """An abstract with one line for each of its blocks."""
    blocks: dict[int, list[str]] = {}
    for form in lines:
        blocks.setdefault(form.block, []).append(form.said.strip())
    return "\n\n".join(filter(None, map(_joined, blocks.values())))


def _joined(lines: Iterable[str]) -> str:
    text = _BROKEN_WORD.sub("", "\n".join(filter(None, lines))).replace("\n", " ")
    return _BETWEEN_HAN.sub("", text)


def _review_text(lines: Sequence[Form], roles: Sequence[Role]) -> str:
    """The lines of a review as they stand, with a blank line where the page has one."""
    kept: list[Form] = []
    text: list[str] = []
    margin = _margin(form for form, role in zip(lines, roles, strict=True) if role in REVIEW)
    for form, role in zip(lines, roles, strict=True):
        goes_on = bool(kept) and kept[-1].block == form.block
        if role not in REVIEW or not form.said or (form.is_fact and not goes_on):
            continue
        if kept and not goes_on:
            text.append("")
        kept.append(form)
        text.append(_indent(form)[margin:] + _as_written(form))
    return "\n".join(text)


def _as_written(form: Form) -> str:
    return form.line.raw.strip() if form.is_fact else form.said.strip()


def _indent(form: Form) -> str:
    if form.label or form.levels:
        return ""
    raw = form.line.raw.expandtabs(4)
    return raw[: len(raw) - len(raw.lstrip(" "))]


def _margin(forms: Iterable[Form]) -> int:
    """The columns that all lines of a review are indented by."""
    return min((len(_indent(form)) for form in forms if not (form.label or form.levels)), default=0)


# --- where and when -------------------------------------------------------------------------------

_ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"']+[^\s()<>\[\]\"'.,;]")
_DOI = re.compile(r"10\.\d{4,9}/[^\s,;)\]]+[^\s,;.)\]]")
_ARXIV = re.compile(r"(?i)arxiv\W{1,3}(\d{4}\.\d{4,5})")
_A_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?![\d.]\d)")


def _url(texts: Iterable[str]) -> str:
    """The first address beside the title or in the facts, else that of a DOI or arXiv id."""
    said = "\n".join(texts)
    address = first_link(said) or next(iter(_ADDRESS.findall(said)), "")
    if address:
        return address
    doi, arxiv = _DOI.search(said), _ARXIV.search(said)
    if doi:
        return f"https://doi.org/{doi[0]}"
    return f"https://arxiv.org/abs/{arxiv[1]}" if arxiv else ""


def _year(texts: Iterable[str]) -> str:
    years = _A_YEAR.findall(_ADDRESS.sub("", "\n".join(texts)))
    return years[0] if years else ""
