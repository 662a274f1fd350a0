"""A YAML sheet that is being edited: only the bytes of the values that are set change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import yaml

from ..errors import UsageError
from ..model import Json
from ..yaml_tree import Problems
from .blocks import lines_of
from .edit import Edit, RefusedError, Splice, fingerprint
from .statement import Statement
from .yaml_item import Entry, Item, line_end_after, read_item
from .yaml_text import literal, plain, quoted

if TYPE_CHECKING:
    from .yaml import YamlSheet

_UNSAFE = RefusedError("its YAML cannot be edited safely")
_HEADER = re.compile(r"([|>][-+0-9]*)([^\r\n]*)")
_FIRST_LINE = re.compile(r"[ \r\n]*[\r\n]( *)(?=[^ \r\n])")


class YamlDraft:
    """See `edit.Draft`. There is no place for a stamp in YAML, so it is never needed."""

    def __init__(self, sheet: YamlSheet) -> None:
        self._sheet = sheet
        self._statements = list(sheet.statements)
        self._newline = "\r\n" if "\r\n" in sheet.text else "\n"
        self._spans = list(_spans(sheet))
        self._items = [
            Item(sheet.text[start:end], node.start_mark.column)
            for (start, end), node in zip(self._spans, sheet.nodes, strict=True)
        ]
        self._column = 0 if sheet.root.flow_style else sheet.root.start_mark.column
        self._removed: set[int] = set()
        self._between: dict[int, str] = {}  # what stands before a mapping that was added

    def statements(self) -> Iterator[Statement]:
        """What the draft says of all papers."""
        return (one for n, one in enumerate(self._statements) if n not in self._removed)

    @property
    def outline(self) -> Sequence[str | None]:
        """None: a mapping says its priority itself."""
        return ()

    def statement(self, place: int) -> Statement:
        """What the draft says in this place; the line is that in the sheet."""
        return self._statements[place]

    def needs(self, place: int, edit: Edit) -> bool:
        """Whether the edit's key would change anything."""
        return bool(edit.key and self.statement(place).paper.key != edit.key)

    def make(self, place: int, edit: Edit) -> Json:
        """Edit the draft and return what `take_back` needs. Raises RefusedError."""
        item = self._items[place]
        review = edit.review
        if edit.key and self.statement(place).paper.key != edit.key:
            item = self._with(item, "key", edit.key)
        if edit.sets_priority and self.statement(place).paper.review.priority != review.priority:
            item = self._with(item, "priority", review.priority or "")
        if edit.sets_text:
            item = self._with(item, "review", review.text)
        return self._noted(place, item)

    def add(self, text: str, group: str) -> tuple[int, Json]:  # noqa: ARG002 - there are none
        """Add a mapping, in a list of its own, at the end; see `edit.Draft`."""
        column = self._column + 2
        mapping = _indented(text.rstrip().removeprefix("- "), 2, column, self._newline)
        item = Item(mapping + self._newline, column)
        said = self._read(item)[1]
        self._items.append(item)
        self._statements.append(said)
        place = len(self._items) - 1
        between = self._between[place] = self._room(place)
        became = fingerprint(self._body(place))
        return place, {"id": said.paper.id, "became": became, "added": " ", "between": between}

    def is_as_made(self, place: int, restore: Json) -> bool:
        """Whether nobody edited this mapping since `make`."""
        return bool(fingerprint(self._body(place)) == restore["became"])

    def is_taken_back(self, place: int, restore: Json) -> bool:
        """Whether this mapping reads as before `make`."""
        return bool(self._body(place) == restore.get("was"))

    def take_back(self, place: int, restore: Json) -> Json:
        """Undo what `make` did, where `is_as_made`, and return what takes that back."""
        item = self._items[place]
        if restore.get("added"):
            self._remove(place, restore.get("between", ""))
            said = self._statements[place]
            again = "- " + _indented(self._body(place), item.column, 2, "\n")
            return {"id": said.paper.id, "was": again, "became": "", "removed": " "}
        gap, (gap_was, gap_became) = self._gap(place), restore["gaps"]
        text = restore["was"] + (gap_was if gap == gap_became else gap)
        return self._noted(place, replace(item, text=text))

    def splices(self) -> list[Splice]:
        """What the draft changes in the file, in order."""
        text, additions = self._sheet.text, list(self._additions())
        left = set(range(len(self._spans))) - self._removed
        made: list[Splice] = []
        for place, (start, end) in enumerate(self._spans):
            if place in self._removed:
                new = "" if left or additions or made else f"[]{self._newline}"
                made.append(Splice(self._start(place), end, new + self._comments(place)))
            elif self._items[place].text != text[start:end]:
                made.append(Splice(start, end, self._items[place].text))
        return [*made, *additions]

    def _additions(self) -> Iterator[Splice]:
        """The mappings that come at the end."""
        indent, count = " " * self._column, len(self._spans)
        new = "".join(
            f"{self._between[place]}{indent}- {item.text}"
            for place, item in enumerate(self._items)
            if place >= count and place not in self._removed
        )
        root, text = self._sheet.root, self._sheet.text
        start, end = int(root.start_mark.index), int(root.end_mark.index)
        if not new or count:
            yield from [Splice(end, end, new)] if new else []
        elif text[end : line_end_after(text, end)].strip():  # a comment after the brackets
            below = line_end_after(text, end)
            yield Splice(start, end, "")
            yield Splice(below, below, self._newline + new.removesuffix(self._newline))
        else:
            yield Splice(start, end, new.removesuffix(self._newline))

    def _room(self, place: int) -> str:
        """What is to stand before a new mapping."""
        if place > len(self._spans):
            return self._newline
        end = int(self._sheet.root.end_mark.index)
        ends = 1 if self._sheet.text[:end].endswith("\n") else 2
        return self._newline * ends if self._spans else ""

    def _remove(self, place: int, between: str) -> None:
        """Take out a mapping that was added, with what stands before it if nothing follows."""
        self._removed.add(place)
        above = place - 1
        is_last = self._removed.issuperset(range(place, len(self._items)))
        if is_last and 0 < place < len(self._spans) and self._spans[above][1] == self._start(place):
            item = self._items[above]
            self._items[above] = replace(item, text=item.text.removesuffix(between))

    def _start(self, place: int) -> int:
        """Where the line of a mapping begins, or its dash if something stands before that."""
        text = self._sheet.text
        dash = text.rindex("-", 0, self._spans[place][0])
        line = text.rfind("\n", 0, dash) + 1
        return dash if text[line:dash].strip() else line

    def _body(self, place: int) -> str:
        item = self._items[place]
        return item.text[: _tail(item.text, item.column)[0]]

    def _gap(self, place: int) -> str:
        """The white space and comments after a mapping."""
        return self._items[place].text[len(self._body(place)) :]

    def _comments(self, place: int) -> str:
        """The comments below a mapping."""
        item = self._items[place]
        return item.text[_tail(item.text, item.column)[1] :]

    def _noted(self, place: int, item: Item) -> Json:
        was, gap_was = self._body(place), self._gap(place)
        self._items[place] = item
        line = self._statements[place].line
        said = self._statements[place] = replace(self._read(item)[1], line=line)
        gaps = [gap_was, self._gap(place)]
        became = fingerprint(self._body(place))
        return {"id": said.paper.id, "was": was, "became": became, "gaps": gaps}

    def _read(self, item: Item) -> tuple[yaml.MappingNode, Statement]:
        """The mapping and what it says. Raises RefusedError where it cannot be read alone."""
        problems = Problems(self._sheet.name)
        value = item.value(problems)
        said = read_item(value, self._sheet.name, self._sheet.scale) if value else None
        try:
            problems.raise_if_any()
        except UsageError as error:
            raise _UNSAFE from error
        if not value or not said or not isinstance(value.node, yaml.MappingNode):
            raise _UNSAFE
        return value.node, said

    def _with(self, item: Item, name: str, value: str) -> Item:
        """The item with a value set, "" for none: the first way of writing it that reads back."""
        mapping, before = self._read(item)
        entries = {entry.name: entry for entry in item.entries(mapping)}
        if name == "priority" and name in entries and not before.says_priority:
            raise RefusedError("the scale does not know the priority that it has now")
        wanted, others = _said(before) | {name: value}, _others(mapping, name)
        for text in self._ways(item, entries, name, value, flow=bool(mapping.flow_style)):
            new = replace(item, text=text)
            try:
                again, said = self._read(new)
            except RefusedError:
                continue
            if _said(said) == wanted and _others(again, name) == others:
                return new
        raise _UNSAFE

    def _ways(
        self, item: Item, entries: dict[str, Entry], name: str, value: str, *, flow: bool
    ) -> Iterator[str]:
        """The item's text with a value set, the nicest way first."""
        text, entry = item.text, entries.get(name)
        if value:
            for written in self._written(name, value, item.column, flow=flow):
                if entry:
                    yield _replaced(text, entry, written, flow=flow)
                elif flow:
                    end = max(one.end for one in entries.values())
                    yield f'{text[:end]}, "{name}": {written}{text[end:]}'
                else:
                    yield self._inserted(item, list(entries.values()), name, written)
        elif not entry:
            yield text
        else:
            if not flow:
                yield _removed(text, list(entries.values()), entry)
            yield _replaced(text, entry, "null" if name == "priority" else '""', flow=flow)

    def _written(self, name: str, value: str, column: int, *, flow: bool) -> Iterator[str]:
        """A value as YAML; quotes are what JSON, too, can read."""
        if name == "priority":
            value = self._tag(value)
        if name != "review" and not flow:
            yield plain(value)
        elif not flow and (block := literal(value, column, self._step, self._newline)):
            yield block
        yield quoted(value)

    def _tag(self, level: str) -> str:
        try:
            return self._sheet.scale.level(level).tag(self._sheet.language)
        except KeyError:
            raise RefusedError(f"the scale has no level {level!r}") from None

    def _inserted(self, item: Item, entries: list[Entry], name: str, written: str) -> str:
        """The item's text with a new line: a key first, a review last, a priority before it."""
        text, last = item.text, entries[-1]
        line, between = f"{name}: {written}", self._newline + " " * item.column
        before = None
        if name == "key":
            before = entries[0]
        elif name == "priority":
            before = next((one for one in entries if one.name == "review"), None)
        if before is None and last.is_block and "+" in _header(text, last)[0]:
            before = last  # the blank lines that follow are a part of its value
        if before:
            return text[: before.start] + line + between + text[before.start :]
        end = line_end_after(text, last.end)
        return text[:end] + between + line + text[end:]

    @cached_property
    def _step(self) -> int:
        """By how many columns the sheet's literal blocks are indented; 2 where it has none."""
        text = self._sheet.text
        for mapping in self._sheet.nodes:
            for key, node in mapping.value:
                if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
                    start = line_end_after(text, node.start_mark.index)
                    found = _FIRST_LINE.match(text, start, node.end_mark.index)
                    step = len(found[1]) - key.start_mark.column if found else 0
                    if 1 <= step <= 9:
                        return int(step)
        return 2


