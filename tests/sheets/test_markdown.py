from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bibnotes.digest.build import build
from bibnotes.digest.markdown import citation, render
from bibnotes.errors import UsageError
from bibnotes.escape import one_line
from bibnotes.model import Change, Name, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.front_matter import is_sheet
from bibnotes.sheets.library import Notes, SheetLibrary
from bibnotes.sheets.markdown import MarkdownSheet
from bibnotes.sheets.statement import Statement

EDITED = Path(__file__).parents[1] / "data" / "sheets" / "edited.md"
FIRST = """\
看初始化时的激活, 不训练就打分。
Does it hold
beyond the three benchmarks?

- compare with Table 2"""
DONE = Status.PLANNED  # and applied: see `made`
FRONT = "---\nbibnotes: 1\n---\n"


def opened(path: Path) -> SheetLibrary:
    return SheetLibrary.open(path, scale=DEFAULT_SCALE, language="en")


def sheet(text: str, name: str = "reviews.md") -> SheetLibrary:
    return SheetLibrary(name, text.encode(), scale=DEFAULT_SCALE, language="en")


def only(text: str) -> Statement:
    """The one statement of a sheet without groups."""
    (statement,) = sheet(FRONT + text).statements()
    return statement


def review_of(text: str) -> str:
    return only(text).paper.review.text


def made(library: SheetLibrary, *changes: Change, stamp: bool = False) -> list[Outcome]:
    """The outcomes of changes, applied."""
    if stamp:
        library = library.noting(Notes(stamp=True))
    prepared = library.prepare(changes)
    prepared.apply(lambda outcome: None)
    return list(prepared.outcomes)


def set_review(library: SheetLibrary, key: str, review: Review, **options: object) -> Outcome:
    (paper,) = library.find(key)
    (outcome,) = made(library, Change(paper.id, paper.review, review), **options)
    return outcome


def undone(outcomes: list[Outcome]) -> list[Change]:
    return [outcome.change.reversed(outcome.restore) for outcome in outcomes]


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    path = tmp_path / "edited.md"
    path.write_bytes(EDITED.read_bytes())
    return path


class TestWhatASheetIs:
    @pytest.mark.parametrize(
        "data",
        [
            b"---\nbibnotes: 1\n---\n",
            b"\xef\xbb\xbf---\r\ntitle: x\r\nbibnotes: 1\r\n---\r\n# x\r\n",
            b"---\nbibnotes: '1' # a digest\n...\n",
            b"---\nbibnotes: 2\n---\n",
        ],
    )
    def test_its_front_matter_says_bibnotes(self, data: bytes) -> None:
        assert is_sheet(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"# A page\n\nbibnotes: 1\n",
            b"---\ntitle: a page\n---\nbibnotes: 1\n",
            b"---\nbibnotes: 1\nno end",
            b"---\n- key: a\n  note: |\n    bibnotes: 1\n---\n",
            "---\nbibnotes: 1\n---\n".encode("utf-16"),
        ],
    )
    def test_nothing_else_is_one(self, data: bytes) -> None:
        assert not is_sheet(data)

    def test_one_with_nothing_below_its_front_matter_is_empty(self) -> None:
        assert not sheet(FRONT).statements()

    def test_a_newer_version_is_refused(self) -> None:
        with pytest.raises(UsageError, match="newer bibnotes: it is a sheet of version 2"):
            sheet("---\nbibnotes: 2\n---\n")

    def test_a_version_that_is_no_number_is_refused(self) -> None:
        with pytest.raises(UsageError, match="must be the number 1"):
            sheet("---\nbibnotes: yes\n---\n")

    def test_a_markdown_file_that_is_none_is_refused(self) -> None:
        with pytest.raises(UsageError, match="does not say `bibnotes: 1`"):
            sheet("# My notes\n")

    def test_another_encoding_is_refused_with_its_line(self) -> None:
        data = FRONT.encode() + "## 精读\n".encode("gbk")
        with pytest.raises(UsageError, match=r"r\.md:4: this is not UTF-8"):
            SheetLibrary("r.md", data, scale=DEFAULT_SCALE, language="en")


