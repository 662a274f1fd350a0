r"""Note trees as Markdown, in the notation that most people use.

Headings with `#`, `-` and `1.` for items, `*` and `**` for emphasis, fenced code, `\` before a line
break that was asked for. Text is escaped only where it would be read as something else: first it is
tried as it stands, with the parser that will read it, then with its special characters escaped.
Text without special characters, which is most, is written without asking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from . import note_tree as tree

_MANY = 200  # special characters in one block: trying it would take long, so it is just escaped

# What may be read as something else wherever it stands …
_SPECIAL = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|\Z) | ` | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | \](?=\() | <(?=[A-Za-z/!?]) | &(?=\#?\w+;)
    | \$(?=\S|\Z) | ~(?=~|\Z) | (?<=~)~ | \A~""",
    re.VERBOSE,
)
_BRACKET = re.compile(r"[\[\]]")  # … in the text of a link or an image …
_BEGINNING = re.compile(  # … where a line begins …
    r"""\A(?: [0-9]{1,9}(?=[.)](?:\s|\Z)) | (?=\#{1,6}(?:\s|\Z)) | (?=>)
    | (?=[-+](?:\s|\Z)) | (?==+\s*\Z) | (?=[-|:][-|:\s]*\Z) )""",
    re.VERBOSE,
)
_RULE_IN_ITEM = re.compile(r"[-*\s]+(?:\n|\Z)")  # with the item's own marker
_CLOSING = re.compile(r"(?:\A|(?<=\s))#(?=#*\Z)")  # … and where a heading ends.

_BACKQUOTES = re.compile(r"`+")
_FENCE = re.compile(r"```|~~~")
_SIGNS = {"strong": "**", "em": "*", "s": "~~"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x20]*\Z")
_ADDRESS = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z", re.ASCII)
_PLAIN_TARGET = re.compile(r"(?:[^\s<>()\\&\x00-\x20]|&(?!#?\w+;))+\Z")
_PAIR = re.compile(r"([^()]*)\(([^()]*)\)([^()]*)")
_SPECIAL_IN_TARGET = re.compile(r"[\\<>]|&(?=#?\w+;)")
_SPECIAL_IN_TITLE = re.compile(r'[\\"]|&(?=#?\w+;)')


def write(blocks: tree.Blocks) -> str:
    """The Markdown of blocks, without a line end after the last one."""
    return "\n\n".join(_texts(blocks))


def _texts(blocks: tree.Blocks, outer_marker: int | None = None) -> Iterator[str]:
    """Each block; ``outer_marker`` is that of the item which they are in.

    Of two lists in a row the second gets another marker, or they would be one; so does a list that
    an item begins with, since `- - -` is a line across.
    """
    marker = 0
    before: tree.Block | None = None
    for block in blocks:
        if isinstance(block, tree.Items):
            if before is None:
                marker = 0 if outer_marker is None else 1 - outer_marker
            elif isinstance(before, tree.Items) and (before.start is None) == (block.start is None):
                marker = 1 - marker
            else:
                marker = 0
            yield _items(block, marker)
        elif isinstance(block, tree.Rule) and outer_marker is not None:
            yield "___"
        else:
            yield _block(block)
        before = block


def _block(block: tree.Block) -> str:
    if isinstance(block, tree.Paragraph):
        return _line(block)
    if isinstance(block, tree.Heading):
        return f"{'#' * block.level} {_line(block)}"
    if isinstance(block, tree.Code):
        return _code(block)
    if isinstance(block, tree.Formula):
        return f"$${block.text}$$"
    if isinstance(block, tree.Quote):
        return _indented(write(block.blocks), "> ", "> ")
    return _table(block) if isinstance(block, tree.Table) else "---"


def _code(block: tree.Code) -> str:
    if _FENCE.match(block.text) and _stands_for_itself(block):
        return block.text
    fence = "`" * max(3, _longest_run(block.text) + 1)
    return f"{fence}{block.language}\n{block.text}\n{fence}"


