"""What pandoc makes of a Markdown document; tests that ask it are skipped where it is missing."""

import json
import shutil
import subprocess
import unicodedata

import pytest

needs_pandoc = pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed")


# Citations in plain text; a warning, as of a key that is not found, is an error.
STRICTLY = ("--citeproc", "--fail-if-warnings", "-t", "plain", "--wrap", "none")


def blocks(markdown, form="markdown"):
    """The blocks of the document."""
    return run(markdown, "-f", form, "-t", "json", read=json.loads)["blocks"]


def run(markdown, *options, read=str, cwd=None):
    """What pandoc prints for the document."""
    done = subprocess.run(
        ["pandoc", *options],
        input=markdown.encode(),
        capture_output=True,
        check=True,
        cwd=cwd,
    )
    return read(done.stdout.decode())


def inlines(block):
    """The inline elements of a heading or a paragraph."""
    return block["c"][2] if block["t"] == "Header" else block["c"]


def text(elements):
    """What inline elements say; formulas in dollar signs, what is no text as its kind in <>."""
    return "".join(map(_text, elements))


def _text(element):
    match element:
        case {"t": "Str", "c": words}:
            return words
        case {"t": "Space" | "SoftBreak"}:
            return " "
        case {"t": "Math", "c": [{"t": "InlineMath"}, formula]}:
            return f"${formula}$"
        case {"t": "Quoted", "c": [{"t": "SingleQuote"}, inner]}:
            return f"‘{text(inner)}’"
        case {"t": "Quoted", "c": [_, inner]}:
            return f"“{text(inner)}”"
        case _:
            return f"<{element['t']}>"


def letters(said):
    """Text without its spaces, in NFC, each single quotation mark as ’.

    Pandoc sets its own spaces after abbreviations and inside quotes, makes ’ of a ‘ that is never
    closed, and its reader of CommonMark composes letters.
    """
    return "".join(unicodedata.normalize("NFC", said).replace("‘", "’").split())


def keys(elements):
    """The citation keys, one tuple for each citation."""
    return [
        tuple(cited["citationId"] for cited in element["c"][0])
        for element in elements
        if element["t"] == "Cite"
    ]
