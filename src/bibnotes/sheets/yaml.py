"""Sheets in YAML: a list with one mapping a paper.

What is read from a mapping: ``key``, ``doi``, ``arxiv``, ``isbn``, ``url``, ``type``, ``title``,
``authors`` (a list of "Given Family", or one line), ``year``, ``venue``, ``abstract``; and the
review: ``priority``, an id, a label or a tag of the scale, where null and "" are no priority; and
``review``, Markdown, where "" is no text. A priority or a review that is left out is not spoken of.
All other keys are the user's own. `yaml_item` bounds size and depth.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import yaml

from ..errors import UsageError
from ..model import FileSource, Paper, Problem, Review
from ..scale import Language, Scale
from ..yaml_tree import Problems, Value, read, shown
from .edit import New, RefusedError
from .statement import Statement, repetitions, statement_of, with_repeats
from .yaml_draft import YamlDraft
from .yaml_item import MAX_BYTES, MAX_DEPTH, read_item, slips, unknown_priority
from .yaml_text import literal, plain, plain_in_list, quoted

_NUMBER = re.compile(r"[1-9][0-9]*")
_HINT = "A YAML sheet is a list of papers, each a mapping with a key, a doi or a title."


class YamlSheet:
    """A YAML sheet, read. Raises UsageError, with every mistake and its line, for what is none."""

    def __init__(self, name: str, text: str, *, scale: Scale, language: Language) -> None:
        self.name, self.text, self.scale, self.language = name, text, scale, language
        problems = Problems(name)
        self.root, self._items = _list(name, text, problems)
        statements = [read_item(item, name, scale) for item in self._items]
        problems.raise_if_any(_HINT)
        self.statements: Sequence[Statement] = with_repeats(list(filter(None, statements)))
        self.nodes = [item.node for item in self._items if isinstance(item.node, yaml.MappingNode)]

    @cached_property
    def problems(self) -> list[Problem]:
        """Papers that are there twice or that nothing identifies, and priorities of no scale."""
        found = repetitions(self.name, self.statements)
        for item, statement in zip(self._items, self.statements, strict=True):
            word, line = unknown_priority(item, self.scale)
            if word:
                message = f"the scale has no priority `{shown(word)}`; it is not read"
                found.append(Problem(FileSource(self.name, line), message, statement.paper.id))
            if not _is_identified(statement):
                message = "nothing says which paper this is: neither key nor doi nor title"
                found.append(Problem(FileSource(self.name, item.line), message))
        return found

    @cached_property
    def remarks(self) -> list[Problem]:
        """Keys that are taken for the user's own, and may be a slip."""
        return [
            Problem(
                FileSource(self.name, line),
                f"`{shown(key)}` is not read; if it is the {meant}, write `{meant}`",
                statement.paper.id,
            )
            for item, statement in zip(self._items, self.statements, strict=True)
            for key, meant, line in slips(item)
        ]

    @property
    def unquoted(self) -> Collection[str]:
        """None: a key that is lacking is not spoken of."""
        return ()

    @property
    def outline(self) -> Sequence[str | None]:
        """None: a mapping says its priority itself."""
        return ()

    @property
    def headings(self) -> Collection[str]:
        """None: every mapping is about a paper."""
        return ()

    def new(self, paper: Paper) -> New:
        """The mapping of a paper. Raises RefusedError for a sheet in brackets, such as JSON."""
        if self.root.flow_style and self.root.value:
            raise RefusedError("a list in brackets is not added to")
        review = Review(paper.review.priority, paper.review.text)
        said = statement_of(replace(paper, review=review, abstract=""))
        text = render_yaml([said], scale=self.scale, language=self.language)
        (read,) = YamlSheet(self.name, text, scale=self.scale, language=self.language).statements
        if read.paper.review != review:
            raise RefusedError("its review would not read back as it is")
        return New(text, "", read)

    def draft(self) -> YamlDraft:
        """A draft that says what the sheet says."""
        return YamlDraft(self)


def render_yaml(statements: Iterable[Statement], *, scale: Scale, language: Language) -> str:
    """A new sheet that says the same, the same text for the same statements.

    Priorities are written as the tags of the language.
    """
    items = ("\n  ".join(_entries(one, scale, language)) for one in statements)
    return "\n".join(f"- {item}\n" for item in items) or "[]\n"


def _entries(statement: Statement, scale: Scale, language: Language) -> Iterator[str]:
    """The keys of a mapping with their values; lines after the first have their indentation."""
    paper, review = statement.paper, statement.paper.review
    for name in ("key", "doi", "arxiv", "isbn", "title"):
        if text := getattr(paper, name):
            yield f"{name}: {plain(text)}"
    if paper.authors:
        names = ", ".join(map(plain_in_list, map(str, paper.authors)))
        yield f"authors: [{names}]"
    if paper.year:
        yield f"year: {paper.year if _NUMBER.fullmatch(paper.year) else plain(paper.year)}"
    for name in ("venue", "url"):
        if text := getattr(paper, name):
            yield f"{name}: {plain(text)}"
    if statement.says_priority:
        level = review.priority and scale.level(review.priority)
        yield f"priority: {plain(level.tag(language)) if level else 'null'}"
    if statement.says_text:
        yield f"review: {_text(review.text)}"
    if paper.abstract:
        yield f"abstract: {_text(paper.abstract)}"


def _text(text: str) -> str:
    return (text and literal(text, 2, 2, "\n")) or quoted(text)


def _list(name: str, text: str, problems: Problems) -> tuple[yaml.SequenceNode, list[Value]]:
    """The list that the text holds, and its items. Raises UsageError where it holds none."""
    found = read(text.encode(), problems, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    if found and isinstance(found.node, yaml.SequenceNode):
        return found.node, found.items("paper")
    problems.raise_if_any(_HINT)
    kind, line = (found.kind, found.line) if found else ("empty", 1)
    raise UsageError(f"{name}:{line}: a sheet must be a list of papers, not {kind}", _HINT)


def _is_identified(statement: Statement) -> bool:
    paper = statement.paper
    names = (paper.key, paper.doi, paper.arxiv, paper.isbn, paper.url, paper.title, paper.authors)
    return any(names)
