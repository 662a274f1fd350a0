r"""Reviews as field values: Markdown in, the same Markdown out.

``typeset`` writes for ``annote`` and ``annotation``, which annotated styles print; ``plain`` for
JabRef's ``comment``, which nothing prints. Reading gives back what was written, for every text
with ``\n`` line ends and without control characters. A written value balances its braces as
bibtex(1) counts them, without regard to backslashes, and begins no line with ``@``: no text can
end its field or begin an entry.

Reading takes any value that a file may hold. The sequences that are written here are undone and
line ends become ``\n``; other LaTeX stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SEQUENCES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "@": "{@}",  # where a line begins
    **{character: f"\\{character}" for character in "%&#_$"},
}
_EXCHANGED = _SEQUENCES | {sequence: character for character, sequence in _SEQUENCES.items()}

_LEADING_AT = re.compile(r"(^[^\S\n]*)@", re.MULTILINE)
_TYPESET = re.compile(_LEADING_AT.pattern + r"|[\\{}~^%&#_$]", re.MULTILINE)
_TYPESET_SEQUENCE = re.compile(
    r"(^[^\S\n]*)\{@\}|\\[%&#_$]"
    r"|\\text(?:backslash|braceleft|braceright|asciitilde|asciicircum)\{\}",
    re.MULTILINE,
)
_PLAIN = re.compile(_LEADING_AT.pattern + r"|[\\{}]", re.MULTILINE)
_PLAIN_SEQUENCE = re.compile(
    r"(^[^\S\n]*)\{@\}|\\text(?:backslash|braceleft|braceright)\{\}", re.MULTILINE
)

_MARK = re.compile(r"\\[\\$]|`+|\$")
_BACKQUOTES = re.compile(r"`+")
_PAIR = re.compile(r"\\.", re.DOTALL)
_PAIR_OR_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)
_LINE_THAT_ENDS_IT = re.compile(r"\n[^\S\n]*[@\n]")
_BRACE = re.compile(r"[{}]")
_BRACE_OR_QUOTE = re.compile(r'[{}"]')


def typeset(text: str) -> str:
    r"""Write Markdown as LaTeX that prints its characters, and its formulas as formulas.

    Formulas are found by pandoc's rule: ``$`` opens one directly before something that is not
    white space, and closes it directly after such, unless a digit follows; ``$$…$$`` displays one;
    ``\$``, and what stands in code, is text. A formula that would break the file, or that LaTeX
    could not read, is text too: one with unbalanced braces, with a blank line or a line that
    begins with ``@``, with a bare ``%`` or ``#``, or with a bare ``&`` outside an environment.
    """
    return _outside_formulas(_TYPESET, text)


def read_typeset(value: str) -> str:
    """Read the value of an ``annote`` or ``annotation`` field as Markdown."""
    return _outside_formulas(_TYPESET_SEQUENCE, value)


def plain(text: str) -> str:
    r"""Write Markdown as it is, or with braces, ``\`` and leading ``@`` escaped where need be.

    There is need where the text would break the file, for bibtex(1) or for JabRef (to which
    ``\{`` is no brace), and where reading would take a part of it for an escape.
    """
    text = _with_line_feeds(text)
    if _is_balanced(text) and not _LEADING_AT.search(text) and read_plain(text) == text:
        return text
    return _PLAIN.sub(_exchange, text)


def read_plain(value: str) -> str:
    """Read the value of JabRef's ``comment`` field as Markdown."""
    return _PLAIN_SEQUENCE.sub(_exchange, _with_line_feeds(value))


def fits_in_quotes(value: str) -> bool:
    """Whether no ``"`` stands outside braces, so that the value may stand between quotes."""
    depth = 0
    for character in _BRACE_OR_QUOTE.findall(value):
        if character == '"' and not depth:
            return False
        depth += {"{": 1, "}": -1, '"': 0}[character]
    return True


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _exchange(match: re.Match[str]) -> str:
    indent = match[1] or ""
    return indent + _EXCHANGED[match[0][len(indent) :]]


def _outside_formulas(pattern: re.Pattern[str], text: str) -> str:
    text = _with_line_feeds(text)
    parts = []
    position = 0
    for start, end in _formulas(text):
        parts += [pattern.sub(_exchange, text[position:start]), text[start:end]]
        position = end
    parts.append(pattern.sub(_exchange, text[position:]))
    return "".join(parts)


def _formulas(text: str) -> Iterator[tuple[int, int]]:
    r"""Where formulas begin and end.

    A written value has its formulas, its code and its ``\$`` where the Markdown has them, so that
    reading finds what writing found.
    """
    if "$" not in text:
        return
    code_ends = _code_ends(text)
    position = 0
    while mark := _MARK.search(text, position):
        position = mark.end()
        if mark[0][0] == "`":
            position = code_ends.get(mark.start(), position)
        elif mark[0] == "$" and (end := _formula_end(text, mark.start())):
            yield mark.start(), end
            position = end


def _code_ends(text: str) -> dict[int, int]:
    """Where code ends, by where it begins: at the next run of as many backquotes."""
    ends = {}
    next_end: dict[int, int] = {}  # by the length of the run
    for run in reversed(list(_BACKQUOTES.finditer(text))):
        length = len(run[0])
        if length in next_end:
            ends[run.start()] = next_end[length]
        next_end[length] = run.end()
    return ends


def _formula_end(text: str, start: int) -> int | None:
    fence = "$$" if text.startswith("$$", start) else "$"
    body = start + len(fence)
    dollars = (mark.start() for mark in _PAIR_OR_DOLLAR.finditer(text, body) if mark[0] == "$")
    stop = next(dollars, body)
    formula = text[body:stop]
    end = stop + len(fence)
    if not formula.strip() or text[stop:end] != fence or not _is_typesettable(formula):
        return None
    if fence == "$" and (formula != formula.strip() or text[end : end + 1] in set("0123456789")):
        return None
    return end


def _is_typesettable(formula: str) -> bool:
    bare = _PAIR.sub("", formula)
    return not (
        "%" in bare
        or "#" in bare
        or ("&" in bare and r"\begin" not in formula)
        or _LINE_THAT_ENDS_IT.search(formula)
        or not _is_balanced(formula)
    )


def _is_balanced(text: str) -> bool:
    r"""Whether braces balance with and without ``\{`` and ``\}``, and no ``\`` escapes the end."""
    bare = _PAIR.sub("", text)
    return _closes_what_it_opens(text) and _closes_what_it_opens(bare) and "\\" not in bare


def _closes_what_it_opens(text: str) -> bool:
    depth = 0
    for brace in _BRACE.findall(text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