def _spans(sheet: YamlSheet) -> Iterator[tuple[int, int]]:
    """Where the text of each mapping begins and ends: what is between, `-` and `,`, stays."""
    starts = [int(node.start_mark.index) for node in sheet.nodes]
    if sheet.root.flow_style:
        yield from zip(starts, [int(node.end_mark.index) for node in sheet.nodes], strict=True)
        return
    dash = re.compile(rf"(?m)^ {{{sheet.root.start_mark.column}}}-(?=\s)")
    end = int(sheet.root.end_mark.index)
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        if following is None:
            yield start, end
            return
        *_, last = dash.finditer(sheet.text, start, following)
        yield start, last.start()


def _tail(text: str, column: int) -> tuple[int, int]:
    """Where a mapping ends, and where comments below it begin, which may be about the next one."""
    comments = at = len(text)
    for line in reversed(lines_of(text)[1:]):
        said = line.lstrip(" ")
        if said.startswith("#") and len(line) - len(said) <= column:
            comments = at - len(line)
        elif said.strip():
            break
        at -= len(line)
    return len(text[:at].rstrip()), comments


def _indented(text: str, before: int, column: int, newline: str) -> str:
    """A mapping with its lines after the first in another column."""
    first, *rest = re.split("\r?\n", text)
    lines = (" " * column + line[before:] if line else "" for line in rest)
    return newline.join([first, *lines])


