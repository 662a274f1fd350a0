"""Values written as YAML, so that they read back to the character."""

from __future__ import annotations

import re

import yaml

from ..escape import yaml_string

# A literal block keeps these as they are; to others, YAML gives a meaning or no place.
_LITERAL = re.compile(
    "[\t\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]+"
)
_PLAIN = re.compile(r"[^\W_](?:[\w.()/+ ·-]*[\w.)])?")
_SPACES = "\t "


def literal(text: str, column: int, step: int, newline: str) -> str | None:
    """A literal block for a key in this column, indented by ``step``; None if it cannot hold it.

    It ends without a line end, which the text gets nevertheless: a review does not count it.
    """
    if not _LITERAL.fullmatch(text) or text[0] == "\n":
        return None
    indent = " " * (column + step)
    header = f"|{step}" if text[0] in _SPACES else "|"
    return newline.join([header, *(indent + line if line else "" for line in text.split("\n"))])


def quoted(text: str) -> str:
    """A double-quoted scalar on one line."""
    return yaml_string(text)


def plain(text: str) -> str:
    """A scalar without quotes where that reads as the same text, else a quoted one."""
    if _PLAIN.fullmatch(text) and "  " not in text and _reads_as_text(text):
        return text
    return yaml_string(text)


def plain_in_list(text: str) -> str:
    """A scalar for a list in brackets."""
    return plain(text) if not set(text) & set("[]{},") else yaml_string(text)


def _reads_as_text(text: str) -> bool:
    """Whether YAML takes it for no number, date or truth value."""
    return isinstance(yaml.safe_load(text), str)
