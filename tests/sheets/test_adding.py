"""Papers that a sheet does not have are added to it, and taken out again by an undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from bibnotes.digest.build import build
from bibnotes.digest.markdown import render
from bibnotes.model import Change, Name, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import Notes, SheetLibrary
from tests.contract.suite import texts

OLD = Paper("old20", "old20", title="An Old Paper", review=Review("skim", "read"))
NEW = Paper(
    "ITEM0001",
    "new21",
    title="A New Paper",
    authors=(Name("Doe", "Ann"),),
    year="2021",
    url="https://example.org/new",
    review=Review("close-read", "**两遍** 都值得\n\n- one"),
)


def opened(path: Path) -> SheetLibrary:
    return SheetLibrary.open(path, scale=DEFAULT_SCALE, language="en")


def add(path: Path, *papers: Paper) -> list[Outcome]:
    library = opened(path)
    new = {said.paper.id: paper for paper in papers if (said := library.new(paper))}
    changes = [Change(key, Review(), paper.review) for key, paper in new.items()]
    return make(library.noting(Notes(stamp=True, new=new)), changes)


def make(library: SheetLibrary, changes: list[Change]) -> list[Outcome]:
    prepared = library.prepare(changes)
    prepared.apply(lambda _: None)
    return list(prepared.outcomes)


def markdown(path: Path, *papers: Paper) -> Path:
    path.write_text("".join(render(build(papers))), encoding="utf-8")
    return path


def yaml(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(params=["md", "yaml", "empty.yaml", "empty.md", "indented.yaml", "no-newline.yaml"])
def sheet(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"sheet.{request.param}"
    item = "- key: old20\n  title: An Old Paper\n  priority: skim\n  review: read\n"
    made = {
        "md": lambda: markdown(path, OLD),
        "empty.md": lambda: markdown(path),
        "yaml": lambda: yaml(path, item),
        "empty.yaml": lambda: yaml(path, "[]\n"),
        "indented.yaml": lambda: yaml(path, "  " + item.replace("\n  ", "\n    ") + "# end\n"),
        "no-newline.yaml": lambda: yaml(path, item.rstrip()),
    }
    return made[request.param]()


def test_a_digest_with_a_paper_added_is_the_digest_of_both(tmp_path: Path) -> None:
    path = markdown(tmp_path / "sheet.md", OLD)
    add(path, NEW)
    assert path.read_text() == "".join(render(build([OLD, NEW])))


def test_added_papers_read_back_with_their_reviews(sheet: Path) -> None:
    before = [paper.review for paper in opened(sheet).papers()]
    other = Paper("ITEM0002", "other22", title="Another", review=Review(None, "only text"))
    bare = Paper("ITEM0003", "bare23", title="Nothing yet")
    assert {one.status for one in add(sheet, NEW, other, bare)} == {Status.PLANNED}
    found = {paper.key: paper.review for paper in opened(sheet).papers()}
    assert found["new21"] == NEW.review
    assert found["other22"] == other.review
    assert found["bare23"] == Review()
    assert len(found) == len(before) + 3
    assert not opened(sheet).problems()


def test_an_added_paper_is_taken_out_and_put_in_again(sheet: Path) -> None:
    before, reviews = sheet.read_text(), {p.key: p.review for p in opened(sheet).papers()}
    done = add(sheet, NEW)
    with_it = {paper.key: paper.review for paper in opened(sheet).papers()}
    back = make(opened(sheet), [one.change.reversed(one.restore) for one in done])
    assert [one.status for one in back] == [Status.PLANNED]
    assert {paper.key: paper.review for paper in opened(sheet).papers()} == reviews
    assert sheet.read_text() == before
    make(opened(sheet), [one.change.reversed(one.restore) for one in back])
    assert {paper.key: paper.review for paper in opened(sheet).papers()} == with_it


HEAD = "---\nbibnotes: 1\n---\n"
WRITTEN_BY_HAND = {
    "empty heading.md": f"{HEAD}## Close read (0)\n\n## Skim (0)\n\n## Own\n",
    "tight.md": f"{HEAD}## Close read\n### T [@k]\n> x\n## Own\nmine\n",
    "windows.md": f"{HEAD}## Close read\n\n### T [@k]\n\n> x\n".replace("\n", "\r\n"),
    "comment below.yaml": "- key: k\n  review: x\n# mine\n",
    "remark below nothing.yaml": "[]\n# mine\n",
    "indented.yaml": "  - key: k\n    review: |\n      # x\n\n  # mine\n...\n",
    "windows.yaml": "- key: k\r\n  review: x\r\n",
    "blank lines.yaml": "- key: k\n\n\n",
}


@pytest.mark.parametrize("name", WRITTEN_BY_HAND)
def test_what_was_added_is_taken_out_to_the_byte(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WRITTEN_BY_HAND[name].encode())
    two = replace(NEW, id="ITEM0002", key="two22")
    done = add(path, NEW, two)
    with_both = path.read_bytes()
    back = make(opened(path), [one.change.reversed(one.restore) for one in done])
    assert [one.status for one in back] == [Status.PLANNED] * 2
    assert path.read_bytes().decode() == WRITTEN_BY_HAND[name]
    make(opened(path), [one.change.reversed(one.restore) for one in back])
    assert path.read_bytes() == with_both


def test_of_what_two_runs_added_the_first_is_taken_out(sheet: Path) -> None:
    before = sheet.read_text()
    one, two = add(sheet, NEW), add(sheet, replace(NEW, id="ITEM0002", key="two22"))
    for done, left in ((one, {"two22"}), (two, set())):
        back = make(opened(sheet), [each.change.reversed(each.restore) for each in done])
        assert [each.status for each in back] == [Status.PLANNED]
        assert {paper.key for paper in opened(sheet).papers()} - {"old20"} == left
    if sheet.suffix == ".yaml":  # Markdown keeps the heading, which the second run found there
        assert sheet.read_text().rstrip("\n") == before.rstrip("\n")


def test_a_comment_behind_the_brackets_of_an_empty_sheet_stays(tmp_path: Path) -> None:
    path = yaml(tmp_path / "r.yaml", "[] # none yet\n")
    assert [one.status for one in add(path, NEW)] == [Status.PLANNED]
    assert path.read_text().startswith(" # none yet\n- key: new21\n")
    assert [paper.review for paper in opened(path).papers()] == [NEW.review]


def test_an_added_paper_that_was_edited_is_not_taken_out(sheet: Path) -> None:
    done = add(sheet, NEW)
    sheet.write_text(sheet.read_text().replace("都值得", "不值得"), encoding="utf-8")
    (back,) = make(opened(sheet), [one.change.reversed(one.restore) for one in done])
    assert back.status is Status.CHANGED
    assert "不值得" in sheet.read_text()


def test_a_paper_whose_key_is_there_is_not_added(sheet: Path) -> None:
    add(sheet, NEW)
    assert opened(sheet).new(NEW) is None


def test_what_users_wrote_around_the_papers_stays(tmp_path: Path) -> None:
    path = markdown(tmp_path / "sheet.md", OLD)
    own = "\n## Ask Ann\n\nA remark below a heading of my own.\n"
    text = path.read_text() + own
    path.write_text(text)
    add(path, NEW)
    after = path.read_text()
    assert after.endswith(own)
    assert after.index("## Close read (1)") < after.index("## Skim (1)") < after.index("## Ask Ann")


def test_windows_line_ends_stay(sheet: Path) -> None:
    sheet.write_bytes(sheet.read_bytes().replace(b"\n", b"\r\n"))
    add(sheet, NEW)
    data = sheet.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert [p.review for p in opened(sheet).papers() if p.key == "new21"] == [NEW.review]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=texts, title=texts)
@example(text="if x:\n    a\n    \n    b", title="T")
def test_any_text_and_title_can_be_added(tmp_path: Path, text: str, title: str) -> None:
    paper = Paper("I", "key", title=" ".join(title.split()), review=Review("skim", text))
    for path in (markdown(tmp_path / "a.md", OLD), yaml(tmp_path / "a.yaml", "[]\n")):
        add(path, paper)
        found = {one.key: one.review for one in opened(path).papers()}
        assert found["key"] == paper.review


def test_papers_in_brackets_are_refused(tmp_path: Path) -> None:
    assert opened(yaml(tmp_path / "a.json", '[{"key": "a"}]')).new(NEW) is None