def _stands_for_itself(block: tree.Code) -> bool:
    """Whether it is a fence that says more than a language, which is read as it is."""
    from . import markdown_reader  # it takes long to load, and most notes do not need it

    return markdown_reader.read(f"{block.text}\n\n---") == (block, tree.Rule())


def _longest_run(text: str) -> int:
    return max(map(len, _BACKQUOTES.findall(text)), default=0)


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        (indent + line) if line else indent.rstrip()
        for indent, line in zip((first, *[rest] * (len(lines) - 1)), lines, strict=True)
    )


def _items(block: tree.Items, marker: int) -> str:
    texts = []
    for number, item in enumerate(block.items, start=block.start or 0):
        sign = "-*"[marker] if block.start is None else f"{number % tree.NUMBERS}{'.)'[marker]}"
        text = _item(item, marker, loose=block.loose)
        texts.append(_indented(text, f"{sign} ", " " * (len(sign) + 1)))
    return ("\n\n" if block.loose else "\n").join(texts)


def _item(item: tree.Blocks, marker: int, *, loose: bool) -> str:
    out = ""
    before: tree.Block | None = None
    for block, text in zip(item, _texts(item, marker), strict=True):
        if before is not None:
            out += "\n\n" if loose or tree.needs_blank_line(before, block) else "\n"
        out += text
        before = block
    return out


def _table(block: tree.Table) -> str:
    rules = {"left": ":---", "center": ":---:", "right": "---:", "": "---"}
    rows = [_row([_cell(cell) for cell in row]) for row in block.rows]
    rows.insert(1, _row([rules[align] for align in block.align]))
    return "\n".join(rows)


def _cell(pieces: tree.Inline) -> str:
    return _line(tree.Heading(1, pieces)).replace("|", r"\|")


def _row(cells: list[str]) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


# Lines.


def _line(block: tree.Paragraph | tree.Heading) -> str:
    """The pieces of a block, so written that they are read as they are."""
    raw, escaped = _joined(block, escape=False), _joined(block)
    certain = _is_certain(block.pieces)
    if raw == escaped and certain:
        return raw
    few = len(_SPECIAL.findall(raw)) <= _MANY
    if few and not _RULE_IN_ITEM.match(raw) and _is_read_as(raw, block):
        return raw
    if certain:
        return escaped
    for text in (escaped, _joined(block, em="_")):
        if few and _is_read_as(text, block):
            return text
    for pieces in (tree.with_plain_code(block.pieces), _without_signs(block.pieces)):
        if pieces != block.pieces:
            return _line(replace(block, pieces=pieces))
    return escaped


def _is_read_as(text: str, block: tree.Paragraph | tree.Heading) -> bool:
    from . import markdown_reader  # it takes long to load, and most notes do not need it

    if isinstance(block, tree.Heading):
        return markdown_reader.read(f"# {text}") == (tree.Heading(1, block.pieces),)
    # What follows is no part of it, as it were after an open fence.
    return markdown_reader.read(f"---\n{text}\n\n---") == (tree.Rule(), block, tree.Rule())


def _is_certain(pieces: tree.Inline) -> bool:
    """Whether no mark can be mistaken for another or for text.

    Signs are certain where a letter or digit stands on their inner side and no other sign beside
    them.
    """
    steps = (tree.Step(), *tree.nested(pieces), tree.Step())
    for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
        piece = step.piece
        if _is_sign(step):
            inner = before.piece if step.closes else after.piece
            if not inner or inner.kind is not tree.Kind.TEXT or _is_sign(before) or _is_sign(after):
                return False
            if not inner.text[-1 if step.closes else 0].isalnum():
                return False
        elif piece and piece.kind is not tree.Kind.TEXT and piece.marks:
            return False
    return True


def _is_sign(step: tree.Step) -> bool:
    mark = step.opens or step.closes
    return bool(mark and mark.tag in _SIGNS)


def _without_signs(pieces: tree.Inline) -> tree.Inline:
    """The pieces without the marks whose reading depends on what stands beside them."""
    return tuple(
        tree.merged(
            piece._replace(marks=frozenset(m for m in piece.marks if m.tag not in _SIGNS))
            for piece in pieces
        )
    )


