"""Where the configuration is; apart from reading it, since that costs more than the rest."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "bibnotes.yaml"


def find(folder: Path) -> Path | None:
    """The bibnotes.yaml of a folder, or of the nearest folder above it."""
    here = folder.resolve()
    candidates = (place / NAME for place in (here, *here.parents))
    return next((path for path in candidates if os.path.lexists(path)), None)
