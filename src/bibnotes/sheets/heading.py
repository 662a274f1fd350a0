"""The headings of a Markdown sheet, read and edited: groups with counts, papers with keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from ..digest.markdown import UNTITLED, citation
from ..escape import unmarkdown

_SPACE = " \t\r\n"  # other white space is a part of the title
_COMMENT = re.compile(r"<!--[ \t]*bibnotes[ \t]+([0-9a-fA-F]{8})(?:[ \t]+([^\s>]+))?[ \t]*-->")
_CLOSING = re.compile(r"[ \t]*#*[ \t\r\n]*")
_MARKS = re.compile(r" {0,3}#+")
_CITATION = re.compile(r"\[@(?:\{(\S+)\}|([^\s;,{}\[\]\\]+))\]")
_COUNT = re.compile(r"[（(][ \t]*\d+[ \t]*[)）]$")
_WRITTEN_COUNT = re.compile(r"(?<=\()\d+(?=\)[ \t]*$)")


@dataclass(frozen=True, slots=True)
class Heading:
    """``### Title [@key] <!-- bibnotes HASH ID -->``; all parts but the marks may be missing.

    ``end`` is where title and key end in the line; ``stamp`` is where the hash stands in it.
    """

    title: str
    key: str
    base: str | None
    noted_id: str
    end: int
    stamp: tuple[int, int] | None


def read_heading(line: str) -> Heading:
    """What a line says that is an ATX heading."""
    found = _comment(line)
    marks = _MARKS.match(line)
    start = marks.end() if marks else 0
    said = line[start : found.start()] if found else _without_closing_marks(line[start:])
    end = start + len(said.rstrip(_SPACE))
    title, key = _split_citation(said.strip(_SPACE))
    return Heading(
        title="" if title == UNTITLED else unmarkdown(title),
        key=key,
        base=found[1].lower() if found else None,
        noted_id=unquote(found[2] or "", errors="surrogatepass") if found else "",
        end=end,
        stamp=found.span(1) if found else None,
    )


def with_key(line: str, key: str) -> str:
    """The line with a citation after the title; ValueError where pandoc cannot take the key."""
    if not (cited := citation(key)):
        raise ValueError(key)
    end = read_heading(line).end
    return f"{line[:end]} {cited}{line[end:]}"


def with_stamp(line: str, digest: str) -> str:
    """The line with this hash in its comment, which is added if need be."""
    heading = read_heading(line)
    if heading.stamp:
        start, end = heading.stamp
        return line[:start] + digest + line[end:]
    return f"{line[: heading.end]} <!-- bibnotes {digest} -->{line[heading.end :]}"


def label_of(text: str) -> str:
    """The label that a group's heading holds, without its count."""
    text = text.strip()
    if count := _COUNT.search(text):
        text = text[: count.start()].rstrip()
    return unmarkdown(text)


def has_count(text: str) -> bool:
    """Whether a group's heading has a count in the form that a digest gives it."""
    return bool(_WRITTEN_COUNT.search(text.split("\n", 1)[0].rstrip("\r")))


def with_count(line: str, count: int) -> str:
    """A group's heading with another count, if it has one in the form that a digest gives it."""
    said = line.rstrip("\r\n")
    return _WRITTEN_COUNT.sub(str(count), said) + line[len(said) :]


def _comment(line: str) -> re.Match[str] | None:
    """The comment at the end of a heading."""
    start = line.rfind("<!--")
    found = _COMMENT.match(line, start) if start >= 0 else None
    return found if found and _CLOSING.fullmatch(line, found.end()) else None


def _without_closing_marks(said: str) -> str:
    said = said.rstrip(_SPACE)
    bare = said.rstrip("#")
    return bare if not bare or bare[-1] in " \t" else said


def _split_citation(said: str) -> tuple[str, str]:
    """Title and key; the key's citation is the last word, or the end of it."""
    start = max(said.rfind(space) for space in " \t") + 1
    found = _CITATION.fullmatch(said, start)
    if not found:
        start = said.rfind("[@", start)
        if start > 0 and said[start - 1] != "\\":
            found = _CITATION.fullmatch(said, start)
    if not found:
        return said, ""
    return said[: found.start()].rstrip(_SPACE), found[1] or found[2]
