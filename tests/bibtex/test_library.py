from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bibnotes.bibtex.library import BibLibrary
from bibnotes.errors import UsageError
from bibnotes.model import Change, Name, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE

CASES = Path(__file__).parents[1] / "data" / "bibtex-cases"
REVIEW = Review("close-read", "读完摘要: 100% {sic} $a_b$\n\n- `x`")


class Bib:
    """A .bib file on disk, and what is done to it."""

    def __init__(self, path: Path, data: bytes, language: str = "zh") -> None:
        self.path = path
        self.language = language
        path.write_bytes(data)

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @property
    def library(self) -> BibLibrary:
        return BibLibrary.open(self.path, scale=DEFAULT_SCALE, language=self.language)  # type: ignore[arg-type]

    def paper(self, key: str = "k1") -> Paper:
        return self.library.find(key)[0]

    def set(self, review: Review, key: str = "k1") -> Outcome:
        return self.apply(Change(key, self.paper(key).review, review))

    def apply(self, *changes: Change) -> Outcome:
        prepared = self.library.prepare(changes)
        ends: list[Outcome] = []
        prepared.apply(ends.append)
        return ends[0] if ends else prepared.outcomes[0]

    def undo(self, outcome: Outcome) -> Outcome:
        return self.apply(outcome.change.reversed(outcome.restore))


@pytest.fixture
def bib(tmp_path: Path) -> Iterator[type[Bib]]:
    return lambda data, **kind: Bib(tmp_path / "refs.bib", data, **kind)  # type: ignore[return-value]


# What is read


def test_a_paper_is_read_as_a_person_reads_it(bib) -> None:
    paper = bib(
        rb"""@string{icml = "ICML"}
@InProceedings{key,
  author = {G{\"o}del, Kurt and van Beethoven, Ludwig and {Barnes and Noble} and others},
  title = {{KNAS}: Green~Search --- for $\alpha_1$},
  subtitle = "An \emph{Essay}",
  booktitle = icml # { 2021},
  year = 2021, url = {https://x.org/a_b%20c}, doi = {https://doi.org/10.1/A},
  eprint = {2101.00001}, archiveprefix = {arXiv}, isbn = {1-2},
  keywords = {NAS; must-read, {a, b}},
  abstract = {Two
    lines.},
}"""
    ).paper("key")
    assert paper == Paper(
        id="key",
        key="key",
        type="inproceedings",
        title="KNAS: Green Search — for $\\alpha_1$: An Essay",
        authors=(
            Name("Gödel", "Kurt"),
            Name("Beethoven", "Ludwig", prefix="van"),
            Name("Barnes and Noble"),
        ),
        more_authors=True,
        year="2021",
        venue="ICML 2021",
        abstract="Two lines.",
        doi="10.1/A",
        arxiv="2101.00001",
        isbn="1-2",
        url="https://x.org/a_b%20c",
        keywords=("NAS", "must-read", "a, b"),
        review=Review("close-read"),
        source=paper.source,
    )
    assert str(paper.source).endswith("refs.bib:2")


def test_editors_stand_in_for_authors_and_date_for_year(bib) -> None:
    paper = bib(b"@book{k1, editor = {Meila, Marina}, date = {2021-07-01}}").paper()
    assert (paper.authors, paper.year) == ((Name("Meila", "Marina"),), "2021")


def test_a_part_inherits_from_its_volume_but_neither_review_nor_identity(bib) -> None:
    refs = bib(
        b"""@inproceedings{k1, title={T}, crossref={Vol}, xdata={icml}}
@xdata{icml, year={2021}}
@proceedings{vol, title={Proceedings}, editor={Meila, Marina}, doi={10.1/v}, url={u},
  annote={about the volume}, keywords={skim}, publisher={PMLR}}"""
    )
    paper = refs.paper()
    assert (paper.title, paper.venue, paper.year) == ("T", "Proceedings", "2021")
    assert (paper.doi, paper.url, paper.review, paper.keywords) == ("", "", Review(), ())
    assert [paper.key for paper in refs.library.papers()] == ["k1", "vol"]


def test_circular_inheritance_ends(bib) -> None:
    refs = bib(b"@misc{a, xdata={b,b,a}}\n@misc{b, xdata={a}, crossref={a}}")
    assert [paper.title for paper in refs.library.papers()] == ["", ""]


