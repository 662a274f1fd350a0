"""Where bibnotes keeps what belongs to the user and not to a library: the journal, and caches."""

from __future__ import annotations

import os
from pathlib import Path


def folder() -> Path:
    """``$BIBNOTES_STATE_DIR``, else the system's place for it (on Linux ``~/.local/state``)."""
    if chosen := os.environ.get("BIBNOTES_STATE_DIR"):
        return Path(chosen).expanduser()
    from platformdirs import user_state_path  # costs more than the rest of a start

    return user_state_path("bibnotes", appauthor=False)


def cache_folder() -> Path:
    """``$BIBNOTES_CACHE_DIR``, else the system's place for caches (on Linux ``~/.cache``)."""
    if chosen := os.environ.get("BIBNOTES_CACHE_DIR"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("bibnotes", appauthor=False)
