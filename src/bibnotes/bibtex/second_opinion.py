"""What bibtexparser makes of a file: many tools stand on it, and lose what it does not see."""

from __future__ import annotations

import logging


def keys_seen(text: str) -> set[str] | None:
    """The citation keys that bibtexparser 1 finds; None where it fails on the file altogether.

    It takes some 3 seconds for 1,000 entries (facts measured on public files).
    """
    from bibtexparser.bparser import BibTexParser

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    parser = BibTexParser(
        common_strings=True, ignore_nonstandard_types=False, interpolate_strings=False
    )
    try:
        return {entry["ID"] for entry in parser.parse(text, partial=True).entries}
    except Exception:  # pyparsing raises whatever comes up
        return None