class TestAnEditedDigest:
    @pytest.fixture
    def said(self) -> list[Statement]:
        return list(opened(EDITED).statements())

    def test_every_section_is_a_statement(self, said: list[Statement]) -> None:
        assert [(one.paper.id, one.line) for one in said] == [
            ("mellor21a", 12),
            ("x--y", 28),
            ("a key", 34),
            ("ghost20a", 42),
            ("last20a", 48),
        ]

    def test_headings_give_titles_as_text(self, said: list[Statement]) -> None:
        assert [one.paper.title for one in said] == [
            "Neural Architecture Search without Training",
            "Knowledge *and* Distillation",
            "A Paper whose key pandoc cannot take",
            "",
            "Nothing is below this one",
        ]

    def test_headings_in_either_language_give_priorities(self, said: list[Statement]) -> None:
        assert [(one.says_priority, one.paper.review.priority) for one in said] == [
            (True, "close-read"),
            (True, "interesting"),
            (True, None),
            (False, None),
            (False, None),
        ]

    def test_quotes_directly_below_are_reviews(self, said: list[Statement]) -> None:
        assert [one.paper.review.text for one in said] == [
            FIRST,
            "Straight below the heading.",
            "",
            "",
            "",
        ]
        assert all(one.says_text for one in said)

    def test_comments_give_the_hash(self, said: list[Statement]) -> None:
        assert [one.base for one in said] == ["9f3c21aa", None, "01ba4719", "01ba4719", None]

    def test_the_line_of_facts_identifies_the_paper(self, said: list[Statement]) -> None:
        paper = said[0].paper
        assert [str(name) for name in paper.authors] == [
            "Joe Mellor",
            "Jack Turner",
            "Amos Storkey",
            "Elliot J. Crowley",
        ]
        assert (paper.venue, paper.year) == ("ICML", "2021")
        assert paper.url == "https://proceedings.mlr.press/v139/mellor21a.html"
        assert said[2].paper.abstract == "Its abstract stands here."

    def test_it_has_no_problems(self) -> None:
        assert not opened(EDITED).problems()
        assert not opened(EDITED).remarks()


class TestReviews:
    def test_lines_may_lack_the_space(self) -> None:
        assert review_of("### T\n\n>a\n>  b\n") == "a\n b"

    def test_a_quote_may_be_indented(self) -> None:
        assert review_of("### T\n\n  > a\n   > b\n") == "a\nb"

    def test_code_in_the_quote_ends_with_it(self) -> None:
        assert review_of("### T\n\n> ```\n> x\n\nA remark.\n") == "```\nx"

    def test_after_a_blank_line_of_the_quote_nothing_goes_on(self) -> None:
        assert review_of("### T\n\n> a\n>\nA remark.\n") == "a"

    def test_an_emptied_quote_is_no_text(self) -> None:
        assert review_of("### T\n\nAna Example\n\n> \n") == ""

    def test_a_quote_below_other_text_is_a_remark_and_removes_nothing(self) -> None:
        library = sheet(FRONT + "### T\n\nAna Example · 2020\n\nMy remark.\n\n> a quote\n")
        (statement,) = library.statements()
        assert statement.paper.review.text == ""
        assert not statement.says_text
        (remark,) = library.remarks()
        assert str(remark).startswith("reviews.md:10: T: the quote is no review")


HAD_A_TEXT = "### T [@a] <!-- bibnotes 9f3c21aa -->\n\nAna Example · 2020\n\n"
HAD_NONE = f"### T [@a] <!-- bibnotes {Review().digest()} -->\n\nAna Example · 2020\n\n"