def _removed(text: str, entries: list[Entry], entry: Entry) -> str:
    """The text without an entry's lines; the same text where something else stands in them."""
    number = entries.index(entry)
    if number + 1 < len(entries):
        start, end = entry.start, entries[number + 1].start
        rest = text[entry.end : end]
    else:
        above = text[: entry.start].rstrip(" ").removesuffix("\n").removesuffix("\r")
        start, end = len(above), line_end_after(text, entry.end)
        rest = text[entry.end : end]
    return text if rest.strip() else text[:start] + text[end:]


def _replaced(text: str, entry: Entry, written: str, *, flow: bool) -> str:
    """The text with another value; a comment on the value's first or only line stays there."""
    start, end = entry.value_start, entry.end
    comment = _header(text, entry)[1]
    if not flow and not entry.is_block:
        end = line_end_after(text, entry.end)
        comment = text[entry.end : end]
    space = "" if flow or text[start - 1].isspace() else " "
    first = line_end_after(written, 0)
    return text[:start] + space + written[:first] + comment + written[first:] + text[end:]


def _header(text: str, entry: Entry) -> tuple[str, str]:
    """The sign of a block scalar, and the comment after it; nothing for other values."""
    found = _HEADER.match(text, entry.value_start) if entry.is_block else None
    return (found[1], found[2]) if found else ("", "")


def _said(statement: Statement) -> dict[str, str]:
    paper = statement.paper
    return {"key": paper.key, "priority": paper.review.priority or "", "review": paper.review.text}


def _others(mapping: yaml.MappingNode, name: str) -> list[tuple[object, object]]:
    """What a mapping holds but for one key."""
    return [(_content(key), _content(node)) for key, node in mapping.value if key.value != name]


def _content(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return [(_content(key), _content(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [_content(value) for value in node.value]
    return node.tag, node.value