@pytest.mark.parametrize("field", ["annote", "annotation", "comment"])
def test_a_review_is_read_from_every_field_that_tools_use(bib, field: str) -> None:
    assert bib(b"@misc{k1, %b = {read}}" % field.encode()).paper().review.text == "read"


def test_both_places_of_a_priority_are_read_and_the_higher_counts(bib) -> None:
    paper = bib(b"@misc{k1, priority = {prio2}, keywords = {[Skim], MUST-READ}}").paper()
    assert paper.review == Review("close-read", also=("interesting", "skim"))


def test_several_notes_that_zotero_exported_are_one_text(bib) -> None:
    refs = bib(b"@misc{k1, annote = {one}, annote = {two}}")
    assert refs.paper().review.text == "one\n\ntwo"
    outcome = refs.set(Review(None, "new"))
    assert (outcome.status, "several annote fields" in outcome.reason) == (Status.REFUSED, True)
    assert refs.set(Review("skim", "one\n\ntwo")).status is Status.DONE


def test_problems_and_remarks_say_where_and_what(bib) -> None:
    refs = bib(
        b"@misc{k1, annote={a}, comment={b}, keywords={skim, close-read}}\n"
        b"@misc{k2, title={T}, % oops\n}\n"
        b"@misc{K1}\n@string{x}\n"
    )
    name = refs.path
    assert [str(problem) for problem in refs.library.problems()] == [
        f"{name}:2: k2: the rest of the entry is not read: a field name is missing",
        f"{name}:4: K1: the key is repeated; the entry in line 1 is the one read",
        f"{name}:5: an @string or @preamble is damaged: its name or its = is missing",
    ]
    assert [str(remark) for remark in refs.library.remarks()] == [
        f"{name}:1: k1: annote and comment both hold a text; annote is read",
        f"{name}:1: k1: more than one priority: skim stands there too",
    ]


# Where a review is written


def test_a_bibtex_file_gets_annote_and_a_keyword(bib) -> None:
    refs = bib(b"@misc{k1,\n  title = {T},\n}\n")
    refs.set(Review("interesting", "50%"))
    assert refs.data.decode() == (
        "@misc{k1,\n  title = {T},\n  annote = {50\\%},\n  keywords = {兴趣文章},\n}\n"
    )


def test_a_jabref_library_gets_comment_and_priority(bib) -> None:
    refs = bib(b"@misc{k1,\n  title = {T},\n}\n@Comment{jabref-meta: x;}\n")
    refs.set(Review("interesting", "50%"))
    assert refs.data == (
        b"@misc{k1,\n  title = {T},\n  comment = {50%},\n  priority = {prio2},\n}\n"
        b"@Comment{jabref-meta: x;}\n"
    )


def test_a_review_is_edited_where_it_stands(bib) -> None:
    refs = bib(b"@misc{k1, comment = {old}, priority = {prio1}, keywords = {a}}")
    refs.set(Review("skim", "new"))
    assert refs.data == b"@misc{k1, comment = {new}, priority = {prio3}, keywords = {a}}"


def test_setting_a_priority_anew_drops_the_others(bib) -> None:
    refs = bib("@misc{k1, priority = {prio1}, keywords = {a; 精读; b; skim}}".encode())
    refs.set(Review("close-read"))
    assert refs.data.decode() == "@misc{k1, keywords = {a; 精读; b}}"


def test_a_tag_takes_the_place_of_the_old_one(bib) -> None:
    refs = bib("@misc{k1, keywords = {【精读】, a}}".encode(), language="en")
    refs.set(Review("skim"))
    assert refs.data == b"@misc{k1, keywords = {skim, a}}"


