"""What the web server makes of the HTML of a note.

The real server runs a cleaner; this one only knows the pairs that were recorded from it and keeps
any other HTML as it is. A test that needs more gives the web server a function of its own.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.zotero_server.exchange import ObjectError

TABLE = Path(__file__).parents[2] / "data" / "zotero" / "note-sanitising.json"


@cache
def _table() -> dict[str, str | dict[str, object]]:
    pairs = json.loads(TABLE.read_text(encoding="utf-8"))
    return {pair["sent"]: pair["returned"] for pair in pairs}


def recorded_form(html: str) -> str:
    """What the server stored for this HTML. Raises ObjectError where it refused it."""
    returned = _table().get(html, html)
    if isinstance(returned, dict):
        raise ObjectError(**returned)  # type: ignore[arg-type]
    return returned
