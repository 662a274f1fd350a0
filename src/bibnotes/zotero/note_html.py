"""The HTML of Zotero's notes and the Markdown of reviews, made into one another.

The same thing can be written in many ways in Markdown, of which HTML keeps one. So ``to_markdown``
gives a text back in a notation of its own, unless it is told how the text was written before; and
texts and notes are compared by what they say: ``normal`` and ``said``.
"""

from __future__ import annotations

from . import html_reader, html_writer, markdown_writer
from .note_tree import bare


def to_html(markdown: str) -> str:
    """The note that says this, "" for none. HTML in the Markdown is text, except <sub>, <sup>."""
    from . import markdown_reader  # it takes long to load, and only writing needs it

    return html_writer.write(markdown_reader.read(markdown))


def to_markdown(html: str, like: str = "") -> str:
    """What a note says, as Markdown; never raises, whatever comes in.

    ``like`` is a text that the note may have been made from: blocks that still say the same are
    given as they stand there, and where nothing changed the whole text is.
    """
    text = markdown_writer.write(html_reader.read(html).blocks)
    if not like or like == text:
        return text
    from .notation import in_notation_of  # loads the reader of Markdown

    return in_notation_of(like, text)


def said(html: str) -> str:
    """What a note says, in a form that is the same for all notes that say the same."""
    return markdown_writer.write(bare(html_reader.read(html).blocks))


def normal(markdown: str) -> str:
    """What a note made of this text would say: the same as ``said(to_html(markdown))``."""
    from . import markdown_reader

    return markdown_writer.write(bare(markdown_reader.read(markdown)))


def lost(html: str) -> list[str]:
    """What of a note Markdown cannot keep, as a person calls it: ["colours", "images"]."""
    return html_reader.read(html).lost