def test_a_value_of_somebody_s_own_in_priority_is_kept(bib) -> None:
    refs = bib(b"@misc{k1, priority = {7}}\n@comment{jabref-meta: x;}", language="en")
    refs.set(Review("skim"))
    assert b"priority = {7}, keywords = {skim}" in refs.data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"@misc{k1}", b"@misc{k1, annote = {N}}"),
        (b"@misc{k1,}", b"@misc{k1, annote = {N},}"),
        (b"@misc(k1)x\n,a=1)", b"@misc(k1)x\n,a=1\n,annote={N})"),
        (b"@misc{k1,\n}", b"@misc{k1,\n  annote = {N},\n}"),
        (b"@misc{k1, title={T},}", b"@misc{k1, title={T}, annote={N},}"),
        (b"@misc{k1\n , title = {T}\n }", b"@misc{k1\n , title = {T}\n , annote = {N}\n }"),
        (b'@misc{k1,\n\ttitle="T"\n}', b'@misc{k1,\n\ttitle="T",\n\tannote="N"\n}'),
        (
            b"@misc{k1,\r\n  title   = {T},\r\n  year    = 2021\r\n}",
            b"@misc{k1,\r\n  title   = {T},\r\n  year    = 2021,\r\n  annote  = {N}\r\n}",
        ),
        (
            b"@misc{k1,\n title=  {T},\n editor= {E}}",
            b"@misc{k1,\n title=  {T},\n editor= {E},\n annote= {N}}",
        ),
        (b"@MISC{K, TITLE = {T}}", b"@MISC{K, TITLE = {T}, ANNOTE = {N}}"),
        (b"@misc{k1, annote = {}, a = 1}", b"@misc{k1, annote = {N }, a = 1}"),
        (b'@misc{k1, annote = "" # x, a = 1}', b'@misc{k1, annote = "N", a = 1}'),
        (b'@misc{k1, annote = "old"}', b'@misc{k1, annote = "N"}'),
    ],
)
def test_a_field_is_written_in_the_manner_of_its_entry(bib, before: bytes, after: bytes) -> None:
    refs = bib(before)
    refs.set(Review(None, "N"), next(refs.library.papers()).key)
    assert refs.data == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"keywords = {a}", b"keywords = {a, skim}"),
        (b"keywords = {a;b}", b"keywords = {a;b;skim}"),
        (b"keywords = {a, b,}", b"keywords = {a, b, skim,}"),
        (b"keywords = {{a; b},c }", b"keywords = {{a; b},c,skim }"),
        (b'keywords = "a; b"', b'keywords = "a; b; skim"'),
        (b"keywords = {}", b"keywords = {skim }"),
        (b"keywords = mac", b"keywords = mac # {, skim}"),
        (b'keywords = mac # ", a"', b'keywords = mac # ", a" # {, skim}'),
    ],
)
def test_a_keyword_is_added_among_the_others_and_goes_without_a_trace(
    bib, before: bytes, after: bytes
) -> None:
    original = b"@string{mac = {m}}\n@misc{k1, %b, year = 2021}" % before
    refs = bib(original, language="en")
    refs.set(Review("skim"))
    assert refs.data == original.replace(before, after)
    refs.set(Review())
    assert refs.data == original


def test_a_tag_from_a_macro_is_not_edited(bib) -> None:
    refs = bib(b"@string{mac = {skim}}\n@misc{k1, keywords = mac # {, a}}")
    outcome = refs.set(Review("close-read"))
    assert (outcome.status, outcome.reason) == (
        Status.REFUSED,
        "a part of its review comes from an @string",
    )


# What is never edited


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"@misc{k1, title = {T} year = 2021}", "damaged: a comma or a } is missing (line 1)"),
        (b"@misc{k1, title = {T}}\n\n@misc{K1}", "its key is repeated (lines 1, 3)"),
        (b"@comment{ @misc{k1, title = {T}} }", "stands in a comment"),
        (b"% @misc{k1, title = {T}}", "stands in a comment"),
        (b"@misc{k0, title = {{{T}\n}\n@misc{k1, title = {T}}", "a damaged entry before it"),
        (b"@misc{k0, a = {T} b} @misc{k1, title = {T}}", "a damaged entry before it"),
    ],
)
def test_what_is_doubtful_is_read_but_refused_by_name(bib, data: bytes, reason: str) -> None:
    refs = bib(data)
    outcome = refs.set(REVIEW)
    assert (outcome.status, reason in outcome.reason) == (Status.REFUSED, True)
    assert refs.data == data


def test_an_entry_behind_a_comment_that_only_looks_open_is_edited(bib) -> None:
    refs = bib(b"@comment{speed 1.4m/s)\n@misc{k1, title = {T}}\n")
    assert refs.set(Review(None, "N")).status is Status.DONE


def test_the_standard_input_is_not_written() -> None:
    library = BibLibrary("-", b"@misc{k1}", scale=DEFAULT_SCALE, language="en")
    with pytest.raises(UsageError, match="standard input"):
        library.prepare([Change("k1", Review(), REVIEW)])


def test_a_key_in_another_case_is_another_key(bib) -> None:
    outcome = bib(b"@misc{K1}").apply(Change("k1", Review(), REVIEW))
    assert (outcome.status, outcome.reason) == (Status.REFUSED, "the key is spelled 'K1'")


