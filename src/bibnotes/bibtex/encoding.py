"""The encoding of a .bib file. Everything is scanned as UTF-8 and written back as it was.

A file that is not UTF-8 is taken for what it declares (JabRef's ``% Encoding:`` line, Emacs'
``coding:``), for UTF-16 by its byte order mark, for GB 18030 where its high bytes come in the
pairs of common Chinese characters, else for an 8-bit Western encoding.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_DECLARED = re.compile(rb"(?i)%[ \t]*encoding:[ \t]*([-\w.]+)|coding[:=][ \t]*([-\w.]+)")
_HEAD = 1024  # declarations stand at the top
_HIGH = re.compile(rb"[\x80-\xff]+")
_GB2312_PAIRS = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")
_UTF8_PAIR = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_C1 = re.compile(rb"[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's text is stored.

    ``codec`` is Python's name; ``bom`` stands before the first character of a UTF-16 file.
    ``damaged`` is a UTF-8 file with stray bytes in some values: it is scanned as it is.
    """

    codec: str = "utf-8"
    bom: bytes = b""
    damaged: bool = False

    def to_scan(self, raw: bytes) -> bytes:
        """The file as UTF-8. Raises UnicodeDecodeError."""
        if self.codec == "utf-8":
            return raw
        return raw[len(self.bom) :].decode(self.codec).encode("utf-8")

    def to_file(self, scanned: bytes) -> bytes:
        """The bytes to store. Raises UnicodeEncodeError for what the encoding cannot hold."""
        if self.codec == "utf-8":
            return scanned
        return self.bom + scanned.decode("utf-8").encode(self.codec)

    def lacks(self, text: str) -> str:
        """The first character of a text that the file cannot hold, or ""."""
        try:
            text.encode(self.codec)
        except UnicodeEncodeError as error:
            return text[error.start]
        return ""


def detect(raw: bytes) -> Encoding:
    """The encoding of a file that can be read back to exactly the same bytes."""
    for encoding in _candidates(raw):
        try:
            if encoding.codec == "utf-8" or encoding.to_file(encoding.to_scan(raw)) == raw:
                return encoding
        except (UnicodeError, LookupError):  # LookupError: a codec, but none of text
            continue
    return Encoding(damaged=True)


def decode(value: bytes) -> str:
    """A scanned value as text; a value that is not UTF-8 is read as Western 8-bit text."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def declaration(scanned: bytes) -> bytes:
    """What must open a part of a scanned file for the part to be read in the same encoding.

    That is UTF-8's byte order mark, and the line that declares the encoding.
    """
    mark = codecs.BOM_UTF8 if scanned.startswith(codecs.BOM_UTF8) else b""
    for line in scanned[len(mark) : _HEAD].splitlines(keepends=True):
        if _DECLARED.search(line) and line.lstrip().startswith(b"%") and b"@" not in line:
            return mark + line
    return mark


def _candidates(raw: bytes) -> list[Encoding]:
    for bom, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(bom):
            return [Encoding(codec, bom)]
    declared = _declared(raw)
    if declared and declared != "utf-8":
        return [Encoding(declared), *_guesses(raw)]
    return _guesses(raw)


def _guesses(raw: bytes) -> list[Encoding]:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return [Encoding()]
    if _looks_chinese(raw):
        return [Encoding("gb18030")]
    if _UTF8_PAIR.search(raw):
        return [Encoding(damaged=True)]
    return [Encoding("cp1252"), Encoding("latin-1")] if _C1.search(raw) else [Encoding("latin-1")]


def _declared(raw: bytes) -> str:
    found = _DECLARED.search(raw[:_HEAD])
    if not found:
        return ""
    try:
        return codecs.lookup((found[1] or found[2]).decode("ascii")).name
    except LookupError:
        return ""


def _looks_chinese(raw: bytes) -> bool:
    """Whether nine in ten high bytes come in pairs that GB 2312 assigns."""
    high = sum(len(run) for run in _HIGH.findall(raw))
    return high > 0 and sum(len(run) for run in _GB2312_PAIRS.findall(raw)) >= 0.9 * high
