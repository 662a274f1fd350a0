from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bibnotes.bibtex.source import Entry, Source, expand, scan

from .oracle import BIBTEX, dump

CASES = Path(__file__).parents[1] / "data" / "bibtex-cases"
needs_bibtex = pytest.mark.skipif(not BIBTEX, reason="not installed: bibtex")


def value(source: Source, start: int, end: int) -> bytes:
    """A value as bibtex keeps it: unknown macros are empty, white space is folded."""
    return b" ".join(re.split(rb"[ \t\r\n]+", expand(source, start, end, unknown=b""))).strip()


def fields(source: Source, entry: Entry) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for field in entry.fields:
        found.setdefault(field.name, value(source, field.value, field.end))
    found.pop(b"crossref", None)
    return found


def as_bibtex_reads(source: Source) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return [(e.key, fields(source, e)) for e in source.entries if not e.first]


def field_names(source: Source) -> set[bytes]:
    return {field.name for entry in source.entries for field in entry.fields}


@needs_bibtex
@pytest.mark.parametrize("case", sorted(CASES.glob("*.bib")), ids=lambda path: path.stem)
def test_entries_keys_fields_and_values_agree_with_bibtex(case: Path, tmp_path: Path) -> None:
    data = case.read_bytes()
    source = scan(data)
    dumped, _ = dump(data, tmp_path, field_names(source))
    ours = as_bibtex_reads(source)
    if case.stem.startswith("06"):  # never closed: bibtex gives up the rest of the file
        assert [(e.key, e.doubtful) for e in source.entries] == [(b"k1", False), (b"after", True)]
        ours.pop()
    if case.stem.startswith("49"):  # inheritance is not the scanner's: see record.py
        dumped[2].fields.pop(b"xdata")
    assert ours == [(entry.key, entry.fields) for entry in dumped]


PIECES = [
    *(b"@ { } ( ) \" , = # a b1 1 20 jan \\ % '".split(b" ")),
    *(b"misc title note @misc{k1, @misc{k2, @string{a @comment @comment{ @article(".split()),
    *(b" ", b"\n", b"\t", b"\r\n", b"\x0c", b"\xc3\xa9"),
    *(b"title = {T}", b', note = "n"', b"@string{a = {v}}", b"@misc{k3, title = {x}}\n"),
]


