"""Papers and digests as JSON."""

from __future__ import annotations

import dataclasses
import json

from ..escape import CONTROL
from ..model import FileSource, Json, Paper, ZoteroSource
from .build import Digest


def paper_json(paper: Paper) -> Json:
    """A paper as JSON has it: ``year`` as the record says it, ``priority`` a level's id or null."""
    return {
        "key": paper.key,
        "made_up_key": paper.made_up_key,
        "type": paper.type,
        "title": paper.title,
        "authors": [str(name) for name in paper.authors],
        "year": paper.year,
        "venue": paper.venue,
        "abstract": paper.abstract,
        "doi": paper.doi,
        "url": paper.url,
        "keywords": list(paper.keywords),
        "priority": paper.review.priority,
        "review": paper.review.text,
        "source": _source_json(paper.source),
    }


def _source_json(source: FileSource | ZoteroSource | None) -> Json | None:
    if source is None:
        return None
    link = {"link": source.link} if isinstance(source, ZoteroSource) else {}
    return dataclasses.asdict(source) | link


def digest_json(digest: Digest) -> Json:
    """A digest as JSON: ``title``, ``counts`` and ``groups`` of ``id``, ``label`` and ``papers``.

    ``counts`` holds the ``total`` and the number for each level and computed group, 0 included.
    """
    return {
        "title": digest.title,
        "counts": {"total": digest.total} | {count.id: count.papers for count in digest.counts},
        "groups": [
            {"id": group.id, "label": group.label, "papers": [*map(paper_json, group.papers)]}
            for group in digest.groups
        ],
    }


def encode(value: Json | list[Json]) -> str:
    """JSON as text: Unicode, but for control characters, which a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
