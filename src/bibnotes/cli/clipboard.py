"""The system's clipboard."""

from __future__ import annotations

from ..errors import BibnotesError


def copy(text: str) -> None:
    """Put text on the clipboard. Raises BibnotesError where there is none."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError) as error:
        raise BibnotesError(
            "There is no clipboard here to copy to",
            "On Linux install wl-clipboard (Wayland) or xclip (X11); over ssh there is none.",
        ) from error
