"""One paper of a YAML sheet: the mapping, what it says, and where its values stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from ..escape import one_line
from ..model import FileSource, Name, Paper, Review
from ..scale import Scale
from ..yaml_tree import Problems, Value, read
from .author_line import read_authors
from .statement import Statement, paper_id, read_name

MAX_BYTES = 20_000_000
MAX_DEPTH = 32

_LINES = ("key", "doi", "arxiv", "isbn", "url", "type", "title", "venue")
_TEXTS = ("abstract", "review")
_SCALARS = ("year", "priority")
_KNOWN = (*_LINES, *_TEXTS, *_SCALARS, "authors")
_SAID = ("review", "priority")  # a slip in these would lose what somebody wrote
_LIKE = 0.9  # prioriy, reviews, but not reviewer
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, as offsets in the text of the item.

    ``is_block`` says whether the value is a block scalar, ``|`` or ``>``.
    """

    name: str
    start: int
    value_start: int
    end: int
    is_block: bool


def line_end_after(text: str, at: int) -> int:
    """Where the line ends that an offset lies in."""
    found = _LINE_END.search(text, at)
    return found.start() if found else len(text)


def read_item(item: Value, file: str, scale: Scale) -> Statement | None:
    """What a mapping says of its paper; None for what is no mapping.

    What has a wrong type is noted with the item's problems and left out. A priority that is none
    of the scale is not said.
    """
    if not isinstance(item.node, yaml.MappingNode):
        item.wrong(f"a paper must be a mapping, not {item.kind}")
        return None
    values = dict(_values(item))
    said = {name: text for name in (*_LINES, *_TEXTS) if (text := _text(values.get(name)))}
    line = {name: one_line(said[name]) for name in _LINES if name in said}
    authors, more = _authors(values.get("authors"))
    word = _scalar(values.get("priority"))
    level = scale.find(word) if word else None
    key, title, doi = (line.get(name, "") for name in ("key", "title", "doi"))
    paper = Paper(
        id=paper_id(key, title, map(str, authors), doi),
        key=key,
        type=line.get("type", "misc"),
        title=title,
        authors=authors,
        more_authors=more,
        year=_scalar(values.get("year")),
        venue=line.get("venue", ""),
        abstract=one_line(said.get("abstract", "")),
        doi=doi,
        arxiv=line.get("arxiv", ""),
        isbn=line.get("isbn", ""),
        url=line.get("url", ""),
        review=Review(level.id if level else None, said.get("review", "")),
        source=FileSource(file, item.line),
    )
    review = values.get("review")
    return Statement(
        paper,
        base=None,
        says_priority="priority" in values and bool(level or not word),
        says_text=review is not None and not review.is_null,
        line=item.line,
        completable=True,
    )


def unknown_priority(item: Value, scale: Scale) -> tuple[str, int]:
    """A priority that the scale does not know, and its line; ("", 0) where there is none."""
    value = dict(_values(item)).get("priority")
    word = _scalar(value)
    return (word, value.line) if value and word and not scale.find(word) else ("", 0)


def slips(item: Value) -> Iterator[tuple[str, str, int]]:
    """The keys that look like a mistyped one of what is said of a paper: both, and the line.

    None where the right key stands there too: then the other is the user's own.
    """
    if not isinstance(item.node, yaml.MappingNode):
        return
    keys = [key for key, _ in item.node.value if isinstance(key, yaml.ScalarNode)]
    lacking = set(_SAID) - {key.value for key in keys}
    for key in keys:
        for meant in get_close_matches(key.value.lower(), lacking, n=1, cutoff=_LIKE):
            yield key.value, meant, Value(key, key.value, item.problems).line


def _values(item: Value) -> Iterator[tuple[str, Value]]:
    """The values of the keys that mean something here; a repeated key is a problem."""
    seen: dict[str, int] = {}
    for key, node in item.node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in _KNOWN:
            continue
        value = Value(node, name, item.problems)
        if name in seen:
            value.wrong(f"`{name}` stands in line {seen[name]} already")
            continue
        seen[name] = value.line
        yield name, value


def _text(value: Value | None) -> str:
    if value is None or value.is_null:
        return ""
    if value.kind == "text" and isinstance(value.node, yaml.ScalarNode):
        return str(value.node.value)
    return value.text() or ""  # which notes what is wrong


def _scalar(value: Value | None) -> str:
    """Text, or a number as it is written."""
    if value is None or value.is_null:
        return ""
    if isinstance(value.node, yaml.ScalarNode):
        return one_line(value.node.value)
    return value.text() or ""


def _authors(value: Value | None) -> tuple[tuple[Name, ...], bool]:
    if value is None or value.is_null:
        return (), False
    if isinstance(value.node, yaml.SequenceNode):
        texts = [one_line(_text(item)) for item in value.items("authors")]
        return tuple(read_name(text) for text in texts if text), False
    text = one_line(_text(value))
    found = read_authors(text)
    names = found.names or ((text,) if text else ())
    return tuple(map(read_name, names)), found.more


@dataclass(frozen=True)
class Item:
    """The text of one mapping in a sheet, from its first key on; ``column`` is that key's."""

    text: str
    column: int

    def value(self, problems: Problems) -> Value | None:
        """The mapping, read again from the text alone; its lines count from the item's first."""
        text = " " * self.column + self.text
        return read(text.encode(), problems, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)

    def entries(self, mapping: yaml.MappingNode) -> list[Entry]:
        """The keys and values of the mapping that `value` read."""
        return [
            Entry(
                name=str(key.value),
                start=key.start_mark.index - self.column,
                value_start=node.start_mark.index - self.column,
                end=self._end(node),
                is_block=node.style in ("|", ">") if isinstance(node, yaml.ScalarNode) else False,
            )
            for key, node in mapping.value
        ]

    def _end(self, node: yaml.Node) -> int:
        """Where a value ends, without what YAML's parser skips after it."""
        while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        end = int(node.end_mark.index) - self.column
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return line_end_after(self.text, len(self.text[:end].rstrip()))
        return end
