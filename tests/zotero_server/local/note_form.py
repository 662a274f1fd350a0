"""The HTML of a note as the desktop's editor saves it."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

_RENAMED = {"b": "strong", "i": "em", "div": "p"}
_MARKS = frozenset({"strong", "em", "u", "code", "sub", "sup", "a", "span"})
_BLOCKS = frozenset({"p", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_CONTAINERS = frozenset({"blockquote", "ul", "ol", "li", "table", "tbody", "tr", "td", "th"})
_VOID = frozenset({"br", "hr", "img"})
_KEPT_ATTRIBUTES = frozenset({"href", "title", "src", "alt", "start"})
_STRUCK = '<span style="text-decoration: line-through;">'


def editor_form(html: str) -> str:
    """What the editor makes of a note: its own elements, nothing else.

    Comments, data-*, classes, ids and unknown elements go; `<b>` becomes `<strong>`; every block
    ends its line. Colours, citations and formulas, which the editor keeps, are not modelled.
    """
    form = _EditorForm()
    form.feed(html)
    form.close()
    return f'<div data-schema-version="9">{form.result()}</div>'


class _EditorForm(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._out: list[str] = []
        self._open: list[str] = []
        self._skipping = 0

    def result(self) -> str:
        while self._open:
            self._close(self._open[-1])
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = _RENAMED.get(tag, tag)
        if tag in ("script", "style"):
            self._skipping += 1
        elif tag in _BLOCKS:
            self._end_paragraph()
            if self._parent() != "li":
                self._begin(tag, f"<{tag}>")
        elif tag in _CONTAINERS:
            self._end_paragraph()
            self._end_line()
            self._begin(tag, f"<{tag}{_attributes(tag, attrs)}>\n")
        elif tag == "hr":
            self._end_paragraph()
            self._out.append("<hr>\n")
        elif tag in _VOID:
            self._inline(f"<{tag}{_attributes(tag, attrs)}>")
        elif tag == "s":
            self._inline(_STRUCK)
        elif tag in _MARKS - {"span"}:
            self._inline(f"<{tag}{_attributes(tag, attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        tag = _RENAMED.get(tag, tag)
        if tag in ("script", "style"):
            self._skipping -= 1
        elif tag in self._open:
            while self._open[-1] != tag:
                self._close(self._open[-1])
            self._close(tag)
        elif tag == "s":
            self._out.append("</span>")
        elif tag in _MARKS - {"span"}:
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._parent() == "pre":
            self._inline(escape(data, quote=False))
        elif data.strip():
            space = " " if data[0].isspace() and self._in_paragraph() else ""
            tail = " " if data[-1].isspace() else ""
            self._inline(space + escape(" ".join(data.split()), quote=False) + tail)
        elif self._in_paragraph():
            self._inline(" ")

    def handle_entityref(self, name: str) -> None:
        self._inline(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._inline(f"&#{name};")

    def _inline(self, text: str) -> None:
        """Text and marks; outside of a block they get a paragraph."""
        if self._parent() not in _BLOCKS | {"li"}:
            self._begin("p", "<p>")
        self._out.append(text)

    def _parent(self) -> str:
        return self._open[-1] if self._open else ""

    def _in_paragraph(self) -> bool:
        return self._parent() in _BLOCKS | {"li"} and not self._out[-1].endswith("\n")

    def _begin(self, tag: str, text: str) -> None:
        self._open.append(tag)
        self._out.append(text)

    def _close(self, tag: str) -> None:
        self._open.pop()
        if tag in _CONTAINERS:
            self._end_line()
        self._out.append(f"</{tag}>\n")

    def _end_paragraph(self) -> None:
        if self._parent() in _BLOCKS:
            self._close(self._parent())

    def _end_line(self) -> None:
        if self._out and not self._out[-1].endswith("\n"):
            self._out.append("\n")


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    kept = [f' {name}="{escape(value or "")}"' for name, value in attrs if name in _KEPT_ATTRIBUTES]
    if tag == "a":
        kept.append(' rel="noopener noreferrer nofollow"')
    return "".join(kept)
