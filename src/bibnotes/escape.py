"""Text from records made safe for the place it lands in: one function for each place.

Records come from anybody. Their control characters (C0, C1, and the marks that reorder a line)
reach no place; what has a meaning of its own in a place is escaped there, so that text stays text.
"""

from __future__ import annotations

import json
import re
from re import Match

# Tab and line feed are layout. Lone surrogates cannot be encoded. U+202A to U+202E and U+2066 to
# U+2069 change the direction of all that follows them.
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
CONTROL = re.compile(f"[{_CONTROLS}]")
_BREAK = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
_SPACES = re.compile(r" {2,}")


def harmless(text: str) -> str:
    """Lines of text for a terminal: no control characters but tabs and line feeds."""
    return CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Text on one line, for a terminal and as the base of the other forms.

    Runs of white space are one space, control characters are dropped.
    """
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    return _SPACES.sub(" ", harmless(_BREAK.sub(" ", text))).strip(" ")


# A formula by pandoc's rule, after its first dollar sign: no space inside the signs, no digit after
# them. Double signs, and signs inside a formula, are text here.
_FORMULA = r"(?<=\$)(?<!\$\$)(?![\s$])(?:[^$\\]|\\[^$])+(?<!\s)\$(?![\d$])"
# The set comes first because a search for it alone is fast.
_SPECIAL = re.compile(
    rf"""[\\`*<\[\]{{~^@"'$_&\#.-]
    (?: {_FORMULA}
      | (?<=[\\`*<\[\]{{~^@"'$])
      | (?<=_)(?:(?<![^\W_]_)|(?![^\W_]))  # inside a word it is text, for pandoc and CommonMark
      | (?<=&)(?=\#?\w+;)                  # an entity
      | (?<=--) | (?<=\.\.\.)              # pandoc makes dashes and an ellipsis of them
      | (?<!\S\#)(?<=\#)(?=\S)             # a tag in Obsidian
    )""",
    re.VERBOSE,
)
_TAG = re.compile(r"<[A-Za-z/!?]")
_ESCAPED = re.compile(rf"\${_FORMULA}|\\([!-/:-@\[-`{{-~])")


def markdown(text: str) -> str:
    """Text on one line of Markdown, as pandoc and CommonMark read it; formulas stay formulas."""
    return _SPECIAL.sub(_escape, one_line(text))


def unmarkdown(text: str) -> str:
    """The text that `markdown` made this of."""
    return _ESCAPED.sub(lambda found: found[1] or found[0], text)


def _escape(found: Match[str]) -> str:
    token = found[0]
    if len(token) == 1:
        return "\\" + token
    return token if _is_formula(token) else "\\$" + markdown(token[1:])


def _is_formula(token: str) -> bool:
    """Whether this may stay a formula; who knows none must not see code or HTML in it."""
    return "`" not in token and not _TAG.search(token) and balanced(token)


def balanced(text: str) -> bool:
    """Whether the braces without a backslash pair up."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


# What would begin a block of its own: a heading, quote, list, line block, definition or division.
# The list markers are pandoc's: numbers, letters and Roman numerals (a capital letter with a full
# stop only before two spaces, so initials stay as they are).
_BLOCK = re.compile(
    r"(?=[#>|+:-])|\(?(?:[0-9]+|\#|[a-z]|[A-Z](?=\)|\.$)|[ivxlcdm]{2,}|[IVXLCDM]{2,})(?=[.)](?:\s|$))"
)


def paragraph(text: str) -> str:
    """Text as one paragraph of Markdown that begins no other block."""
    text = markdown(text)
    begun = _BLOCK.match(text)
    return f"{begun[0]}\\{text[begun.end() :]}" if begun else text


_ENTITY = re.compile(rf"[&{_CONTROLS}](?:(?<!&)|((?:#38;)*)#(0|[1-9][0-9]{{0,4}});)")


def entities(text: str) -> str:
    """Markdown with its control characters as numeric entities; everything else stays as it is.

    An entity like that which stood in the text has its ``&`` written as one, too.
    """
    return _ENTITY.sub(_to_entity, text)


def _to_entity(found: Match[str]) -> str:
    token = found[0]
    if len(token) == 1:
        return f"&#{ord(token)};"
    return "&#38;" + token[1:] if CONTROL.match(chr(int(found[2]))) else token


def unentities(text: str) -> str:
    """The text that `entities` made this of."""
    return _ENTITY.sub(_from_entity, text)


def _from_entity(found: Match[str]) -> str:
    token = found[0]
    if len(token) == 1 or not CONTROL.match(character := chr(int(found[2]))):
        return token
    return "&" + token[len("&#38;") :] if found[1] else character


_URL = re.compile(r"""[^!-~]|[()<>\\"]|&(?=#?\w+;)""")


def link_url(url: str) -> str:
    """The address of a link, for Markdown's ``[text](address)``."""
    return _URL.sub(_percent, url)


def _percent(found: Match[str]) -> str:
    if found[0] == "&":
        return "&amp;"
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


_NOT_IN_YAML = re.compile(rf"[\u2028\u2029\ufeff\ufffe\uffff{_CONTROLS}]")


def yaml_string(text: str) -> str:
    """Text as a double-quoted YAML string on one line; every character comes back."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
