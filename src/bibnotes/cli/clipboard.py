"""The system's clipboard."""

from __future__ import annotations

from ..errors import BibnotesError

_HINT = "On Linux install wl-clipboard (Wayland) or xclip (X11); over ssh there is none."


def copy(text: str) -> None:
    """Put text on the clipboard. Raises BibnotesError where it is not there afterwards."""
    import pyperclip

    try:
        pyperclip.copy(text)
        copied = pyperclip.paste() == text  # xclip fails without a word where there is no screen
    except (pyperclip.PyperclipException, OSError) as error:
        raise BibnotesError("There is no clipboard here to copy to", _HINT) from error
    if not copied:
        raise BibnotesError("The clipboard did not take the text", _HINT)
