"""Where the sections of a Markdown sheet stand, below which headings, and how they are moved.

A sheet is a row of parts, the heads of groups and the sections below them; every byte of the file
is in one of them. A part ends in its gap: the end of its last line and the blank lines after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from ..digest.build import Count, Digest
from ..digest.markdown import counts_line
from ..escape import markdown
from ..model import Json
from ..scale import GROUPS, Language, Level, Scale
from .blocks import is_closed, lines_of
from .edit import RefusedError, Splice
from .heading import has_count, with_count
from .section import Group

_LINE_END = re.compile(r"\r\n|\n|\r")
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_NUMBER = 1_234_567  # a count that no label holds


@dataclass(eq=False)
class Part:
    """A piece of the text: ``span`` is where it stands in the file, None for a new one.

    ``paper`` is the id of a section's paper; ``counts`` says that it is known to be one, ``gone``
    that it left its place.
    """

    text: str
    span: tuple[int, int] | None = None
    paper: str = ""
    counts: bool = True
    gone: bool = False

    @property
    def body(self) -> str:
        """The text without the end of its last line and the blank lines after it."""
        return self.text[: self._end_of_body()]

    @property
    def gap(self) -> str:
        """The end of its last line and the blank lines after it."""
        return self.text[self._end_of_body() :]

    @gap.setter
    def gap(self, gap: str) -> None:
        self.text = self.body + gap

    def _end_of_body(self) -> int:
        found = _LINE_END.search(self.text, len(self.text.rstrip(" \t\r\n")))
        return found.start() if found else len(self.text)


@dataclass(eq=False)
class _Group:
    head: Part
    id: str | None
    sections: list[Part] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return [self.head, *self.sections]

    @property
    def papers(self) -> int:
        """How many there are; a heading of the user's own is none."""
        return sum(section.counts for section in self.sections)

    @property
    def last(self) -> Part:
        return self.sections[-1] if self.sections else self.head


_Slot: TypeAlias = tuple[str, Part]  # "gap", "heading" or "counts", and the part that has it


def _ends(gap: str) -> int:
    """How many line ends it has."""
    return len(_LINE_END.findall(gap))


