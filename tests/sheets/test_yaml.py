from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bibnotes.errors import UsageError
from bibnotes.model import Change, Name, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE, Language
from bibnotes.sheets.library import Notes, SheetLibrary
from bibnotes.sheets.statement import Statement
from bibnotes.sheets.yaml import MAX_BYTES, render_yaml

REVIEWS = Path(__file__).parents[1] / "data" / "sheets" / "reviews.yaml"


def opened(path: Path, language: Language = "en") -> SheetLibrary:
    return SheetLibrary.open(path, scale=DEFAULT_SCALE, language=language)


def sheet(text: str) -> SheetLibrary:
    return SheetLibrary("r.yaml", text.encode(), scale=DEFAULT_SCALE, language="en")


def only(text: str) -> Statement:
    (statement,) = sheet(text).statements()
    return statement


def mistakes(text: str) -> list[str]:
    with pytest.raises(UsageError) as raised:
        sheet(text)
    return raised.value.message.split("\n")


def made(library: SheetLibrary, *changes: Change, stamp: bool = False) -> list[Outcome]:
    """The outcomes of changes, applied."""
    if stamp:
        library = library.noting(Notes(stamp=True))
    prepared = library.prepare(changes)
    prepared.apply(lambda outcome: None)
    return list(prepared.outcomes)


def undone(outcomes: list[Outcome]) -> list[Change]:
    return [outcome.change.reversed(outcome.restore) for outcome in outcomes]


