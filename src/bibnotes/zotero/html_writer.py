"""Note trees as HTML: the elements that Zotero's editor and the web server's cleaner both keep.

The text is laid out as the cleaner does it, so that what is sent is what is stored.
"""

from __future__ import annotations

from html import escape

from . import note_tree as tree

_STRUCK = '<span style="text-decoration: line-through;">'
SOFT = "\u00a0"  # before a <br>: the line goes on in the source, no break was asked for


def write(blocks: tree.Blocks) -> str:
    """The HTML of a note."""
    return "\n".join(_block(block) for block in blocks)


def _block(block: tree.Block) -> str:
    if isinstance(block, tree.Paragraph):
        return f"<p>{_line(block.pieces)}</p>"
    if isinstance(block, tree.Heading):
        return f"<h{block.level}>{_line(block.pieces)}</h{block.level}>"
    if isinstance(block, tree.Code):
        language = f' class="language-{escape(block.language)}"' if block.language else ""
        return f"<pre{language}>{escape(block.text, quote=False)}</pre>"
    if isinstance(block, tree.Formula):
        return f'<pre class="math">$${escape(block.text, quote=False)}$$</pre>'
    if isinstance(block, tree.Quote):
        return f"<blockquote>\n{write(block.blocks)}\n</blockquote>"
    if isinstance(block, tree.Items):
        return _items(block)
    if isinstance(block, tree.Table):
        return _table(block)
    return "<hr />"


def _items(block: tree.Items) -> str:
    tag = "ul" if block.start is None else "ol"
    start = "" if block.start in (None, 1) else f' start="{block.start}"'
    lines = [f"<li>{_item(item, loose=block.loose)}</li>" for item in block.items]
    return "\n".join((f"<{tag}{start}>", *lines, f"</{tag}>"))


def _item(item: tree.Blocks, *, loose: bool) -> str:
    if loose:
        return f"\n{write(item)}\n" if item else ""
    out = ""
    for block in item:
        if isinstance(block, tree.Paragraph):
            out += _line(block.pieces)
        else:
            out += ("" if out.endswith("\n") else "\n") + _block(block) + "\n"
    return out


def _table(block: tree.Table) -> str:
    lines = ["<table>", "<tbody>"]
    for number, row in enumerate(block.rows):
        tag = "td" if number else "th"
        lines.append("<tr>")
        for cell, align in zip(row, block.align, strict=True):
            style = f' style="text-align: {align};"' if align else ""
            lines.append(f"<{tag}{style}>{_line(cell)}</{tag}>")
        lines.append("</tr>")
    return "\n".join((*lines, "</tbody>", "</table>"))


def _line(pieces: tree.Inline) -> str:
    out: list[str] = []
    for step in tree.nested(pieces):
        if step.piece:
            out.append(_piece(step.piece))
        elif step.opens:
            out.append(_opening(step.opens))
        elif step.closes:
            out.append("</span>" if step.closes.tag == "s" else f"</{step.closes.tag}>")
    return "".join(out)


def _opening(mark: tree.Mark) -> str:
    if mark.tag == "s":
        return _STRUCK
    if mark.tag != "a":
        return f"<{mark.tag}>"
    return f'<a href="{escape(mark.href)}"{_title(mark.title)}>'


def _title(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""


def _piece(piece: tree.Piece) -> str:
    text = escape(piece.text, quote=False)
    if piece.kind is tree.Kind.CODE:
        return f"<code>{text}</code>"
    if piece.kind is tree.Kind.MATH:
        return f'<span class="math">${text}$</span>'
    if piece.kind is tree.Kind.IMAGE:
        attributes = f'src="{escape(piece.target)}" alt="{escape(piece.text)}"'
        return f"<img {attributes}{_title(piece.title)} />"
    if piece.kind is tree.Kind.LINE:
        return f"{SOFT}<br />"
    return "<br />" if piece.kind is tree.Kind.BREAK else text
