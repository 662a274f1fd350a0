"""Formatted references: items of CSL-JSON in, Markdown out, by pandoc and a citation style.

The items travel as metadata of a Markdown document, so that formulas stay formulas. What a record
says is escaped: nothing in it is markup but formulas and the few tags that CSL-JSON has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import csl
from ..bibtex.library import BibLibrary
from ..library import Library
from ..model import EAST_ASIAN, Json, Paper
from ..scale import Language
from . import pandoc
from .markup import markdown, sentence_case
from .styles import Style

_LOCALES: dict[Language, str] = {"en": "en-US", "zh": "zh-CN"}
# Plain Unicode, no markup that only pandoc reads; "citations" would leave the references out.
_FORMAT = "markdown-smart-citations-bracketed_spans-native_divs-all_symbols_escapable"
_ENTRY = re.compile(
    r"^(:{3,}) \{#ref-(\d+) \.csl-entry[^}\n]*\}\n(.*?)\n\1$", re.DOTALL | re.MULTILINE
)
_FENCE = re.compile(r"^:{3,}.*\n?", re.MULTILINE)
_LABEL = re.compile(r'<span class="csl-left-margin">(.*?)</span>', re.DOTALL)
_SPAN = re.compile(r"</?span[^>]*>")
# Stands for "and others", which pandoc garbles in some styles; no text has it.
_OTHERS = "\ufddf"
_AND_OTHERS = re.compile(
    rf"(?:(?<!\w)(?:&|…|and|und|et|y|e|en|och|og|и|和|与|與|及) )?{_OTHERS}(\.?)"
)
# What pandoc would make curly quotes, dashes and an ellipsis of, outside addresses and formulas.
_SMART = re.compile(
    r"""(\\.|<[^<>\s]*>|\]\((?:[^()\s\\]|\\.|\([^()\s]*\))*\)|\$[^$\n]+\$|(?<=\w)'(?=\w))"""
    r"""|["']|-(?=-)|\.(?=\.\.)""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Formatting:
    """How references are set: the style, and the language of its words; None is the style's."""

    style: Style
    language: Language | None = None

    @property
    def locale(self) -> str:
        """The language of the references, ``en-US``."""
        return _LOCALES[self.language] if self.language else self.style.locale

    @property
    def et_al(self) -> str:
        """What stands for other authors, as Markdown."""
        words = "等" if self.locale.startswith("zh") else "et al."
        return f"*{words}*" if self.style.italic_et_al else words

    def items(self, library: Library, papers: Sequence[Paper]) -> list[Json]:
        """The papers of a library as items with their titles in the case that styles expect."""
        items = csl.items(library, papers)
        if isinstance(library, BibLibrary) and self.locale.startswith("en"):
            return list(map(_in_sentence_case, items))
        return items


def formatted(items: Sequence[Json], how: Formatting, *, labels: bool = False) -> list[str]:
    """The reference of each item as Markdown, one or more paragraphs each.

    ``labels``: keep the numbers that numeric styles give, in the order of the items. Raises
    BibnotesError.
    """
    if not items:
        return []
    options = ["--citeproc", "-t", _FORMAT, "--wrap", "none", "-M", f"lang={how.locale}"]
    if how.style.path:
        options += ["--csl", str(how.style.path)]
    made = pandoc.text(_document(items), *options)
    entries = {int(number): _tidied(said, how, labels) for _, number, said in _ENTRY.findall(made)}
    return [
        entries.get(number) or markdown(item.get("title") or item["id"])
        for number, item in enumerate(items, 1)
    ]


def _document(items: Sequence[Json]) -> str:
    references = [_for_pandoc(item, number) for number, item in enumerate(items, 1)]
    cited = "; ".join(f"@{number}" for number in range(1, len(items) + 1))
    metadata = {"references": references, "nocite": f"[{cited}]"}
    # JSON is YAML as well.
    return f"---\n{json.dumps(metadata, ensure_ascii=True)}\n---\n\n::: {{#refs}}\n:::\n"


def _tidied(said: str, how: Formatting, labels: bool) -> str:
    said = _LABEL.sub(lambda found: found[1].strip() + " " if labels else "", said)
    said = _SPAN.sub("", _FENCE.sub("", said)).strip()
    said = _SMART.sub(lambda found: found[1] or f"\\{found[0]}", said)
    full_stop = how.et_al.strip("*").endswith(".")  # which a style's own then is not added to
    return _AND_OTHERS.sub(lambda found: how.et_al + ("" if full_stop else found[1]), said)


def _for_pandoc(item: Json, number: int) -> Json:
    """The item with texts as Markdown, and under a number, since pandoc cannot take every key."""
    said = {name: _markdown(value) for name, value in item.items() if name != "annote"}
    return {**said, "id": str(number), "type": item["type"]}


def _markdown(value: Any) -> Any:
    if isinstance(value, str):
        return markdown(value)
    if isinstance(value, list):
        return [_markdown(each) for each in value]
    if value == {"literal": "others"}:
        return {"literal": _OTHERS}
    if isinstance(value, dict) and EAST_ASIAN.match(value.get("family", "")):
        # Else pandoc sets a full stop behind the given name in styles that shorten names.
        return {"literal": markdown(value["family"] + value.get("given", ""))}
    if isinstance(value, dict):
        return {name: _markdown(each) for name, each in value.items()}
    return value


# Titles of parts, books and series; the names of journals keep their case.
_TITLES = ("title", "volume-title", "container-title", "collection-title", "event-title")


def _in_sentence_case(item: Json) -> Json:
    """An item of a .bib file with English titles as citation styles expect them."""
    if not item.get("language", "en").startswith("en"):
        return item
    names = [name for name in _TITLES if name in item]
    if item["type"] == "article-journal":
        names = [name for name in names if name != "container-title"]
    return item | {name: sentence_case(item[name]) for name in names}
