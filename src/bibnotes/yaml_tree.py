"""YAML that people wrote, as a tree of values that know their name and their line.

Whatever a value should be and is not is collected in Problems, so that one run names all of it.
Aliases are refused, and size and depth are bounded: such a file costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

import yaml
from yaml.reader import ReaderError

from .errors import UsageError

MAX_SHOWN_PROBLEMS = 20
MAX_SHOWN_LETTERS = 60

_NULL = "tag:yaml.org,2002:null"
_KINDS = {
    "tag:yaml.org,2002:map": "a mapping",
    "tag:yaml.org,2002:seq": "a list",
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:timestamp": "a date",
    _NULL: "empty",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Problems:
    """What is wrong with a file, in the order of its lines."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: set[tuple[int, str]] = set()

    def add(self, problem: str, line: int = 0) -> None:
        """Note a problem; without a line it does not lie in the file."""
        place = f"{self._file}:{line}: " if line else ""
        self._found.add((line, place + problem))

    def raise_if_any(self, hint: str = "") -> None:
        """Raises UsageError, one line a problem, if there is any."""
        if not self._found:
            return
        lines = [problem for _, problem in sorted(self._found)]
        more = len(lines) - MAX_SHOWN_PROBLEMS
        if more > 0:
            lines[MAX_SHOWN_PROBLEMS:] = [f"{self._file}: {more} more problems"]
        raise UsageError("\n".join(lines), hint)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the file. ``name`` is what a message calls it, like ``zotero.server``."""

    node: yaml.Node
    name: str
    problems: Problems

    @property
    def line(self) -> int:
        """The line it begins in, counted from 1."""
        return int(self.node.start_mark.line) + 1

    @property
    def kind(self) -> str:
        """What it is, in words: ``a mapping``, ``a list``, ``text``, ``a number``."""
        return _KINDS.get(self.node.tag, f"tagged {shown(self.node.tag)}")

    @property
    def is_null(self) -> bool:
        """Whether nothing is there. A key without a value counts as left out."""
        return bool(self.node.tag == _NULL)

    def wrong(self, problem: str) -> None:
        """Note a problem with this value."""
        self.problems.add(problem, self.line)

    def text(self, wanted: str = "text") -> str | None:
        """One line of text, without surrounding space; anything else is a problem."""
        if not isinstance(self.node, yaml.ScalarNode) or self.kind != "text":
            self._wrong_type(wanted)
            return None
        text = self.node.value.strip()
        if not text or _CONTROL.search(text):
            self.wrong(f"`{self.name}` is {shown(text) or 'empty'}; it must be one line of text")
            return None
        return str(text)

    def items(self, name: str) -> list[Value]:
        """The values of a list, each called ``name``; anything else is a problem."""
        if not isinstance(self.node, yaml.SequenceNode):
            self._wrong_type("a list")
            return []
        return [Value(node, name, self.problems) for node in self.node.value]

    def mapping(self, checks: Mapping[str, Check], required: Iterable[str] = ()) -> dict[str, Any]:
        """What the checks make of a mapping's values, by key; keys without a value are left out.

        Unknown, repeated and missing keys are problems, and so is anything but a mapping.
        """
        if not isinstance(self.node, yaml.MappingNode):
            self._wrong_type("a mapping")
            return {}
        given = dict(self._entries(self.node, checks))
        for key in required:
            if key not in given:
                self.wrong(f"`{self._inside(key)}` is missing")
        made = {key: checks[key](value) for key, value in given.items()}
        return {key: value for key, value in made.items() if value is not None}

    def _entries(
        self, mapping: yaml.MappingNode, known: Iterable[str]
    ) -> Iterator[tuple[str, Value]]:
        seen: dict[str, int] = {}
        for key_node, node in mapping.value:
            key = Value(key_node, self.name, self.problems)
            name = str(key_node.value)
            if name not in known:
                key.wrong(self._unknown(key_node, known))
            elif name in seen:
                key.wrong(f"`{self._inside(name)}` stands in line {seen[name]} already")
            else:
                seen[name] = key.line
                value = Value(node, self._inside(name), self.problems)
                if not value.is_null:
                    yield name, value

    def _unknown(self, key: yaml.Node, known: Iterable[str]) -> str:
        if not isinstance(key, yaml.ScalarNode):
            return "a key must be text"
        near = get_close_matches(key.value.lower(), list(known), n=1)
        said = f"unknown key `{self._inside(shown(key.value))}`"
        if near:
            return f"{said}; did you mean `{self._inside(near[0])}`?"
        return f"{said}; the keys are {', '.join(known)}"

    def _inside(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _wrong_type(self, wanted: str) -> None:
        problem = f"`{self.name}` must be" if self.name else "this must be"
        problem = f"{problem} {wanted}, not {self.kind}"
        if wanted.startswith("text") and isinstance(self.node, yaml.ScalarNode):
            problem += f'; "{shown(self.node.value)}" in quotes is text'
        self.wrong(problem)


Check: TypeAlias = Callable[[Value], Any]  # returns None where it noted a problem


def such(valid: Callable[[str], object], wanted: str) -> Check:
    """A check for text that is valid; ``wanted`` says in words what that is."""

    def check(value: Value) -> str | None:
        text = value.text()
        if text is None or valid(text):
            return text
        value.wrong(f"`{value.name}` is `{shown(text)}`; it must be {wanted}")
        return None

    return check


def one_of(*choices: str) -> Check:
    """A check for one of some words."""
    return such(lambda text: text in choices, f"one of {', '.join(choices)}")


def shown(text: str) -> str:
    """A piece of a file as a message may have it: short, without control characters."""
    short = text if len(text) <= MAX_SHOWN_LETTERS else text[:MAX_SHOWN_LETTERS] + "…"
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], short)


class _Loader(yaml.SafeLoader):
    """Reads the two escapes that JSON writes for one character beyond U+FFFF as that character."""

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        """One scalar, its text whole."""
        node = super().compose_scalar_node(anchor)
        node.value = _whole(node.value)
        return node


_HALF = re.compile("[\ud800-\udfff]")


def _whole(text: str) -> str:
    if not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def read(data: bytes, problems: Problems, *, max_bytes: int, max_depth: int) -> Value | None:
    """The value that a file holds, or None if it is empty or not YAML that can be read."""
    if len(data) > max_bytes:
        problems.add(f"the file is larger than {max_bytes} bytes", 1)
        return None
    try:
        text = data.decode("utf-8-sig")
        if _is_plain(text, problems, max_depth):
            node = yaml.compose(text, Loader=_Loader)
            return None if node is None or node.tag == _NULL else Value(node, "", problems)
    except UnicodeDecodeError as error:
        problems.add("this is not UTF-8", data.count(b"\n", 0, error.start) + 1)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(f"this is not YAML: {shown(text[error.position])} must not be in it", line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(filter(None, (error.context, error.problem)))
        problems.add(f"this is not YAML: {said}", mark.line + 1 if mark else 1)
    return None


def _is_plain(text: str, problems: Problems, max_depth: int) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            problems.add(f"*{shown(event.anchor or '')} is an alias; write the value out", line)
            return False
        if isinstance(event, yaml.ScalarEvent) and _HALF.search(_whole(event.value)):
            problems.add("\\ud800 to \\udfff are halves of characters: one stands alone", line)
            return False
        if depth > max_depth:
            problems.add("lists and mappings are nested too deep", line)
            return False
    return True