class TestTextInPlaceOfAReview:
    @pytest.mark.parametrize("text", ["Not bad.", "- not bad", "```\nx\n```", "#### So\n\nBad."])
    def test_removes_nothing_and_is_named(self, text: str) -> None:
        library = sheet(FRONT + HAD_A_TEXT + text + "\n")
        (statement,) = library.statements()
        assert not statement.says_text
        (remark,) = library.remarks()
        assert str(remark).startswith("reviews.md:8: a: the text is not read as the review")

    @pytest.mark.parametrize(
        "section",
        [
            HAD_A_TEXT,
            HAD_A_TEXT + ">\n\nMy remark.\n",
            HAD_A_TEXT + "> Not bad.\n\nMy remark.\n",
            HAD_A_TEXT + "<!-- to be read -->\n",
            HAD_A_TEXT + "- **Ben** · Skim\n\n  Not bad.\n",
            HAD_NONE + "My remark.\n",
            "### T [@a]\n\nAna Example · 2020\n\nMy remark.\n",
        ],
    )
    def test_is_not_what_stands_there_for_another_reason(self, section: str) -> None:
        library = sheet(FRONT + section)
        assert [statement.says_text for statement in library.statements()] == [True]
        assert not library.remarks()

    def test_is_not_an_abstract_in_a_sheet_that_has_them(self) -> None:
        other = HAD_A_TEXT.replace("[@a]", "[@b]") + "> Not bad.\n\nIts abstract.\n\n"
        assert not sheet(FRONT + other + HAD_A_TEXT + "An abstract.\n").remarks()
        text = "I have read it.\n\nAn abstract.\n"
        assert len(sheet(FRONT + other + HAD_A_TEXT + text).remarks()) == 1

    def test_leaves_the_hash_of_what_was_there(self, tmp_path: Path) -> None:
        path = tmp_path / "reviews.md"
        path.write_text(FRONT + "## Skim\n\n" + HAD_A_TEXT + "Not bad.\n")
        change = Change("a", Review("skim"), Review("close-read"))
        made(opened(path), change, stamp=True)
        (statement,) = opened(path).statements()
        assert (statement.paper.review.priority, statement.base) == ("close-read", "9f3c21aa")


class TestHeadings:
    def test_the_key_may_stand_close_to_the_title(self) -> None:
        assert only("### 论文[@key] <!-- bibnotes 00000000 -->").paper.key == "key"

    def test_closing_marks_are_no_title(self) -> None:
        assert only("### T [@key] ###").paper.title == "T"

    def test_a_title_that_looks_like_a_citation_is_text(self) -> None:
        paper = only(r"### On \[@key\]").paper
        assert (paper.title, paper.key) == ("On [@key]", "")

    def test_a_paper_called_untitled_has_a_title(self) -> None:
        assert only(r"### \[untitled\] [@key]").paper.title == "[untitled]"

    def test_without_a_key_the_title_is_the_id(self) -> None:
        assert only("### A Title").paper.id == "A Title"

    def test_without_a_title_the_authors_are(self) -> None:
        paper = only("### [untitled]\n\nAna Example, Bo Sample · 2020").paper
        assert paper.id == "Ana Example; Bo Sample"

    @pytest.mark.parametrize(
        ("heading", "priority"),
        [
            ("Close read", "close-read"),
            ("精读 (12)", "close-read"),
            ("must-read（2）", "close-read"),
            ("【略读】 ( 2 )", "skim"),
            ("未读 (3)", None),
            ("Reviewed", None),
        ],
    )
    def test_a_group_gives_the_priority(self, heading: str, priority: str | None) -> None:
        statement = only(f"## {heading}\n\n### T [@k]\n")
        assert statement.says_priority
        assert statement.paper.review.priority == priority

    @pytest.mark.parametrize("heading", ["## 2021 (5)", "## Mine", "# Skim", "Skim\n====", ""])
    def test_other_headings_give_none(self, heading: str) -> None:
        assert not only(f"{heading}\n\n### T [@k]\n").says_priority

    def test_a_title_of_the_whole_page_ends_a_group(self) -> None:
        first, second = sheet(FRONT + "## Skim\n\n### A\n\n# Others\n\n### B\n").statements()
        assert first.says_priority
        assert not second.says_priority


@pytest.mark.parametrize("marks", ["#", "##", "####"])
def test_a_papers_heading_of_another_level_is_remarked(marks: str) -> None:
    text = "### A [@a]\n\n> one\n\n### B [@b] <!-- bibnotes 9f3c21aa -->\n\n> two\n"
    library = sheet(FRONT + text.replace("### B", f"{marks} B"))
    (remark,) = library.remarks()
    said = "b: a paper's heading begins with `### `; this one is not read as one"
    assert str(remark) == f"reviews.md:{FRONT.count(chr(10)) + 5}: {said}"
    assert not sheet(FRONT + text).remarks()
    assert not sheet(FRONT + text.replace("### B", "> ## B")).remarks()


def test_code_that_never_ends_and_hides_sections_is_a_problem() -> None:
    library = sheet(FRONT + "### A [@a]\n\n```\n\n### B [@b]\n")
    assert [one.paper.key for one in library.statements()] == ["a"]
    assert "reviews.md:6: code or a comment begins here" in str(library.problems()[0])