class Edited:
    """A sheet in a file, and what becomes of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "r.yaml"

    def after(self, text: str, review: Review, *, newline: str = "\n", paper: str = "a") -> str:
        """The text once the paper has this review."""
        self.path.write_text(text, encoding="utf-8", newline=newline)
        library = opened(self.path)
        (now,) = (one.paper.review for one in library.statements() if one.paper.id == paper)
        (outcome,) = made(library, Change(paper, now, review))
        assert outcome.status is Status.PLANNED, outcome.reason
        return self.path.read_bytes().decode()


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    return Edited(tmp_path)


class TestASheet:
    @pytest.fixture
    def said(self) -> list[Statement]:
        return list(opened(REVIEWS).statements())

    def test_each_mapping_is_a_statement(self, said: list[Statement]) -> None:
        assert [(one.paper.id, one.line) for one in said] == [
            ("mellor21a", 2),
            ("10.1000/example.1", 11),
            ("On Examples", 16),
            ("On Authors in One Line", 19),
            ("flow20a", 22),
        ]

    def test_what_is_left_out_is_not_said(self, said: list[Statement]) -> None:
        assert [(one.says_priority, one.says_text) for one in said] == [
            (True, True),
            (True, True),
            (False, False),
            (False, True),
            (False, True),
        ]

    def test_reviews_are_read(self, said: list[Statement]) -> None:
        first = "看初始化时的激活, 不训练就打分。\n\n- compare with Table 2"
        assert [one.paper.review for one in said] == [
            Review("close-read", first),
            Review(),
            Review(),
            Review(None, "One line: quoted."),
            Review(None, "in one line"),
        ]

    def test_papers_are_identified(self, said: list[Statement]) -> None:
        assert said[1].paper.doi == "10.1000/example.1"
        assert said[2].paper.authors == (Name("Example", "Ana"), Name("Sample", "Bo"))
        assert said[2].paper.year == "2020"
        assert [str(name) for name in said[3].paper.authors] == [
            "Ana Example",
            "Bo Sample",
            "Cy Specimen",
        ]

    def test_it_has_no_problems(self) -> None:
        assert not opened(REVIEWS).problems()

    def test_it_has_no_hashes(self, said: list[Statement]) -> None:
        assert {one.base for one in said} == {None}


class TestPriorities:
    @pytest.mark.parametrize(
        "word", ["close-read", "Close read", "精读", "'【精读】'", "must-read"]
    )
    def test_are_named_by_id_label_or_tag(self, word: str) -> None:
        assert only(f"- {{key: a, priority: {word}}}").paper.review.priority == "close-read"

    @pytest.mark.parametrize("word", ["null", "~", "", '""', "''"])
    def test_are_cleared_by_null_and_by_nothing(self, word: str) -> None:
        statement = only(f"- key: a\n  priority: {word}\n")
        assert statement.says_priority
        assert statement.paper.review.priority is None

    def test_that_the_scale_lacks_are_a_problem_and_the_text_is_taken(self) -> None:
        library = sheet("- key: a\n  priority: later\n  review: text\n")
        (statement,) = library.statements()
        assert not statement.says_priority
        assert statement.paper.review == Review(None, "text")
        assert [str(problem) for problem in library.problems()] == [
            "r.yaml:2: a: the scale has no priority `later`; it is not read"
        ]

    def test_that_the_scale_lacks_are_not_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "r.yaml"
        path.write_text("- key: a\n  priority: later\n")
        (outcome,) = made(opened(path), Change("a", Review(), Review("skim")))
        assert outcome.status is Status.REFUSED


class TestMistakes:
    def test_are_named_together_with_line_and_what_was_expected(self) -> None:
        text = "- key: [a]\n- nothing\n- key: b\n  review: {x: y}\n  title: 1984\n  review: z\n"
        assert mistakes(text) == [
            "r.yaml:1: `key` must be text, not a list",
            "r.yaml:2: a paper must be a mapping, not text",
            "r.yaml:4: `review` must be text, not a mapping",
            'r.yaml:5: `title` must be text, not a number; "1984" in quotes is text',
            "r.yaml:6: `review` stands in line 4 already",
        ]

    @pytest.mark.parametrize(
        ("text", "kind"),
        [("key: a\n", "a mapping"), ("text", "text"), ("", "empty"), ("# x", "empty")],
    )
    def test_a_sheet_must_be_a_list(self, text: str, kind: str) -> None:
        assert mistakes(text) == [f"r.yaml:1: a sheet must be a list of papers, not {kind}"]

    def test_it_must_be_yaml(self) -> None:
        assert mistakes("- key: a\n  review: 'open\n")[0].startswith("r.yaml:3: this is not YAML")

    def test_aliases_are_refused(self) -> None:
        assert "is an alias" in mistakes("- &a {key: x}\n- *a\n")[0]

    def test_tags_make_nothing(self) -> None:
        (mistake,) = mistakes("- key: !!python/object/apply:os.getcwd []\n")
        assert mistake.startswith("r.yaml:1: `key` must be text")

    def test_depth_is_bounded(self) -> None:
        assert "nested too deep" in mistakes("[" * 1_000)[0]

    def test_size_is_bounded(self) -> None:
        assert "is larger than" in mistakes("#" * (MAX_BYTES + 1))[0]

    def test_a_paper_that_nothing_identifies_is_a_problem(self) -> None:
        (problem,) = sheet("- review: text\n").problems()
        assert str(problem).startswith("r.yaml:1: nothing says which paper this is")

    def test_a_key_that_is_there_twice_is_a_problem_and_not_edited(self, tmp_path: Path) -> None:
        path = tmp_path / "r.yaml"
        path.write_text("- key: a\n- key: b\n- key: a\n  review: text\n")
        library = opened(path)
        (problem,) = library.problems()
        assert str(problem).startswith(f"{path}:3: a: the paper stands in line 1 already")
        assert [one.repeats for one in library.statements()] == [(1, 3), (), (1, 3)]
        (outcome,) = made(library, Change("a", Review(), Review("skim")))
        assert outcome.status is Status.REFUSED
        assert "lines 1, 3" in outcome.reason


class TestWriting:
    def test_a_first_review_is_added_at_the_end(self, edited: Edited) -> None:
        assert edited.after(
            "- key: a # mine\n  note: x # too\n- key: b\n", Review("skim", "one\n\ntwo")
        ) == (
            "- key: a # mine\n  note: x # too\n  priority: skim\n"
            "  review: |\n    one\n\n    two\n- key: b\n"
        )

    def test_a_priority_comes_before_the_review(self, edited: Edited) -> None:
        assert edited.after("- key: a\n  review: x\n  note: y\n", Review("skim", "x")) == (
            "- key: a\n  priority: skim\n  review: x\n  note: y\n"
        )

    def test_only_the_value_changes(self, edited: Edited) -> None:
        text = '# c\n-   review:  "x"   # why\n    key: a\n\n    priority: 精读 # c\n# end\n'
        assert edited.after(text, Review("skim", "y")) == (
            "# c\n-   review:  |   # why\n      y\n    key: a\n\n    priority: skim # c\n# end\n"
        )

    def test_a_block_keeps_the_indentation_of_the_sheet(self, edited: Edited) -> None:
        text = "- key: a\n  review: > # why\n      x\n\n\n- key: b\n"
        assert edited.after(text, Review(None, "y")) == (
            "- key: a\n  review: | # why\n      y\n\n\n- key: b\n"
        )

    def test_a_text_that_begins_with_space_says_its_indentation(self, edited: Edited) -> None:
        assert edited.after("- key: a\n", Review(None, "    code")) == (
            "- key: a\n  review: |2\n        code\n"
        )

    def test_what_a_block_cannot_hold_is_quoted(self, edited: Edited) -> None:
        assert edited.after("- key: a\n", Review(None, "a\x07\u2028\nb")) == (
            '- key: a\n  review: "a\\u0007\\u2028\\nb"\n'
        )

    def test_a_comment_that_a_block_would_swallow_has_it_quoted(self, edited: Edited) -> None:
        text = "- key: a\n  review: x\n      # deep\n"
        assert edited.after(text, Review(None, "y")) == '- key: a\n  review: "y"\n      # deep\n'

    def test_a_mapping_in_braces_stays_one(self, edited: Edited) -> None:
        assert edited.after(
            '[{"key": "a", "priority": null}, {"key": "b"}]', Review("skim", "x")
        ) == ('[{"key": "a", "priority": "skim", "review": "x"}, {"key": "b"}]')

    def test_windows_line_ends_stay(self, edited: Edited) -> None:
        assert edited.after("- key: a\n- key: b\n", Review(None, "x\ny"), newline="\r\n") == (
            "- key: a\r\n  review: |\r\n    x\r\n    y\r\n- key: b\r\n"
        )

    def test_clearing_removes_the_lines(self, edited: Edited) -> None:
        text = "- priority: skim\n  key: a\n\n  review: |\n    x\n- key: b\n"
        assert edited.after(text, Review()) == "- key: a\n\n- key: b\n"

    def test_a_comment_in_the_line_stays_when_it_is_cleared(self, edited: Edited) -> None:
        assert edited.after("- key: a\n  review: x # mine\n", Review()) == (
            '- key: a\n  review: "" # mine\n'
        )

    def test_the_values_of_other_keys_stay(self, edited: Edited) -> None:
        text = "- key: a\n  kept: |+\n    x\n\n\n- key: b\n"
        assert edited.after(text, Review("skim")) == (
            "- key: a\n  priority: skim\n  kept: |+\n    x\n\n\n- key: b\n"
        )

    def test_the_tag_is_in_the_configured_language(self, tmp_path: Path) -> None:
        path = tmp_path / "r.yaml"
        path.write_text("- key: a\n", encoding="utf-8")
        made(opened(path, "zh"), Change("a", Review(), Review("close-read")))
        assert path.read_text(encoding="utf-8") == "- key: a\n  priority: 精读\n"

    def test_a_level_that_the_scale_lacks_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "r.yaml"
        path.write_text("- key: a\n")
        (outcome,) = made(opened(path), Change("a", Review(), Review("later")))
        assert outcome.status is Status.REFUSED

    def test_a_key_is_noted_where_there_is_none(self, tmp_path: Path) -> None:
        path = tmp_path / "r.yaml"
        text = "- title: On Examples\n  year: 2020\n"
        path.write_text(text)
        library = opened(path)
        same = Change("On Examples", Review(), Review())
        outcomes = made(library.noting(Notes({"On Examples": "x20a"}, stamp=True)), same)
        assert path.read_text() == "- key: x20a\n  title: On Examples\n  year: 2020\n"
        made(library, *undone(outcomes))
        assert path.read_text() == text


class TestANewSheet:
    def test_reads_well(self) -> None:
        papers = [
            Paper(
                "a", "a", title="On YAML: A Title", authors=(Name("Example", "Ana"),), year="2020"
            ),
            Paper("b", "b", title="No", review=Review("close-read", "精读\n\n  了")),
        ]
        statements = [Statement(paper, None, bool(paper.review), True, 1) for paper in papers]
        assert render_yaml(statements, scale=DEFAULT_SCALE, language="zh") == (
            '- key: a\n  title: "On YAML: A Title"\n  authors: [Ana Example]\n  year: 2020\n'
            '  review: ""\n\n'
            '- key: b\n  title: "No"\n  priority: 精读\n  review: |\n    精读\n\n      了\n'
        )

    def test_of_nothing_is_an_empty_list(self) -> None:
        assert sheet(render_yaml([], scale=DEFAULT_SCALE, language="en")).statements() == ()


@pytest.mark.parametrize("slip", ["reviews", "Review", "reviw"])
def test_a_key_that_may_be_a_slip_is_named_with_its_line(slip: str) -> None:
    said = [str(each) for each in sheet(f"- key: a\n  {slip}: good\n").remarks()]

    assert said == [f"r.yaml:2: a: `{slip}` is not read; if it is the review, write `review`"]


@pytest.mark.parametrize(
    "text",
    [
        "- key: a\n  reviewer: ana\n",
        "- key: a\n  reviews: 3\n  review: good\n",
        "- key: a\n  1: x\n",
    ],
)
def test_keys_of_the_users_own_are_not_spoken_of(text: str) -> None:
    assert sheet(text).remarks() == []


TEXTS = st.text(
    st.one_of(
        st.sampled_from(" \t\n#:-|>'\"\\{}[],&*!%@`?\x85\u2028\ufeff精1"),
        st.characters(exclude_categories=("Cs",)),  # halves of characters are refused
    ),
    max_size=20,
)
LEVELS = st.sampled_from([None, "close-read", "skim"])
LINES = TEXTS.map(lambda text: " ".join("".join(filter(str.isprintable, text)).split()))


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    return [
        Statement(
            Paper(
                key,
                key,
                title=draw(LINES),
                year=draw(st.sampled_from(["", "2020", "in press"])),
                venue=draw(LINES),
                review=Review(draw(LEVELS), draw(TEXTS)),
            ),
            None,
            says_priority=True,
            says_text=True,
            line=1,
        )
        for key in draw(st.lists(LINES.filter(bool), max_size=3, unique=True))
    ]


@settings(max_examples=60, deadline=None)
@given(statements())
def test_a_new_sheet_reads_back_as_its_statements(listed: list[Statement]) -> None:
    said = sheet(render_yaml(listed, scale=DEFAULT_SCALE, language="en")).statements()
    assert [
        (one.paper.key, one.paper.title, one.paper.year, one.paper.venue, one.paper.review)
        for one in said
    ] == [
        (one.paper.key, one.paper.title, one.paper.year, one.paper.venue, one.paper.review)
        for one in listed
    ]


ENTRIES = [
    *["", "# c", "  # c", "      # deep", "  kept: 1", "  kept: |+\n    a\n\n", "  list:\n    - a"],
    *["  priority: skim # c", "  priority:", "  priority: ''", "  review: plain # c", "  review:"],
    *["  review: |- # c\n      x", '  review: "q\\n"', "  review: >\n   a\n   b"],
    *["  kept: {a: [1, 2]}", "  kept: 'x\n    y'", "  review:\n    on its\n    own line"],
]


def storable(text: str) -> str:
    """Without halves of characters, which UTF-8 has not."""
    return text.encode("utf-8", "ignore").decode()


@pytest.mark.parametrize("review", ["\ud800", "a \udc80"])
def test_half_a_character_is_refused(tmp_path: Path, review: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("- key: a\n")
    (outcome,) = made(opened(path), Change("a", Review(), Review(None, review)))
    assert outcome.status is Status.REFUSED
    assert path.read_text() == "- key: a\n"


@st.composite
def written_by_hand(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for key in ("a", "b")[: draw(st.integers(1, 2))]:
        entries = st.lists(
            st.sampled_from(ENTRIES), max_size=4, unique_by=lambda it: it.split(":")[0]
        )
        lines += [f"- key: {key}", *draw(entries)]
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n# end\n", "\n...\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written_by_hand(), LEVELS, TEXTS.map(storable))
def test_changes_are_made_and_taken_back_to_the_byte(
    tmp_path: Path, text: str, level: str | None, review: str
) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(text.encode())
    library = opened(path)
    changes = [Change(paper.id, paper.review, Review(level, review)) for paper in library.papers()]
    outcomes = made(library, *changes)
    assert {paper.review for paper in opened(path).papers()} == {Review(level, review)}
    made(library, *undone([one for one in outcomes if one.status is Status.PLANNED]))
    assert path.read_bytes() == text.encode()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(["\n", "\n# c\n", "\n  kept: 1 # c\n", "", "\n\n- key: b\n"]), LEVELS, TEXTS)
def test_setting_and_clearing_gives_the_same_bytes(
    tmp_path: Path, rest: str, level: str | None, review: str
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("- key: a" + rest)
    wanted = Review(level, review)
    made(opened(path), Change("a", Review(), wanted))
    made(opened(path), Change("a", wanted, Review()))
    assert path.read_text() == "- key: a" + rest