# Encodings


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"], ids=lambda codec: codec
)
def test_chinese_is_written_in_the_file_s_own_encoding(bib, codec: str) -> None:
    text = "@misc{钥匙, title = {标题，一二三四五六七八九十}}\n"
    refs = bib(text.encode(codec))
    assert refs.set(REVIEW, "钥匙").status is Status.DONE
    written = refs.data.decode(codec)
    assert written.startswith(text[:-2])
    assert "精读" in written
    assert refs.paper("钥匙").review == REVIEW


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_western_files_keep_their_encoding_and_refuse_what_it_lacks(bib, codec: str) -> None:
    extra = "“" if codec == "cp1252" else ""
    data = f"@misc{{müller, title = {{Été{extra}}}}}".encode(codec)
    refs = bib(data, language="en")
    outcome = refs.set(Review(None, "网"), "müller")
    assert (outcome.status, "which has no '网'" in outcome.reason) == (Status.REFUSED, True)
    assert refs.data == data
    refs.set(Review("skim", "naïf"), "müller")
    assert "naïf" in refs.data.decode(codec)
    assert refs.paper("müller").title == f"Été{extra}"


def test_a_declared_encoding_is_believed(bib) -> None:
    data = "% Encoding: windows-1251\n@misc{k1, title = {Обзор}}".encode("cp1251")
    assert bib(data).paper().title == "Обзор"


def test_stray_bytes_in_a_utf8_file_stay_and_are_named(bib) -> None:
    refs = bib("@misc{k1, title = {网}}\n@misc{k2, title = {".encode() + b"\xe9t\xe9}}")
    assert [paper.title for paper in refs.library.papers()] == ["网", "été"]
    assert "not quite UTF-8" in str(refs.library.problems()[0])
    refs.set(Review(None, "评"), "k2")
    assert refs.data.endswith("\xe9t\xe9}, annote = {".encode("latin-1") + "评}}".encode())


# Invariants

PLACES = [
    "",
    "annote = {}",
    "keywords = { }",
    "annote = {\n},\n keywords = {a; b,}",
    "comment = {}",
]


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str]:
    """A file in some layout and encoding, and the key of one of its entries; without reviews."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    keys = draw(st.lists(st.sampled_from(["k1", "k2", "k:3/x", "钥匙"]), min_size=1, unique=True))
    text = draw(st.sampled_from(["", "% comment\n\n", "@comment{jabref-meta: x;}\n", "a text\n"]))
    for key in keys:
        fields = draw(
            st.lists(
                st.sampled_from(
                    ["title = {T {x}}", 'author="A and B"', "year = 2021", "month = jan # {~1}"]
                ),
                unique=True,
            )
        )
        fields += filter(None, [draw(st.sampled_from(PLACES))])
        fields = draw(st.permutations(fields))
        opened, closed = draw(st.sampled_from(["{}", "()"]))
        separator = draw(st.sampled_from([", ", ",\n  ", ",\n\t", "\n , "]))
        end = draw(st.sampled_from(["", ",", ",\n", "\n"]))
        body = separator.join([key, *fields])
        if opened == "(" and not fields and not end:
            end = "\n"  # a key may hold a )
        text += f"@misc{opened}{body}{end}{closed}" + draw(st.sampled_from(["\n\n", " ", "text\n"]))
    text = text.rstrip() if draw(st.booleans()) else text
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
    if codec == "gb18030":
        text = "% encoding: GB18030\n" + text
    return text.replace("\n", newline).encode(codec), draw(st.sampled_from(keys))


some_reviews = st.builds(
    Review,
    st.sampled_from([None, "close-read", "interesting", "skim"]),
    st.sampled_from(["", "评", 'quoted "x"', "two\nlines {", "\\ %\n\n@x"]),
)
quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(file=files())
def test_reading_and_writing_without_a_change_leaves_the_file_alone(
    tmp_path: Path, file: tuple[bytes, str]
) -> None:
    refs = Bib(tmp_path / "refs.bib", file[0])
    before = refs.path.stat()
    refs.apply(*(Change(paper.id, Review("skim"), paper.review) for paper in refs.library.papers()))
    assert refs.data == file[0]
    assert refs.path.stat().st_mtime_ns == before.st_mtime_ns
    assert refs.path.stat().st_ino == before.st_ino


@quick
@given(file=files(), review=some_reviews)
def test_set_then_clear_gives_the_original_bytes(
    tmp_path: Path, file: tuple[bytes, str], review: Review
) -> None:
    data, key = file
    refs = Bib(tmp_path / "refs.bib", data)
    if refs.set(review, key).status is Status.REFUSED:
        return
    assert refs.paper(key).review == review
    refs.set(Review(), key)
    assert refs.data == data


@quick
@given(file=files(), first=some_reviews, second=some_reviews)
def test_every_change_is_taken_back_to_the_byte(
    tmp_path: Path, file: tuple[bytes, str], first: Review, second: Review
) -> None:
    data, key = file
    refs = Bib(tmp_path / "refs.bib", data)
    refs.set(first, key)
    middle = refs.data
    outcome = refs.set(second, key)
    assert refs.set(second, key).status in (Status.UNCHANGED, Status.REFUSED)
    if outcome.status is Status.DONE:
        assert refs.undo(outcome).status is Status.DONE
    assert refs.data == middle


@quick
@given(file=files(), review=some_reviews)
def test_a_review_is_taken_back_around_what_somebody_changed_since(
    tmp_path: Path, file: tuple[bytes, str], review: Review
) -> None:
    data, key = file
    refs = Bib(tmp_path / "refs.bib", data)
    outcome = refs.set(review, key)
    changed = refs.data.replace("T {x}".encode("utf-16-le"), "New".encode("utf-16-le"))
    refs.path.write_bytes(changed.replace(b"T {x}", b"New"))
    if outcome.status is Status.DONE:
        assert refs.undo(outcome).status is Status.DONE
    original = data.replace("T {x}".encode("utf-16-le"), "New".encode("utf-16-le"))
    assert refs.data == original.replace(b"T {x}", b"New")


@quick
@given(file=files())
def test_an_added_field_is_one_insertion(tmp_path: Path, file: tuple[bytes, str]) -> None:
    data, key = file
    refs = Bib(tmp_path / "refs.bib", data)
    refs.set(Review(None, "NNN"), key)
    new = refs.data
    assert _common(data, new) + _common(data[::-1], new[::-1]) >= len(data)


def _common(one: bytes, other: bytes) -> int:
    """The length of the beginning that two texts share."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