class TestAPaperThatIsThereTwice:
    TEXT = FRONT + "## Skim\n\n### A [@a]\n\n> one\n\n### B [@b]\n\n## 精读\n\n### A [@a]\n"

    def test_both_statements_are_marked(self) -> None:
        first, other, second = sheet(self.TEXT).statements()
        assert first.repeats == second.repeats == (6, 14)
        assert other.repeats == ()

    def test_the_first_is_the_paper(self) -> None:
        (paper,) = sheet(self.TEXT).find("a")
        assert paper.review == Review("skim", "one")

    def test_the_problem_names_both_lines(self) -> None:
        (problem,) = sheet(self.TEXT).problems()
        assert str(problem).startswith("reviews.md:14: a: the paper stands in line 6 already")

    def test_neither_is_edited(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(self.TEXT)
        outcome = set_review(opened(path), "a", Review("skim", "two"))
        assert outcome.status is Status.REFUSED
        assert "lines 6, 14" in outcome.reason
        assert path.read_text() == self.TEXT


class TestWriting:
    def test_only_the_quote_changes(self, edited: Path) -> None:
        before = edited.read_text()
        set_review(opened(edited), "x--y", Review("interesting", "new\n\n- lines"))
        new = before.replace("> Straight below the heading.", "> new\n>\n> - lines")
        assert edited.read_text() == new

    FACTS = f"{FRONT}## Skim\n\n### A [@a]\n\nAna Example · 2020\n\nIts abstract.\n"

    def test_a_first_text_comes_below_the_facts(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(self.FACTS)
        set_review(opened(path), "a", Review("skim", "new"))
        assert path.read_text() == self.FACTS.replace("2020\n\n", "2020\n\n> new\n\n")

    def test_setting_and_clearing_a_text_gives_the_same_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(self.FACTS)
        set_review(opened(path), "a", Review("skim", "new"))
        set_review(opened(path), "a", Review("skim"))
        assert path.read_text() == self.FACTS

    def test_a_file_that_stays_the_same_is_not_touched(self, edited: Path) -> None:
        before = edited.stat().st_mtime_ns
        outcome = set_review(opened(edited), "x--y", opened(edited).find("x--y")[0].review)
        assert outcome.status is Status.UNCHANGED
        assert edited.stat().st_mtime_ns == before

    def test_a_paragraph_below_the_quote_stays_outside(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(FRONT + "### A [@a]\n\n> ```\n> x\n> ```\nA remark.\n")
        set_review(opened(path), "a", Review(None, "new"))
        assert path.read_text() == FRONT + "### A [@a]\n\n> new\n\nA remark.\n"

    def test_line_ends_and_byte_order_mark_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        text = FRONT + "### A [@a]\n\nAna Example\n\nremark"
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        set_review(opened(path), "a", Review(None, "two\nlines"))
        new = text.replace("remark", "> two\n> lines\n\nremark").replace("\n", "\r\n")
        assert path.read_bytes() == b"\xef\xbb\xbf" + new.encode()

    def test_the_diff_shows_the_change(self, edited: Path) -> None:
        change = Change("x--y", opened(edited).find("x--y")[0].review, Review("interesting", "n"))
        assert opened(edited).prepare([change]).diff() == (
            f"--- {edited}\n+++ {edited}\n@@ -27,7 +27,7 @@\n \n"
            " ### Knowledge \\*and\\* Distillation [@{x--y}]\n \n"
            "-> Straight below the heading.\n+> n\n \n ## Not yet reviewed (1)\n \n"
        )


GROUPED = f"""{FRONT}3 papers: 2 close read, 1 not yet reviewed

## Close read (2)

### A [@a] <!-- bibnotes 00000000 -->

> one

My remark.

### B [@b]

## Not yet reviewed (1)

### C [@c]
"""


class TestMoving:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "r.md"
        path.write_text(GROUPED)
        return path

    def test_a_section_goes_below_the_heading_of_its_level(self, path: Path) -> None:
        set_review(opened(path), "c", Review("close-read"))
        assert path.read_text() == GROUPED.replace(
            "2 close read, 1 not yet reviewed", "3 close read"
        ).replace("(2)", "(3)").replace(
            "## Not yet reviewed (1)\n\n### C [@c]\n", "### C [@c]\n\n## Not yet reviewed (0)\n"
        )

    def test_a_heading_that_is_missing_is_made_in_the_order_of_the_scale(self, path: Path) -> None:
        set_review(opened(path), "a", Review("skim", "one"))
        assert path.read_text() == (
            f"{FRONT}3 papers: 1 close read, 1 skim, 1 not yet reviewed\n\n"
            "## Close read (1)\n\n### B [@b]\n\n"
            "## Skim (1)\n\n### A [@a] <!-- bibnotes 00000000 -->\n\n> one\n\nMy remark.\n\n"
            "## Not yet reviewed (1)\n\n### C [@c]\n"
        )

    def test_a_made_heading_speaks_the_language_of_the_sheet(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(FRONT + "共1篇：未读1\n\n## 未读 (1)\n\n### A [@a]\n")
        set_review(opened(path), "a", Review("skim"))
        assert "共1篇：略读1\n\n## 略读 (1)\n\n### A [@a]\n\n## 未读 (0)\n" in path.read_text()

    def test_without_a_priority_it_is_reviewed_or_unread(self, path: Path) -> None:
        library = opened(path)
        set_review(library, "a", Review(None, "one"))
        set_review(library, "b", Review())
        assert [line for line in path.read_text().splitlines() if line.startswith("#")] == [
            "## Close read (0)",
            "## Reviewed (1)",
            "### A [@a] <!-- bibnotes 00000000 -->",
            "## Not yet reviewed (2)",
            "### C [@c]",
            "### B [@b]",
        ]

    def test_a_text_without_a_priority_moves_it_between_reviewed_and_unread(
        self, path: Path
    ) -> None:
        (outcome,) = made(opened(path), Change("c", Review(), Review(None, "new")))
        assert path.read_text() == GROUPED.replace("1 not yet reviewed", "1 reviewed").replace(
            "## Not yet reviewed (1)\n\n### C [@c]\n",
            "## Reviewed (1)\n\n### C [@c]\n\n> new\n\n## Not yet reviewed (0)\n",
        )
        made(opened(path), *undone([outcome]))
        assert path.read_text() == GROUPED
        made(opened(path), Change("c", Review(), Review(None, "new")))
        made(opened(path), Change("c", Review(None, "new"), Review()))
        assert "2 close read, 1 not yet reviewed\n" in path.read_text()
        assert path.read_text().endswith("## Not yet reviewed (1)\n\n### C [@c]\n")

    def test_a_text_alone_moves_nothing_from_below_a_level_or_a_heading_of_ones_own(
        self, path: Path
    ) -> None:
        text = GROUPED.replace("## Not yet reviewed (1)", "## Mine")
        path.write_text(text)
        set_review(opened(path), "b", Review("close-read", "b's"))
        made(opened(path), Change("c", Review(), Review(None, "c's")))
        assert path.read_text() == text.replace("[@b]\n", "[@b]\n\n> b's\n").replace(
            "[@c]\n", "[@c]\n\n> c's\n"
        )

    @pytest.mark.parametrize(
        ("heading", "counts"),
        [
            ("### 我的小节\n\nSome text.\n", False),
            ("### On Tuesday\n", False),
            ("### A Paper\n\nAna Example, Bo Sample · 2020\n", True),
            ("### A Paper\n\n> A review.\n", True),
            ("### A Paper <!-- bibnotes 00000000 -->\n", True),
        ],
    )
    def test_a_heading_of_ones_own_is_not_counted(
        self, path: Path, heading: str, counts: bool
    ) -> None:
        text = GROUPED.replace("## Not yet", f"{heading}\n## Not yet")
        path.write_text(text)
        outcome = set_review(opened(path), "c", Review("close-read"))
        total = "4 papers: 4" if counts else "3 papers: 3"
        assert f"{total} close read\n\n## Close read ({3 + counts})\n" in path.read_text()
        made(opened(path), *undone([outcome]))
        assert path.read_text() == text

    def test_a_heading_of_ones_own_that_gets_a_review_is_counted(self, path: Path) -> None:
        text = GROUPED.replace("## Not yet", "### Mine\n\n## Not yet")
        path.write_text(text)
        change = Change("Mine", Review("close-read"), Review("skim", "new"))
        (outcome,) = made(opened(path), change)
        assert "4 papers: 2 close read, 1 skim, 1 not yet" in path.read_text()
        made(opened(path), *undone([outcome]))
        assert path.read_text() == text

    def test_counts_of_another_form_stay(self, path: Path) -> None:
        text = GROUPED.replace("3 papers: 2 close read", "3 papers: 2 to read").replace(
            "Close read (2)", "Close read（2）"
        )
        path.write_text(text)
        set_review(opened(path), "b", Review())
        assert "3 papers: 2 to read" in path.read_text()
        assert "Close read（2）" in path.read_text()
        assert "Not yet reviewed (2)" in path.read_text()

    def test_below_a_heading_without_a_priority_it_is_refused(self, path: Path) -> None:
        path.write_text(FRONT + "## Mine\n\n### A [@a]\n")
        outcome = set_review(opened(path), "a", Review("skim"))
        assert outcome.status is Status.REFUSED
        assert "gives no priority" in outcome.reason

    def test_what_would_swallow_other_sections_is_refused(self, path: Path) -> None:
        text = GROUPED + "\n```\nnever closed\n"
        path.write_text(text)
        outcome = set_review(opened(path), "c", Review("close-read"))
        assert outcome.status is Status.REFUSED
        assert path.read_text() == text

    def test_a_level_that_the_scale_lacks_is_refused(self, path: Path) -> None:
        assert set_review(opened(path), "a", Review("later", "one")).status is Status.REFUSED


class TestTakingBack:
    @pytest.mark.parametrize("text", [GROUPED, GROUPED.rstrip(), GROUPED.replace("(2)", "(7)")])
    @pytest.mark.parametrize("turned", [False, True])
    def test_all_bytes_come_back(self, tmp_path: Path, text: str, turned: bool) -> None:
        path = tmp_path / "r.md"
        path.write_text(text)
        library = opened(path)
        outcomes = made(
            library,
            Change("c", Review(), Review("skim", "new")),
            Change("a", Review("close-read", "one"), Review()),
            Change("b", Review("close-read"), Review("skim", "x")),
            stamp=True,
        )
        assert path.read_text() != text
        changes = undone(outcomes)
        back = made(library, *(reversed(changes) if turned else changes))
        assert {outcome.status for outcome in back} == {Status.PLANNED}
        assert path.read_text() == text

    def test_edits_of_other_sections_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(GROUPED)
        outcomes = [set_review(opened(path), "a", Review("skim", "new"))]
        path.write_text(path.read_text().replace("### B", "### B, renamed") + "\n### D [@d]\n")
        made(opened(path), *undone(outcomes))
        new = GROUPED.replace("### B", "### B, renamed") + "\n### D [@d]\n"
        assert path.read_text() == new

    def test_a_section_that_somebody_edited_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(GROUPED)
        outcomes = [set_review(opened(path), "a", Review("close-read", "new"))]
        path.write_text(path.read_text().replace("My remark.", "My other remark."))
        (back,) = made(opened(path), *undone(outcomes))
        assert back.status is Status.CHANGED


class TestHashAndKey:
    def test_a_hash_is_written_with_the_review(self, edited: Path) -> None:
        review = Review("interesting", "new")
        set_review(opened(edited), "x--y", review, stamp=True)
        assert f"Distillation [@{{x--y}}] <!-- bibnotes {review.digest()} -->\n\n> new\n" in (
            edited.read_text()
        )

    def test_a_hash_alone_is_a_change(self, edited: Path) -> None:
        library = opened(edited)
        review = library.find("mellor21a")[0].review
        assert set_review(library, "mellor21a", review, stamp=True).status is Status.PLANNED
        assert opened(edited).statements()[0].base == review.digest()
        assert set_review(library, "mellor21a", review, stamp=True).status is Status.UNCHANGED

    def test_without_stamp_the_hash_stays(self, edited: Path) -> None:
        set_review(opened(edited), "mellor21a", Review("close-read", "new"))
        assert opened(edited).statements()[0].base == "9f3c21aa"

    def test_a_key_is_noted_where_there_is_none(self, tmp_path: Path) -> None:
        path = tmp_path / "r.md"
        path.write_text(FRONT + "### A Title ###\n\n> text\n")
        library = opened(path)
        same = Change("A Title", Review(None, "text"), Review(None, "text"))
        outcomes = made(library.noting(Notes({"A Title": "key20a"})), same)
        assert path.read_text() == FRONT + "### A Title [@key20a] ###\n\n> text\n"
        made(library, *undone(outcomes))
        assert path.read_text() == FRONT + "### A Title ###\n\n> text\n"

    @pytest.mark.parametrize("key", ["b", "a key"])
    def test_a_key_that_cannot_be_noted_is_refused(self, tmp_path: Path, key: str) -> None:
        path = tmp_path / "r.md"
        path.write_text(FRONT + "### A\n\n### B [@b]\n")
        (outcome,) = made(opened(path).noting(Notes({"A": key})), Change("A", Review(), Review()))
        assert outcome.status is Status.REFUSED
        assert repr(key) in outcome.reason


# What a digest says comes back, whatever the papers say.

NASTY = st.text(
    st.one_of(
        st.sampled_from("\\`*<>[]{}~^@\"'$_&#.-!|()=+:;, \t\n\r\x85\u2028精读1a"), st.characters()
    ),
    max_size=20,
)
BLOCKS = [
    *["# x", "### T [@k] <!-- bibnotes 00000000 -->", "```", "<!--", "-->", "<script>", "- a"],
    *["> q", "", "    code", "---", "===", "[a]: b", "\tx", "1) x", "  "],
]
LINES = st.lists(st.sampled_from(BLOCKS), max_size=6).map("\n".join)
KEYS = st.text(string.ascii_lowercase + ":.-_/#{}[]@<>();,\\&% 精", min_size=1, max_size=8)
LEVELS = st.sampled_from([None, "close-read", "interesting", "skim"])


@st.composite
def papers(draw: st.DrawFn) -> list[Paper]:
    return [
        Paper(
            id=key,
            key=key,
            title=draw(NASTY | LINES),
            authors=tuple(Name(family) for family in draw(st.lists(NASTY, max_size=2))),
            year=draw(st.sampled_from(["", "2021", "in press"])),
            venue=draw(NASTY),
            abstract=draw(NASTY | LINES),
            url=draw(st.just("") | NASTY.map("https://example.org/{}".format)),
            review=Review(draw(LEVELS), draw(NASTY | LINES)),
        )
        for key in draw(st.lists(KEYS, max_size=4, unique=True))
    ]


@settings(max_examples=60, deadline=None)
@given(papers(), st.sampled_from(["en", "zh"]), st.booleans())
def test_a_digest_reads_back_as_its_papers(listed: list[Paper], language, abstracts) -> None:
    digest = build(listed, language=language, title="x")
    library = sheet("".join(render(digest, abstracts=abstracts)))
    said = {one.paper.id: one for one in library.statements()}
    assert said.keys() == {paper.id for paper in listed}
    for paper in listed:
        one = said[paper.id]
        assert one.paper.key == (paper.key if citation(paper.key) else "")
        assert one.paper.title == one_line(paper.title)
        assert one.paper.review == paper.review
        assert one.base == paper.review.digest()
    assert not library.problems()
    assert not library.remarks()


def test_a_hash_before_closing_marks_leaves_the_key(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    path.write_text(f"{FRONT}## Skim\n\n### A Title [@key] ##\n")
    for text in ("one", "two"):
        assert set_review(opened(path), "key", Review("skim", text), stamp=True).status is DONE
    stamp = Review("skim", "two").digest()
    assert f"### A Title [@key] <!-- bibnotes {stamp} --> ##\n" in path.read_text()
    (said,) = opened(path).statements()
    assert (said.paper.key, said.paper.title, said.base) == ("key", "A Title", stamp)


def outline(path: Path) -> list[str | None]:
    read = MarkdownSheet(path.name, path.read_text(), scale=DEFAULT_SCALE, language="en")
    return [*read.outline]


UNDERLINED = [
    "## Skim (2)\n\n### A [@a]\n\n> a\n\nmy remark\n### B [@b]\n\n> b\n\nMy notes\n---\n\nkeep\n",
    "## Skim\n\n- a list\n### B [@b]\n\nReviewed\n---\n\n### C [@c]\n",
    "## Skim\n\n### A [@a]\n\n> a\n### B [@b]\n\n> b\n\nReviewed\n----\n\n### C [@c]\n",
]


@pytest.mark.parametrize("text", UNDERLINED)
def test_a_section_that_leaves_does_not_join_a_remark_and_an_underlined_heading(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "r.md"
    path.write_text(FRONT + text)
    before, (paper,) = outline(path), opened(path).find("b")
    done = set_review(opened(path), "b", replace(paper.review, priority="close-read"))
    assert done.status is DONE
    assert outline(path) == [None, "close-read", *before[1:]]
    made(opened(path), *undone([done]))
    assert path.read_text() == FRONT + text


def test_a_text_before_an_underlined_heading_is_not_taken_out_either(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    path.write_text(f"{FRONT}## Skim\n\n### A [@a]\n\n2020\n\n> ***\nReviewed\n---\n")
    done = set_review(opened(path), "a", Review("skim"))
    assert (done.status, "underlined" in done.reason) == (Status.REFUSED, True)


def test_counts_follow_a_text_that_makes_a_heading_a_paper(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    text = f"{FRONT}1 paper: 1 skim\n\n## Skim (1)\n\n### Mine [@m]\n\n> x\n\n### Another\n"
    path.write_text(text)
    paper = next(one for one in opened(path).papers() if one.title == "Another")
    done = made(opened(path), Change(paper.id, paper.review, Review("skim", "text")))
    assert "2 papers: 2 skim\n\n## Skim (2)\n" in path.read_text()
    made(opened(path), *undone(done))
    assert path.read_text() == text


@st.composite
def edited_sheets(draw: st.DrawFn) -> str:
    """Digests into which somebody wrote lines, and from which somebody deleted lines."""
    listed = [
        Paper(f"k{n}", f"k{n}", title="T", year="2020", review=Review(draw(LEVELS), text))
        for n, text in enumerate(draw(st.lists(NASTY | LINES, min_size=1, max_size=4)))
    ]
    lines = "".join(render(build(listed))).split("\n")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(5, len(lines)))
        if draw(st.booleans()):
            lines.insert(at, draw(st.sampled_from(["text", "> q", "```", "<!--", "", "---"])))
        elif at < len(lines) and not lines[at].startswith("### "):
            del lines[at]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


CHANGES = st.lists(
    st.tuples(st.integers(0, 3), LEVELS, NASTY | LINES, st.booleans()), min_size=1, max_size=4
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edited_sheets(), CHANGES, st.booleans(), st.booleans())
def test_changes_are_made_and_taken_back_to_the_byte(
    tmp_path: Path, text: str, wanted: list, stamp: bool, turned: bool
) -> None:
    path = tmp_path / "r.md"
    path.write_bytes(text.encode())
    library = opened(path)
    before = {paper.id: paper.review for paper in library.papers()}
    outcomes = made(library, *_changes(before, wanted), stamp=stamp)
    planned = [outcome for outcome in outcomes if outcome.status is Status.PLANNED]
    after = {paper.id: paper.review for paper in opened(path).papers()}
    expected = before | {
        outcome.change.paper: outcome.change.after
        for outcome in outcomes
        if outcome.status in (Status.PLANNED, Status.UNCHANGED)
    }
    assert after == expected

    changes = undone(planned)
    back = made(library, *(changes[::-1] if turned else changes))
    assert all(outcome.status is Status.PLANNED for outcome in back)
    assert path.read_bytes() == text.encode()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edited_sheets(), NASTY | LINES, LEVELS)
def test_a_paper_is_added_and_taken_out_to_the_byte(
    tmp_path: Path, text: str, review: str, level: str | None
) -> None:
    path = tmp_path / "r.md"
    path.write_bytes(text.encode())
    paper = Paper("new", "new", title="New", review=Review(level, review))
    before = {one.id: one.review for one in opened(path).papers()}
    library = opened(path).noting(Notes(stamp=True, new={"new": paper}))
    done = made(library, Change("new", Review(), paper.review))
    if done[0].status is Status.PLANNED:
        after = {one.id: one.review for one in opened(path).papers()}
        assert after == before | {"new": paper.review}
    made(opened(path), *undone([one for one in done if one.status is Status.PLANNED]))
    assert path.read_bytes() == text.encode()


def _changes(before: dict[str, Review], wanted: list) -> Iterator[Change]:
    """One change a paper."""
    for number, level, text, sets_priority in {one[0]: one for one in wanted}.values():
        review = before.get(f"k{number}")
        if review is not None:
            priority = level if sets_priority else review.priority
            yield Change(f"k{number}", review, Review(priority, text))


HOSTILE = [">", "#", "`", "> ", "- ", "[@", "<!-- ", "$a ", "\\", "( ", ">\n", "```\n", "[a]: b\n"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_one_sign_is_read(piece: str) -> None:
    text = piece * (1_000_000 // len(piece) if "\n" not in piece else 20_000)
    (first, *_) = sheet(f"{FRONT}### {'T' if piece in '> - #' else text}\n\n{text}").statements()
    assert first.line == 4