def _joined(block: tree.Paragraph | tree.Heading, *, escape: bool = True, em: str = "*") -> str:
    signs = _SIGNS | {"em": em}
    out: list[str] = []
    steps = [*tree.nested(block.pieces), tree.Step(), tree.Step()]
    at = 0
    while at < len(steps) - 2:
        step, following = steps[at], steps[at + 1]
        if step.opens and (address := _autolink(step.opens, following, steps[at + 2])):
            out.append(f"<{address}>")
            at += 2
        elif step.piece and step.piece.kind is tree.Kind.TEXT:
            text = step.piece.text
            begins = not out or out[-1].endswith("\n")
            out.append(_escaped(text, block, begins, steps, at) if escape else text)
        elif step.piece:
            out.append(_piece(step.piece))
        elif step.opens:
            out.append(_opening(step.opens, signs))
        elif step.closes:
            out.append(_closing(step.closes, signs))
        at += 1
    return "".join(out)


def _autolink(mark: tree.Mark, inside: tree.Step, after: tree.Step) -> str:
    """What a link shows if that is where it leads, else ""."""
    text = inside.piece.text if inside.piece and inside.piece.kind is tree.Kind.TEXT else ""
    if after.closes != mark or mark.title or not text:
        return ""
    is_address = mark.href == f"mailto:{text}" and _ADDRESS.match(text)
    return text if is_address or (mark.href == text and _SCHEME.match(text)) else ""


def _escaped(
    text: str, block: tree.Paragraph | tree.Heading, begins: bool, steps: list[tree.Step], at: int
) -> str:
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    mark = steps[at + 1].opens
    if mark and mark.tag == "a" and text.endswith("!"):
        escaped = f"{escaped[:-1]}\\!"
    piece = steps[at].piece
    if piece and any(mark.tag == "a" for mark in piece.marks):
        escaped = _BRACKET.sub(r"\\\g<0>", escaped.replace(r"\]", "]"))
    if isinstance(block, tree.Heading):
        return _CLOSING.sub(r"\\#", escaped) if at == len(steps) - 3 else escaped
    found = _BEGINNING.match(text) if begins else None
    return f"{escaped[: found.end()]}\\{escaped[found.end() :]}" if found else escaped


def _piece(piece: tree.Piece) -> str:
    if piece.kind is tree.Kind.CODE:
        fence = "`" * (_longest_run(piece.text) + 1)
        space = " " if piece.text.startswith("`") or piece.text.endswith("`") else ""
        return f"{fence}{space}{piece.text}{space}{fence}"
    if piece.kind is tree.Kind.MATH:
        return f"${piece.text}$"
    if piece.kind is tree.Kind.IMAGE:
        text = _BRACKET.sub(r"\\\g<0>", _SPECIAL.sub(r"\\\g<0>", piece.text).replace(r"\]", "]"))
        return f"![{text}]({_titled(piece.target, piece.title)})"
    return "\n" if piece.kind is tree.Kind.LINE else "\\\n"


def _opening(mark: tree.Mark, signs: dict[str, str]) -> str:
    return "[" if mark.tag == "a" else signs.get(mark.tag, f"<{mark.tag}>")


def _closing(mark: tree.Mark, signs: dict[str, str]) -> str:
    if mark.tag != "a":
        return signs.get(mark.tag, f"</{mark.tag}>")
    return f"]({_titled(mark.href, mark.title)})"


def _titled(href: str, title: str) -> str:
    escaped = _SPECIAL_IN_TITLE.sub(r"\\\g<0>", title)
    return f'{_target(href)} "{escaped}"' if title else _target(href)


def _target(href: str) -> str:
    if _PLAIN_TARGET.match(_without_parentheses(href)):
        return href
    escaped = _SPECIAL_IN_TARGET.sub(r"\\\g<0>", href)
    return f"<{escaped}>"


def _without_parentheses(href: str) -> str:
    """Without its one pair of parentheses, which addresses in Wikipedia have and links may hold."""
    found = _PAIR.fullmatch(href)
    return "".join(found.groups()) if found else href