class Layout:
    """The parts of a sheet in their order. ``front`` is the length of the front matter."""

    def __init__(
        self, groups: Iterable[Group], front: int, scale: Scale, language: Language, newline: str
    ) -> None:
        self._front, self._scale, self._language, self._newline = front, scale, language, newline
        self._groups: list[_Group] = []
        self._removed: list[Part] = []
        at = 0
        for group in groups:
            parts = []
            for lines in (group.lines, *(section.lines for section in group.sections)):
                text = "".join(lines)
                parts.append(Part(text, (at, at + len(text))))
                at += len(text)
            self._groups.append(_Group(parts[0], group.id, parts[1:]))
        self.sections = [part for group in self._groups for part in group.sections]
        self._group_of = {part: group for group in self._groups for part in group.sections}

    def group_id(self, part: Part) -> str | None:
        """The level or computed group below whose heading a section stands."""
        return self._group_of[part].id

    def is_set_off(self, part: Part) -> bool:
        """Whether a section may end in another text: what follows would not go on with it.

        That is so but for a heading that is underlined, without a blank line before it.
        """
        set_off = part is self._last() or _ends(part.gap) > 1
        return set_off or self._starts_with_marks(self._next(part))

    @property
    def outline(self) -> list[str | None]:
        """The ids of the groups, None for a heading that gives no priority."""
        return [group.id for group in self._groups]

    def splices(self, text: str) -> list[Splice]:
        """What changed in the file's text, in order."""
        left = [*self._removed, *(part for part in self.sections if part.gone)]
        made = [Splice(*part.span, "") for part in left if part.span]
        new, at = "", 0
        for part in self._parts():
            if part.gone or not part.span:
                new += part.text
                continue
            made += [Splice(at, at, new), Splice(*part.span, part.text)]
            new, at = "", part.span[1]
        made.append(Splice(at, at, new))
        return sorted(one for one in made if one.new != text[one.start : one.end])

    def has(self, part: Part) -> bool:
        """Whether a section stands anywhere."""
        return part in self._group_of

    def add(self, text: str, target: str) -> tuple[Part, Json]:
        """Put a new section last below the heading of a level, which is made where there is none.

        Returns also what `remove` needs. Raises RefusedError where code that never ends would
        swallow it.
        """
        if target not in self._order:
            raise RefusedError(f"the scale has no level {target!r}")
        part = Part(text)
        group = next((group for group in self._groups if group.id == target), None)
        index = self._index_for(target)
        before = group.last if group else self._groups[index - 1].last
        self._require_closed(part, before)
        made_now = group is None
        old = self._values([before, self._last()])
        if not group:
            group = self._create(target, index)
            before = group.head
        self._set_gaps(part, before)
        group.sections.append(part)
        self._group_of[part] = group
        self.sections.append(part)
        self._count()
        made = self._groups.index(group) if made_now else None
        return part, {"made": made, "edges": self._edges(old)}

    def remove(self, part: Part, trace: Json) -> None:
        """Take a section out that `add` put in, and its heading if that was made for it."""
        group = self._group_of[part]
        made_then = self._numbered(trace.get("made"))
        settled = list(self._still(trace.get("edges", [])))
        self._take_out(part)
        del self._group_of[part]
        if made_then is group and not group.sections:
            self._remove(group)
        self._count()
        self._settle(settled)

    def recount(self, trace: Json) -> Json:
        """Bring the counts up to date; returns what takes that back, as ``trace`` does here."""
        settled = list(self._still(trace.get("edges", [])))
        old = self._values([])
        self._count()
        self._settle(settled)
        return {"edges": self._edges(old)}

    def move(self, part: Part, target: str) -> Json:
        """Put a section last below the heading of a level, which is made where there is none.

        Returns what `move_back` needs; where the section stands there already, nothing. Raises
        RefusedError where its heading gives no priority, or code that never ends would swallow
        what follows.
        """
        return self._move(part, target, {})

    def move_back(self, part: Part, trace: Json) -> Json:
        """Take a move back: to the exact place, as far as the sheet still has it."""
        return self._move(part, trace["from"], trace)

    def _move(self, part: Part, target: str, trace: Json) -> Json:
        source = self._group_of[part]
        if source.id is None:
            raise RefusedError("it stands below a heading that gives no priority")
        if target not in self._order:
            raise RefusedError(f"the scale has no level {target!r}")
        old_group = self._old_group(target, trace)
        group = old_group or self._named(target, source)
        if group is source:
            return {}
        index = self._index_for(target)
        before = group.parts[self._number(group, trace)] if group else self._groups[index - 1].last
        self._require_closed(part, before)
        made_then, made_now = self._numbered(trace.get("made")), group is None
        settled = list(self._still(trace.get("edges", [])))
        old = self._values([part, self._previous(part), before, self._last()])
        number = source.sections.index(part)
        after = source.sections[number - 1].paper if number else ""

        self._take_out(part)
        if not group:
            group = self._create(target, index)
            before = group.head
        self._put(part, before, group, line_ends=1 if old_group else 2)
        if made_then is source and not source.sections:
            self._remove(source)
        self._count()
        self._settle(settled)
        return {
            "from": source.id,
            "group": self._groups.index(source) if source in self._groups else None,
            "after": after,
            "made": self._groups.index(group) if made_now else None,
            "edges": self._edges(old),
        }

    # Where a section is to go.

    def _old_group(self, target: str, trace: Json) -> _Group | None:
        group = self._numbered(trace.get("group"))
        return group if group and group.id == target else None

    def _numbered(self, number: int | None) -> _Group | None:
        known = number is not None and number < len(self._groups)
        return self._groups[number] if known and number is not None else None

    def _named(self, target: str, source: _Group) -> _Group | None:
        if source.id == target:
            return source
        return next((group for group in self._groups if group.id == target), None)

    def _number(self, group: _Group, trace: Json) -> int:
        """How many sections of the group stand before the place."""
        if "after" in trace and not trace["after"]:
            return 0
        papers = [section.paper for section in group.sections]
        after = trace.get("after")
        return papers.index(after) + 1 if after in papers else len(papers)

    def _index_for(self, target: str) -> int:
        """Where among the groups the one of this level belongs, by the order of the scale."""
        rank = self._order.index(target)
        known = [(n, self._order.index(one.id)) for n, one in enumerate(self._groups) if one.id]
        after = known[-1][0] + 1 if known else len(self._groups)
        return next((n for n, other in known if other > rank), after)

    @property
    def _order(self) -> list[str]:
        return [*(level.id for level in self._scale.levels), *GROUPS]

    def _require_closed(self, *parts: Part) -> None:
        for part in parts:
            if not is_closed(part.text):
                raise RefusedError("it would be moved out of, or into, code that never ends")

    # Moving parts; their gaps move so that blank lines stand between all, and the file ends as it
    # did.

    def _take_out(self, part: Part) -> None:
        before = self._previous(part)
        if part is self._last():
            before.gap = part.gap
        elif not self._starts_with_marks(self._next(part)) and _ends(before.gap) < 2:
            before.gap = 2 * self._newline  # else what it ends with goes on in the heading
        self._group_of[part].sections.remove(part)
        part.gone = True

    def _put(self, part: Part, before: Part, group: _Group, line_ends: int) -> None:
        self._set_gaps(part, before, line_ends)
        group.sections.insert(group.parts.index(before), part)
        self._group_of[part] = group

    def _create(self, target: str, index: int) -> _Group:
        level = next(level for level in self._levels() if level.id == target)
        counted = any(group.id and has_count(group.head.text) for group in self._groups)
        heading = f"## {markdown(level.label(self._language))}{' (0)' if counted else ''}"
        group = _Group(Part(heading), target)
        self._set_gaps(group.head, self._groups[index - 1].last)
        self._groups.insert(index, group)
        return group

    def _remove(self, group: _Group) -> None:
        if len(lines_of(group.head.body)) > 1:  # somebody wrote below the heading
            return
        if group.head is self._last():
            self._previous(group.head).gap = group.head.gap
        self._groups.remove(group)
        self._removed.append(group.head)

    def _set_gaps(self, part: Part, before: Part, line_ends: int = 2) -> None:
        """Make room for a part that comes after another one: so many line ends around it."""
        if before is self._last():
            part.gap, before.gap = before.gap, 2 * self._newline
            return
        for one in (part, before):
            if _ends(one.gap) < line_ends:
                one.gap = 2 * self._newline

    def _parts(self) -> Iterator[Part]:
        return (part for group in self._groups for part in group.parts)

    def _last(self) -> Part:
        return self._groups[-1].last

    def _next(self, part: Part) -> Part:
        parts = list(self._parts())
        return parts[parts.index(part) + 1]

    @staticmethod
    def _starts_with_marks(part: Part) -> bool:
        """Whether it starts with a heading that is not underlined."""
        return part.text.lstrip(" ").startswith("#")

    def _previous(self, part: Part) -> Part:
        """The part before a section, or before a group's head that is not the first."""
        group = self._group_of.get(part)
        if group:
            return group.parts[group.sections.index(part)]
        heads = [group.head for group in self._groups]
        return self._groups[heads.index(part) - 1].last

    # Counts.

    def _count(self) -> None:
        """Bring the counts up to date that have the form in which a digest writes them."""
        for group in self._groups:
            if group.id:
                line = self._get(("heading", group.head))
                self._set(("heading", group.head), with_count(line, group.papers))
        counts = ("counts", self._groups[0].head)
        if self._get(counts) and not any(one.papers and not one.id for one in self._groups):
            self._set(counts, self._written_counts(self._get(counts)))

    def _written_counts(self, line: str) -> str:
        numbers = {level.id: 0 for level in self._levels()}
        for group in self._groups:
            if group.id:
                numbers[group.id] += group.papers
        language = next(one for one in _LANGUAGES if self._counts_forms[one].fullmatch(line))
        return markdown(counts_line(self._digest(language, numbers)))

    @cached_property
    def _counts_forms(self) -> dict[Language, re.Pattern[str]]:
        """What the line of counts looks like in a digest."""
        return {language: self._counts_form(language) for language in _LANGUAGES}

    def _counts_form(self, language: Language) -> re.Pattern[str]:
        items = []
        for level in self._levels():
            whole = markdown(counts_line(self._digest(language, {level.id: _NUMBER})))
            start, item = whole.split(": " if language == "en" else "：", 1)
            items.append(re.escape(item).replace(str(_NUMBER), r"\d+"))
        start = re.escape(start).replace(str(_NUMBER), r"\d+").replace("papers", "papers?")
        separator, colon = (", ", ": ") if language == "en" else ("，", "：")
        item = f"(?:{'|'.join(items)})"
        return re.compile(f"{start}(?:{colon}{item}(?:{separator}{item})*)?")

    def _digest(self, language: Language, numbers: dict[str, int]) -> Digest:
        counts = [
            Count(level.id, level.label(language), numbers.get(level.id, 0))
            for level in self._levels()
        ]
        return Digest("", language, (), tuple(counts))

    def _levels(self) -> Sequence[Level]:
        return (*self._scale.levels, *GROUPS.values())

    # What a move changes around the section, and how it is found again.

    def _values(self, parts: Iterable[Part]) -> dict[_Slot, str]:
        slots: list[_Slot] = [("gap", part) for part in parts]
        slots += [("heading", group.head) for group in self._groups if group.id]
        slots.append(("counts", self._groups[0].head))
        return {slot: self._get(slot) for slot in slots}

    def _get(self, slot: _Slot) -> str:
        kind, part = slot
        if kind == "gap":
            return part.gap
        start, end = self._line(slot)
        return part.text[start:end]

    def _set(self, slot: _Slot, value: str) -> None:
        kind, part = slot
        if kind != "gap":
            start, end = self._line(slot)
            part.text = part.text[:start] + value + part.text[end:]
        elif _LINE_END.search(value) or part is self._last():
            part.gap = value

    def _settle(self, values: Iterable[tuple[_Slot, str]]) -> None:
        for slot, value in values:
            self._set(slot, value)

    def _edges(self, old: Mapping[_Slot, str]) -> list[list[str | int]]:
        """What was in the slots, and what is there now, by names that `_still` finds again."""
        return [
            [slot[0], *self._name(slot[1]), was, self._get(slot)]
            for slot, was in old.items()
            if slot[1] not in self._removed
        ]

    def _line(self, slot: _Slot) -> tuple[int, int]:
        """Where the line of a slot stands in its part, without its end; (0, 0) for none."""
        kind, part = slot
        at = self._front if kind == "counts" else 0
        for line in lines_of(part.text[at:]):
            said = line.rstrip("\r\n")
            if kind == "heading" or any(
                form.fullmatch(said) for form in self._counts_forms.values()
            ):
                return at, at + len(said)
            at += len(line)
        return 0, 0

    def _name(self, part: Part) -> tuple[int, str]:
        group = self._group_of.get(part)
        if group:
            return self._groups.index(group), part.paper
        return [one.head for one in self._groups].index(part), ""

    def _still(self, edges: Iterable[Sequence[str | int]]) -> Iterator[tuple[_Slot, str]]:
        """The slots that still hold what a move put there, with what they held before."""
        for kind, number, paper, was, now in edges:
            group = self._numbered(int(number))
            parts = (group.sections if paper else [group.head]) if group else []
            for part in parts:
                if part.paper == paper and self._get((str(kind), part)) == now:
                    yield (str(kind), part), str(was)
