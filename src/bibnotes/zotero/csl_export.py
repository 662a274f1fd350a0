"""The CSL-JSON of Zotero's servers: the web answers an object, the desktop a list as text."""

from __future__ import annotations

import json
from typing import Any

from .. import csl
from ..model import Json, Paper


def csl_item(paper: Paper, exported: Any) -> Json:
    """The paper's item, with its citation key, keywords and review.

    What the server did not export, or not in a form that is known, is said as far as it is known.
    """
    known = csl.of_paper(paper)
    own = {name: known[name] for name in ("id", "keyword", "annote") if name in known}
    item = _item(exported)
    return item | own if item else known


def _item(exported: Any) -> Json:
    if isinstance(exported, str):
        try:
            exported = json.loads(exported)
        except ValueError:
            return {}
    if isinstance(exported, list) and exported:
        exported = exported[0]
    return exported if isinstance(exported, dict) and "type" in exported else {}
