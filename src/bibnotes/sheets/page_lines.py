"""A page as the lines a reader sees: plain text, Markdown, or HTML saved from a site."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace

from .html_lines import html_lines, is_html
from .line import BOLD, Line, without_links

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"(?i)<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([-\w]+)")
_HEAD = 4096  # a page declares its encoding near its top
# Encodings that pages are written in; Python's other codecs are no business of a page.
_PAGE_CODEC = re.compile(r"(?i)(utf-?8|gb|big5|iso-8859|windows-125|shift|sjis|euc-|koi8)")
_HIGH = re.compile(rb"[\x80-\xff]+")
_GB2312_PAIRS = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")

_NOT_IN_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")

_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*$")
_BOLD = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1).)+)\1$")
_UNDERLINE = re.compile(r"(=+|-+)$")
_RULE = re.compile(r"([-=_*~─—━═]\s?){3,}$")
_QUOTE = re.compile(r"(?:>\s?)+")
_BREAKS_WITHIN = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))
_INVISIBLE = re.compile("[\ufeff\u200b\u200e\u200f\u2060\x00]")


def decode(data: bytes) -> str:
    """The text of a file: by its byte order mark, as UTF-8, as its HTML declares, else by guess.

    The guess is GB 18030 where high bytes come in the pairs of common Chinese characters, else
    Windows-1252. Valid UTF-8 goes before a declaration, which copies of a page often keep wrongly.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_declared(data) or _guess(data), "replace")


def is_text(text: str) -> bool:
    """Whether a file was text: other bytes decode to control characters and misfits."""
    odd = len(_NOT_IN_TEXT.findall(text))
    return odd * 50 <= len(text)


def _declared(data: bytes) -> str:
    found = _DECLARED.search(data[:_HEAD])
    name = found[1].decode("ascii", "replace") if found else ""
    if not _PAGE_CODEC.match(name):
        return ""
    if name.lower().startswith("gb"):
        return "gb18030"  # pages that say gb2312 use the rest of it too
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _guess(data: bytes) -> str:
    """GB 18030 if nine in ten high bytes come in pairs that GB 2312 assigns."""
    high = sum(len(run) for run in _HIGH.findall(data))
    paired = sum(len(run) for run in _GB2312_PAIRS.findall(data))
    return "gb18030" if paired >= 0.9 * high else "cp1252"


def page_lines(text: str) -> list[Line]:
    """The lines of a page that are not blank, in order."""
    return html_lines(text) if is_html(text) else _text_lines(text)


def _text_lines(text: str) -> list[Line]:
    lines: list[Line] = []
    block = 0
    for number, raw in enumerate(_split(text), start=1):
        stripped = _INVISIBLE.sub("", raw).strip()
        if _underlines(lines, block, stripped):
            level = 1 if stripped[0] == "=" else 2
            lines[-1] = replace(lines[-1], heading=level)
            block += 1
        elif not stripped or _RULE.match(stripped):
            block += 1
        else:
            block += bool(_HEADING.match(stripped))
            lines.append(_markdown_line(number, block, raw.rstrip(), stripped))
            block += bool(_HEADING.match(stripped))
    return lines


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS_WITHIN).split("\n")


def _underlines(lines: list[Line], block: int, text: str) -> bool:
    """Whether ``text`` makes a heading of the one line above it, as ``====`` does."""
    above = [line for line in lines[-2:] if line.block == block]
    return len(above) == 1 and len(text) > 2 and bool(_UNDERLINE.match(text))


def _markdown_line(number: int, block: int, raw: str, text: str) -> Line:
    quote = _QUOTE.match(text)
    if quote:
        raw = text = text[quote.end() :]
    text = without_links(text)
    heading = _HEADING.match(text)
    if heading:
        return Line(number, block, raw, heading[2], len(heading[1]))
    bold = _BOLD.match(text)
    if bold:
        return Line(number, block, raw, bold[2].strip(), BOLD)
    return Line(number, block, raw, text)