@needs_bibtex
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join))
def test_generated_files_are_read_as_bibtex_reads_them(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    source = scan(data)
    assume(not any(entry.first for entry in source.entries))  # see the next test
    assume(not any(entry.damage == "it is never closed" for entry in source.entries))
    assume(not any("never closed" in reason for _, reason in source.broken))
    folder = tmp_path_factory.mktemp("bibtex")
    dumped, log = dump(data, folder, field_names(source) | {b"title", b"note"})
    assume("Illegal end of database file" not in log)
    assert as_bibtex_reads(source) == [(entry.key, entry.fields) for entry in dumped]


def test_a_repeated_entry_is_read_to_its_end_and_set_aside() -> None:
    source = scan(b"@misc{A, title={1}}\n@misc{a, note={mail@example.org (x)}}\n@misc{b}")
    assert [entry.key for entry in source.entries] == [b"A", b"a", b"b"]
    assert source.entries[1].first is source.entries[0]


def test_a_field_is_found_by_its_offsets() -> None:
    data = b"@misc{key,\n  Title = {T} # jan,\n}"
    (entry,) = scan(data).entries
    (field,) = entry.fields
    assert (entry.type, entry.key, entry.line) == (b"misc", b"key", 1)
    assert field.name == b"title"
    assert data[field.start : field.start + 5] == b"Title"
    assert data[field.value : field.end] == b"{T} # jan"
    assert data[entry.end - 1 :] == b"}"


def test_lines_are_counted_by_the_file_s_own_line_ends() -> None:
    for newline in (b"\n", b"\r\n", b"\r"):
        source = scan(newline.join([b"", b"@misc{a}", b"text", b"@misc{b}"]))
        assert [entry.line for entry in source.entries] == [2, 4]


def test_a_macro_means_what_was_said_before() -> None:
    source = scan(b'@string{x="1"}@misc{a,t=x}@string{X={2}}@misc{b,t=x # y}@string{y="3"}')
    a, b = (entry.fields[0] for entry in source.entries)
    assert expand(source, a.value, a.end) == b"1"
    assert expand(source, b.value, b.end) == b"2y"


def test_macros_made_of_macros_do_not_fill_the_memory() -> None:
    lines = [b"@string{s0 = {ten bytes.}}"]
    lines += [b"@string{s%d = s%d # s%d}" % (n, n - 1, n - 1) for n in range(1, 40)]
    source = scan(b"\n".join([*lines, b"@misc{k, title = s9 # s9 # s9, note = s39}"]))
    title, note = source.entries[0].fields
    assert len(expand(source, title.value, title.end)) < 11_000
    assert len(expand(source, note.value, note.end)) < 11_000


DAMAGES = {
    "05": (2, "a quoted value has a } too many"),
    "06": (1, "it is never closed"),
    "16": (2, "a field name is missing"),
    "19": (3, "a comma or a } is missing"),
    "26": (5, "a comma or a } is missing"),
    "27": (2, "it is never closed"),
    "38": (2, "the field name 'my' is not followed by ="),
    "43": (3, "a field name is missing"),
    "51": (1, "a value is missing"),
}


@pytest.mark.parametrize("number", DAMAGES)
def test_damage_is_found_once_with_line_and_reason(number: str) -> None:
    (case,) = CASES.glob(f"{number}_*.bib")
    source = scan(case.read_bytes())
    damaged = [entry for entry in source.entries if entry.damage]
    found = [(source.line_of(entry, entry.damage_at), entry.damage) for entry in damaged]
    assert found[0] == DAMAGES[number]
    assert len(found) == (2 if number == "51" else 1)
    assert source.entries[-1].key in (b"after", b"k1")


def test_reading_resumes_behind_an_entry_that_is_never_closed() -> None:
    source = scan(
        b"@misc{a, title = {two lone {{ braces},\n}\n"
        b"@misc{b,\n title = {B},\n note = {C\n@misc{d, title={D}}"
    )
    assert [(e.key, e.doubtful, bool(e.damage)) for e in source.entries] == [
        (b"a", False, True),
        (b"b", True, True),
        (b"d", True, False),
    ]


def test_a_damaged_string_is_named_and_what_follows_is_read() -> None:
    source = scan(b'@string{a = "x"\n@misc{k, title = a}\n@string{b}\n')
    assert [reason for _, reason in source.broken] == [
        "a } is missing",
        "its name or its = is missing",
    ]
    (entry,) = source.entries
    assert expand(source, entry.fields[0].value, entry.fields[0].end) == b"x"


MEGABYTE = 1_000_000
HOSTILE = {
    "open braces": b"{" * MEGABYTE,
    "braces in a value": b"@a{b, c = {" + b"{" * MEGABYTE,
    "deep nesting": b"@a{b, c = {" + b"{" * (MEGABYTE // 2) + b"}" * (MEGABYTE // 2) + b"}}",
    "quotes": b"@a{b, c = " + b'"' * MEGABYTE,
    "quotes and braces": b"@a{b, c = " + b'"{' * (MEGABYTE // 2),
    "at signs": b"@" * MEGABYTE,
    "open entries": b"@a{" * (MEGABYTE // 3),
    "entries that are never closed": b"@a{b, c = {\n" * (MEGABYTE // 12),
    "comments that are never closed": b"@comment{" * (MEGABYTE // 9),
    "backslashes": b"@a{b, c = {" + b"\\" * MEGABYTE + b"}}",
    "NULs": b"@a{b, c = {" + b"\0" * MEGABYTE + b"}}",
    "a long key": b"@a{" + b"k" * MEGABYTE,
    "a long field name": b"@a{b, " + b"n" * MEGABYTE,
    "a long type": b"@" + b"t" * MEGABYTE,
    "white space": b"@a" + b" \n" * (MEGABYTE // 2),
    "commas": b"@a{b" + b"," * MEGABYTE,
    "concatenation": b"@a{b, c = 1" + b"#1" * (MEGABYTE // 2),
    "line starts": b"@a{b, c = {" + b"\n@a" * (MEGABYTE // 3),
    "strings that are never closed": b"@string{a = {\n" * (MEGABYTE // 14),
}

HOSTILE_ENTRIES = {
    "open braces": 0,
    "at signs": 0,
    "entries that are never closed": MEGABYTE // 12,
    "comments that are never closed": 0,
    "a long type": 0,
    "white space": 0,
    "strings that are never closed": 0,
}

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
from bibnotes.bibtex.source import scan
print(len(scan(sys.stdin.buffer.read()).entries))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on a process")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_within_modest_limits(name: str) -> None:
    """With time or memory that grows as the square, a megabyte would pass these many times over."""
    run = subprocess.run([sys.executable, "-c", LIMITED], input=HOSTILE[name], capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")
    assert int(run.stdout) == HOSTILE_ENTRIES.get(name, 1)