@pytest.mark.parametrize("case", sorted(CASES.glob("*.bib")), ids=lambda path: path.stem)
def test_every_hard_file_is_edited_in_the_meant_lines_or_refused_by_name(
    case: Path, tmp_path: Path
) -> None:
    data = case.read_bytes()
    for key in {paper.key for paper in Bib(tmp_path / "all.bib", data).library.papers()}:
        refs = Bib(tmp_path / "refs.bib", data)
        review = replace(REVIEW, text="plain ASCII", priority=None)
        outcome = refs.set(review, key)
        if outcome.status is Status.REFUSED:
            assert outcome.reason
            assert refs.data == data
            continue
        assert outcome.status is Status.DONE
        assert refs.paper(key).review.text == "plain ASCII"
        assert len(refs.data) > len(data)
        refs.undo(outcome)
        assert refs.data == data


def test_the_diff_shows_three_lines_around_each_change(bib) -> None:
    entries = [f"@misc{{k{n},\n  title = {{T}}\n}}\n\n" for n in range(9)]
    refs = bib("".join(entries).encode())
    changes = [Change(key, Review(), Review(None, "N")) for key in ("k1", "k8")]
    lines = refs.library.prepare(changes).diff().splitlines()
    assert lines[0].startswith("--- ")
    assert lines[2:11] == [
        "@@ -3,7 +3,8 @@",
        " }",
        " ",
        " @misc{k1,",
        "-  title = {T}",
        "+  title = {T},",
        "+  annote = {N}",
        " }",
        " ",
    ]
    assert "@@ -31,6 +32,7 @@" in lines


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-32"])
def test_an_encoding_that_cannot_be_read_is_named(bib, codec: str) -> None:
    refs = bib("@misc{k1, title = {T}}\n".encode(codec) + b"\0")
    assert "looks like UTF-16 or UTF-32" in str(refs.library.problems()[0])


def test_a_declared_codec_that_is_none_of_text_is_ignored(bib) -> None:
    assert bib(b"% Encoding: rot13\n@misc{k1, title = {\xc9t\xe9}}").paper().title == "Été"


def test_a_percent_sign_in_an_entry_before_it_makes_no_comment(bib) -> None:
    refs = bib(b"@misc{k0, title={50% off}} @misc{k1, title={T}}")
    assert refs.set(Review(None, "N")).status is Status.DONE
