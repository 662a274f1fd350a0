"""What the web server's cleaner and the desktop's editor make of a note that bibnotes wrote.

Both are models of what was recorded (see test_note_html), for the elements that bibnotes writes.
Where nothing was recorded the editor's model takes the form that differs most: each stretch of text
gets marks of its own, in an order of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TypeAlias
from xml.etree import ElementTree as ET

BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 pre blockquote ul ol li table tbody tr td th hr".split())
_FOLDED = re.compile(r"[ \t\r\n]+")


def _tree(html: str) -> ET.Element:
    return ET.fromstring(f"<div>{html}</div>")


def cleaned(html: str) -> str:
    """The web server's form: a line a block, no white space at a block's ends."""
    parts = filter(None, _cleaned_children(_tree(html.removeprefix("\ufeff"))))
    return "\n".join(part if _BLOCK.match(part) else f"<p>{part}</p>" for part in parts)


_BLOCK = re.compile(rf"<(?:{'|'.join(BLOCKS)})[ >]")


def _cleaned_children(parent: ET.Element) -> Iterator[str]:
    """The blocks in an element, and the text between them."""
    line = _fold(parent.text or "")
    for child in parent:
        if child.tag in BLOCKS:
            yield line.strip(" ")
            yield _cleaned_block(child)
            line = ""
        else:
            line += _cleaned_inline(child)
        line += _fold(child.tail or "")
    yield line.strip(" ")


def _cleaned_block(element: ET.Element) -> str:
    tag, attributes = element.tag, _attributes(element)
    if tag == "hr":
        return "<hr />"
    if tag == "pre":
        return f"<pre{attributes}>{escape(element.text or '', quote=False)}</pre>"
    inside = list(filter(None, _cleaned_children(element)))
    text = "\n".join(inside)
    if tag in ("p", "h1", "td", "th") and not text:
        text = "\u00a0"
    if any(child.tag in BLOCKS for child in element):
        begins_with_text = bool((element.text or "").strip()) or element[0].tag not in BLOCKS
        text = f"{text}\n" if begins_with_text else f"\n{text}\n"
    return f"<{tag}{attributes}>{text}</{tag}>"


def _cleaned_inline(element: ET.Element) -> str:
    tag = {"b": "strong", "i": "em"}.get(element.tag, element.tag)
    if tag in ("br", "img"):
        return f"<{tag}{_attributes(element)} />"
    inside = _fold(element.text or "")
    for child in element:
        inside += _cleaned_inline(child) + _fold(child.tail or "")
    return f"<{tag}{_attributes(element)}>{inside}</{tag}>"


def _fold(text: str) -> str:
    return escape(_FOLDED.sub(" ", text), quote=False)


def _attributes(element: ET.Element) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items())


def edited(html: str) -> str:
    """The form in which the desktop's editor saves a note."""
    return f'<div data-schema-version="9">{"".join(_edited_blocks(_tree(html)))}</div>'


def _edited_blocks(parent: ET.Element) -> Iterator[str]:
    """Every block ends its line; text between blocks is a paragraph."""
    for block in _with_paragraphs(parent):
        tag = block.tag
        if tag == "hr":
            yield "<hr>\n"
        elif tag == "pre":
            math = ' class="math"' if block.get("class") == "math" else ""
            yield f"<pre{math}>{_entities(block.text or '')}</pre>\n"
        elif tag in ("blockquote", "ul", "ol", "table", "tbody", "tr", "td", "th"):
            start = f' start="{block.get("start")}"' if block.get("start") else ""
            yield f"<{tag}{start}>\n{''.join(_edited_blocks(block))}</{tag}>\n"
        elif tag == "li":
            yield f"<li>\n{''.join(_edited_item(block))}</li>\n"
        else:
            yield f"<{tag}>{''.join(_edited_line(block))}</{tag}>\n"


def _edited_item(item: ET.Element) -> Iterator[str]:
    """A single paragraph in an item stands on a line, without an element."""
    blocks = list(_with_paragraphs(item))
    single = [block.tag for block in blocks].count("p") == 1
    for block in blocks:
        if block.tag == "p" and single:
            yield f"{''.join(_edited_line(block))}\n"
        else:
            holder = ET.Element("div")
            holder.append(block)
            yield from _edited_blocks(holder)


def _with_paragraphs(parent: ET.Element) -> Iterator[ET.Element]:
    line = ET.Element("p")
    line.text = parent.text
    for child in parent:
        if child.tag not in BLOCKS:
            line.append(child)
            continue
        if len(line) or (line.text or "").strip():
            yield line
        block = ET.Element(child.tag, child.attrib)
        block.text = child.text
        block.extend(child)
        yield block
        line = ET.Element("p")
        line.text = child.tail
    if len(line) or (line.text or "").strip():
        yield line


_ORDER = ("em", "sup", "s", "sub", "strong", "a")


def _edited_line(block: ET.Element) -> Iterator[str]:
    stretches = list(_stretches(block, {}))
    for number, (text, marks, is_markup) in enumerate(stretches):
        if not is_markup:
            folded = _FOLDED.sub(" ", text)
            folded = folded.lstrip(" ") if number == 0 else folded
            text = _entities(folded.rstrip(" ") if number == len(stretches) - 1 else folded)
        for mark in _ORDER:
            if mark in marks and text:
                end = "span" if mark == "s" else mark
                text = f"<{end}{marks[mark]}>{text}</{end}>"
        yield text


_Stretch: TypeAlias = tuple[str, dict[str, str], bool]


def _stretches(element: ET.Element, marks: dict[str, str]) -> Iterator[_Stretch]:
    """Text or markup, with the marks on it and their attributes."""
    yield from [(element.text, marks, False)] if element.text else []
    for child in element:
        tag = {"b": "strong", "i": "em"}.get(child.tag, child.tag)
        if tag in ("br", "img"):
            yield f"<{tag}{_attributes(child)}>", marks, True
        elif tag == "code" or child.get("class") == "math":
            inside = _entities(_FOLDED.sub(" ", child.text or ""))
            # On code the editor takes no other mark (a link is kept here: see the decision).
            kept = {name: marks[name] for name in marks if tag != "code" or name == "a"}
            yield f"<{tag}{_attributes(child)}>{inside}</{tag}>", kept, True
        elif tag == "a":
            link = f'{_attributes(child)} rel="noopener noreferrer nofollow"'
            yield from _stretches(child, marks | {"a": link})
        elif tag == "span":
            yield from _stretches(child, marks | {"s": _attributes(child)})
        else:
            yield from _stretches(child, marks | {tag: ""})
        yield from [(child.tail, marks, False)] if child.tail else []


def _entities(text: str) -> str:
    return escape(text, quote=False).replace("\u00a0", "&nbsp;")
