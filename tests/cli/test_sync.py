"""``bibnotes sync``, as its users run it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bibnotes.bibtex.library import BibLibrary
from bibnotes.config import load
from bibnotes.model import Change, Review
from bibnotes.sheets.library import SheetLibrary
from bibnotes.sync.libraries import LocalLibrary
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.faults import cut_after, cut_before, first, is_write
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY

from .conftest import Ran, Shell
from .terminal import shown, started, typed

WEB = ("--zotero", "--server", "web")
TITLES = {
    "mellor21a": "Neural Architecture Search without Training",
    "xu21m": "KNAS: Green Neural Architecture Search",
    "liu21c": "Learning by Turning: Neural Architecture Aware Optimisation",
}


@pytest.fixture
def shell(zotero_shell: Shell) -> Shell:
    """One whose user has a key for the web."""
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    return zotero_shell


class Zotero:
    """What somebody does in a library."""

    def __init__(self, store: Library) -> None:
        self.store = store
        self.collection = store.add_collection("ICML 2021")
        self.items = {key: self._add(key, title) for key, title in TITLES.items()}

    def _add(self, key: str, title: str) -> str:
        return self.store.add(
            "conferencePaper",
            citationKey=key,
            title=title,
            date="2021",
            collections=[self.collection],
        )

    def write(self, key: str, text: str) -> None:
        """Write a review in Zotero, or change the one that is there."""
        notes = self.store.notes(self.items[key])
        if notes:
            self.store.edit(notes[0]["key"], note=to_html(text))
        else:
            self.store.add_note(self.items[key], to_html(text), ["bibnotes"])

    def mark(self, key: str, *tags: str) -> None:
        self.store.edit(self.items[key], tags=list(tags))

    def text(self, key: str) -> str:
        notes = self.store.notes(self.items[key])
        assert len(notes) < 2
        return to_markdown(notes[0]["note"]) if notes else ""

    def tags(self, key: str) -> list[str]:
        return [tag["tag"] for tag in self.store.item(self.items[key])["tags"]]


@pytest.fixture
def zotero(web: ZoteroServer[WebApi]) -> Zotero:
    return Zotero(web.api.library)


@contextmanager
def unwritten(server: ZoteroServer[WebApi]) -> Iterator[None]:
    before = len([one for one in server.log.exchanges if is_write(one.request)])
    yield
    assert len([one for one in server.log.exchanges if is_write(one.request)]) == before


def sync(shell: Shell, *words: str, code: int = 0) -> Ran:
    ran = shell.here("sync", *WEB, *words)
    assert ran.code == code, ran.err
    return ran


def edit(shell: Shell, name: str, old: str, new: str) -> None:
    text = shell.read(name)
    assert text.count(old) == 1, (old, text)
    shell.write(name, text.replace(old, new))


def opened(shell: Shell, name: str) -> LocalLibrary:
    kind = BibLibrary if name.endswith(".bib") else SheetLibrary
    return kind.open(shell.path(name), scale=load(shell.folder, {}).scale, language="en")


def write(shell: Shell, **said: Review) -> None:
    """Write reviews into sample.bib."""
    library = opened(shell, "sample.bib")
    before = {paper.key: paper.review for paper in library.papers()}
    changes = [Change(key, before[key], review) for key, review in said.items()]
    library.prepare(changes).apply(lambda _: None)


def reviews(shell: Shell, name: str) -> dict[str, tuple[str | None, str]]:
    papers = opened(shell, name).papers()
    return {paper.key: (paper.review.priority, paper.review.text) for paper in papers}


def runs(shell: Shell, name: str) -> list[dict[str, str]]:
    """The runs on a library that are no undo, the newest first."""
    listed = json.loads(shell.here("undo", "--list", "--json").out)
    return [run for run in listed if name in run["library"] and not run["undoes"]]


class TestASheet:
    @pytest.mark.parametrize("name", ["reviews.md", "reviews.yaml"])
    def test_that_does_not_exist_is_made(self, shell: Shell, zotero: Zotero, name: str) -> None:
        zotero.write("mellor21a", "看初始化时的**激活**")
        zotero.mark("mellor21a", "精读")
        ran = sync(shell, name, "--collection", "ICML 2021")
        assert "3 papers" in ran.err
        assert reviews(shell, name) == {
            "mellor21a": ("close-read", "看初始化时的**激活**"),
            "xu21m": (None, ""),
            "liu21c": (None, ""),
        }

    def test_of_a_whole_library_has_what_was_reviewed(self, shell: Shell, zotero: Zotero) -> None:
        zotero.mark("xu21m", "略读")
        sync(shell, "some.md")
        assert list(reviews(shell, "some.md")) == ["xu21m"]
        sync(shell, "all.md", "--all")
        assert len(reviews(shell, "all.md")) == 3

    @pytest.mark.parametrize("name", ["reviews.md", "reviews.yaml"])
    def test_takes_what_was_written_in_zotero(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        sync(shell, name, "--all")
        zotero.write("liu21c", "看更新规则\n\n- 一")
        zotero.mark("liu21c", "NAS", "兴趣文章")
        ran = sync(shell, name)
        assert "1 taken from Zotero" in ran.err
        assert reviews(shell, name)["liu21c"] == ("interesting", "看更新规则\n\n- 一")
        assert "nothing to do, 3 unchanged\n" in sync(shell, name).err

    def test_that_two_runs_sync_at_once_is_told(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        zotero.write("liu21c", "x")
        sync(shell, "r.md")
        edit(shell, "r.md", "> x", "> y")
        zotero.write("mellor21a", "theirs")
        (base,) = shell.path(".bibnotes").glob("*.base.json")
        web.faults.on(first(lambda: base.write_bytes(base.read_bytes() + b"\n")), when=is_write)
        ran = sync(shell, "r.md", code=6)
        assert "by another run at the same time" in ran.err
        assert zotero.text("liu21c") == "y"
        assert "othing was written" not in ran.err
        assert (zotero.text("liu21c"), reviews(shell, "r.md")["mellor21a"][1]) == ("y", "theirs")
        assert "nothing to do" in sync(shell, "r.md").err

    def test_and_attach_leave_each_others_base_as_it_is(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "look again")
        zotero.mark("liu21c", "精读")
        sync(shell, "r.md")
        sync(shell, "r.md")
        (base,) = (shell.folder / ".bibnotes").glob("r.md-*.json")
        before = base.read_bytes(), base.stat().st_mtime_ns
        assert shell.here("attach", "r.md", *WEB, "--yes").code == 0
        assert (base.read_bytes(), base.stat().st_mtime_ns) == before
        assert "nothing to do" in sync(shell, "r.md").err
        assert (base.read_bytes(), base.stat().st_mtime_ns) == before

    def test_gets_sections_for_new_papers_and_keeps_what_was_written(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, "r.md")
        shell.write("r.md", shell.read("r.md") + "\n## For Tuesday\n\nMy remark.\n")
        zotero.write("xu21m", "second")
        sync(shell, "r.md")
        assert reviews(shell, "r.md")["xu21m"] == (None, "second")
        assert shell.read("r.md").endswith("\n## For Tuesday\n\nMy remark.\n")
        assert shell.read("r.md").startswith("---\ntitle:")

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_gets_no_paper_whose_notes_are_two(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        zotero.write("mellor21a", "first")
        zotero.write("xu21m", "one")
        second = zotero.store.add_note(zotero.items["xu21m"], "<p>two</p>", ["bibnotes"])
        for _ in range(2):
            ran = sync(shell, name, code=6)
            assert "xu21m: 2 notes are tagged bibnotes" in ran.err
            assert list(reviews(shell, name)) == ["mellor21a"]
        zotero.store.trash(second)
        sync(shell, name)
        assert reviews(shell, name)["xu21m"] == (None, "one")

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_gets_no_papers_that_share_a_citation_key(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        for key in TITLES:
            zotero.write(key, f"on {key}")
        one, other = zotero.items["xu21m"], zotero.items["liu21c"]
        zotero.store.edit(other, citationKey="xu21m")
        for _ in range(2):
            ran = sync(shell, name, "--collection", "ICML 2021", code=7)
            same = "another item has the citation key xu21m"
            assert f"not put into {name}: xu21m “{TITLES['xu21m']}”: {same} ({one}, {other})" in (
                ran.err
            )
            assert f"{same} ({other}, {one})\n" in ran.err
            assert "Give one of the items another key in Zotero" in ran.err
            assert reviews(shell, name) == {"mellor21a": (None, "on mellor21a")}
        zotero.store.edit(other, citationKey="liu21c")
        sync(shell, name)
        assert reviews(shell, name) == {key: (None, f"on {key}") for key in TITLES}

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_goes_on_with_a_paper_whose_citation_key_another_got(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        zotero.write("xu21m", "first")
        sync(shell, name)
        zotero.store.edit(zotero.items["liu21c"], citationKey="xu21m")
        zotero.write("liu21c", "of another")
        edit(shell, name, "first", "mine")
        ran = sync(shell, name, code=7)
        items = f"{zotero.items['liu21c']}, {zotero.items['xu21m']}"
        assert f"another item has the citation key xu21m ({items})" in ran.err
        assert (zotero.text("xu21m"), zotero.text("liu21c")) == ("mine", "of another")
        zotero.write("xu21m", "theirs")
        sync(shell, name, code=7)
        assert reviews(shell, name) == {"xu21m": (None, "theirs")}
        zotero.store.edit(zotero.items["xu21m"], citationKey="xu21knas")
        sync(shell, name, code=7)
        edit(
            shell,
            name,
            "@xu21m" if name == "r.md" else "key: xu21m",
            "@xu21knas" if name == "r.md" else "key: xu21knas",
        )
        sync(shell, name)
        assert reviews(shell, name) == {
            "xu21knas": (None, "theirs"),
            "xu21m": (None, "of another"),
        }

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_says_before_it_is_made_what_it_will_not_have(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        zotero.store.edit(zotero.items["liu21c"], citationKey="xu21m")
        dry = sync(shell, name, "--all", "--dry-run", code=7)
        assert dry.err.count("another item has the citation key xu21m") == 2
        assert "1 paper from" in dry.err
        assert "2 papers left out, with a citation key of another" in dry.err
        zotero.write("mellor21a", "one")
        second = zotero.store.add_note(zotero.items["mellor21a"], "<p>two</p>", ["bibnotes"])
        dry = sync(shell, name, "--all", "--dry-run", code=6)
        assert "conflict: mellor21a: 2 notes are tagged bibnotes" in dry.err
        zotero.store.trash(second)
        zotero.store.edit(zotero.items["liu21c"], citationKey="liu21c")
        dry = sync(shell, name, "--all", "--dry-run")
        assert not shell.path(name).exists()
        sync(shell, name, "--all")
        assert shell.read(name) == dry.out

    def test_whose_section_was_deleted_does_not_get_it_again(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("mellor21a", "first")
        zotero.write("xu21m", "second")
        sync(shell, "r.md")
        text = shell.read("r.md")
        shell.write("r.md", text[: text.index("\n### KNAS")])
        ran = sync(shell, "r.md")
        assert "1 absent" in ran.err
        assert "absent: xu21m is not in r.md any more" in ran.err
        shell.write("r.md", text.replace("### KNAS", "#### KNAS"))
        assert "xu21m: a paper's heading begins with `### `" in sync(shell, "r.md").err
        shell.write("r.md", text[: text.index("\n### KNAS")])
        sync(shell, "r.md")
        assert zotero.text("xu21m") == "second"
        assert "xu21m" not in reviews(shell, "r.md")

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_whose_section_was_undone_gets_it_again(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, name)
        zotero.write("xu21m", "second")
        sync(shell, name)
        assert shell.here("undo").code == 0
        assert list(reviews(shell, name)) == ["mellor21a"]
        sync(shell, name)
        assert reviews(shell, name)["xu21m"] == (None, "second")

    @pytest.mark.parametrize("heading", ["skim", "Read on the train"])
    def test_takes_what_was_put_back_in_zotero(
        self, shell: Shell, zotero: Zotero, heading: str
    ) -> None:
        """Also below a heading of one's own, where a section keeps the hash of the old text."""
        zotero.write("liu21c", "old")
        sync(shell, "r.md")
        shell.write("r.md", re.sub("(?m)^## .*", f"## {heading}", shell.read("r.md")))
        edit(shell, "r.md", "> old", "> new")
        sync(shell, "r.md")
        assert zotero.text("liu21c") == "new"
        zotero.write("liu21c", "old")
        sync(shell, "r.md")
        assert (zotero.text("liu21c"), reviews(shell, "r.md")["liu21c"][1]) == ("old", "old")

    @pytest.mark.parametrize("edited", [True, False])
    def test_that_came_back_from_a_copy_overwrites_nothing(
        self, shell: Shell, zotero: Zotero, edited: bool
    ) -> None:
        zotero.write("liu21c", "old")
        sync(shell, "r.md")
        if edited:
            edit(shell, "r.md", "> old", "> edited")
        copy = shell.read("r.md")
        sync(shell, "r.md")
        zotero.write("liu21c", "new")
        sync(shell, "r.md")
        shell.write("r.md", copy)
        sync(shell, "r.md", code=6)
        assert zotero.text("liu21c") == "new"

    def test_keeps_headings_of_ones_own_and_takes_them_for_no_papers(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("mellor21a", "first")
        zotero.mark("mellor21a", "精读")
        zotero.mark("liu21c", "略读")
        sync(shell, "r.md")
        own = "### 备注\n\nMy remark.\n\n"
        text = shell.read("r.md").replace("## Skim", f"{own}## Skim")
        shell.write("r.md", f"{text}\n{own.rstrip()}\n")
        zotero.mark("mellor21a", "略读")
        ran = sync(shell, "r.md")
        assert "备注" not in ran.err
        assert ran.err.endswith("r.md and Zotero: 1 taken from Zotero, 1 unchanged\n")
        assert shell.read("r.md").count(own.rstrip()) == 2
        assert "\n2 papers: 2 skim\n\n## Close read (0)\n" in shell.read("r.md")
        assert sync(shell, "r.md").err.endswith("r.md and Zotero: nothing to do, 2 unchanged\n")

    def test_sends_what_was_edited(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, "r.md", "--all")
        edit(shell, "r.md", "> first", "> first\n> 再读一遍")
        ran = sync(shell, "r.md")
        assert "1 sent to Zotero" in ran.err
        assert zotero.text("mellor21a") == "first\n再读一遍"

    @pytest.mark.parametrize("name", ["r.md", "r.yaml"])
    def test_that_has_no_hash_is_known_by_the_one_that_it_gets(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, name)
        shell.write(name, re.sub(r" <!-- .* -->", "", shell.read(name)))
        sync(shell, name)
        zotero.write("mellor21a", "second")
        assert "1 taken from Zotero" in sync(shell, name).err
        assert ("<!-- bibnotes" in shell.read(name)) == (name == "r.md")
        (base,) = shell.path(".bibnotes").glob("*.base.json")
        before = base.read_bytes(), base.stat().st_mtime_ns
        sync(shell, name)
        assert (base.read_bytes(), base.stat().st_mtime_ns) == before

    def test_is_undone_by_what_it_sent_and_not_by_the_hash_that_it_got_for_it(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, "r.md")
        edit(shell, "r.md", "> first", "> second")
        edited = shell.read("r.md")
        sync(shell, "r.md")
        stamped = shell.read("r.md")
        assert edited != stamped
        assert shell.here("undo").code == 0
        assert (zotero.text("mellor21a"), shell.read("r.md")) == ("first", stamped)
        assert "nothing to undo" in shell.here("undo").err
        hashed = runs(shell, "r.md")[0]
        assert hashed["state"] == "done"
        assert shell.here("undo", hashed["id"]).code == 0
        assert shell.read("r.md") == edited

    @pytest.mark.parametrize(
        "undone", [["Test User"], ["Test User", "r.md"], ["r.md", "Test User"]]
    )
    def test_knows_what_was_undone_whatever_its_hash(
        self, shell: Shell, zotero: Zotero, undone: list[str]
    ) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, "r.md")
        edit(shell, "r.md", "> first", "> second")
        sync(shell, "r.md")
        stamped = shell.read("r.md")
        for name in undone:
            assert shell.here("undo", runs(shell, name)[0]["id"]).code == 0
        assert zotero.text("mellor21a") == "first"
        assert "1 sent to Zotero" in sync(shell, "r.md").err
        assert (zotero.text("mellor21a"), shell.read("r.md")) == ("second", stamped)
        for name in undone:
            assert shell.here("undo", runs(shell, name)[0]["id"]).code == 0
        zotero.write("mellor21a", "third")
        assert "1 in conflict" in sync(shell, "r.md", code=6).err
        texts = (zotero.text("mellor21a"), reviews(shell, "r.md")["mellor21a"][1])
        assert texts == ("third", "second")

    def test_that_sent_and_took_is_undone_by_what_it_took_first(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("mellor21a", "first")
        zotero.write("xu21m", "one")
        sync(shell, "r.md")
        edit(shell, "r.md", "> first", "> second")
        zotero.write("xu21m", "two")
        ran = sync(shell, "r.md")
        assert "1 taken from Zotero, 1 sent to Zotero" in ran.err
        assert shell.here("undo").code == 0
        assert (zotero.text("mellor21a"), reviews(shell, "r.md")["xu21m"][1]) == ("second", "one")
        assert shell.here("undo").code == 0
        assert (zotero.text("mellor21a"), zotero.text("xu21m")) == ("first", "two")


class TestABibFile:
    def test_sends_and_takes(self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]) -> None:
        zotero.write("xu21m", "only in Zotero")
        ran = sync(shell, "sample.bib", "--prefer", "local")
        assert zotero.tags("mellor21a") == ["close-read"]
        assert "ReLU" in zotero.text("mellor21a")
        assert "not in Zotero" in ran.err
        with unwritten(web):
            before = shell.path().stat()
            assert "unchanged" in sync(shell, "sample.bib").err
            assert shell.path().stat() == before

    def test_both_edits_of_one_text_are_merged(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "one\n\ntwo\n\nthree"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "ONE\n\ntwo\n\nthree"))
        zotero.write("liu21c", "one\n\ntwo\n\nthree\n\nfour")
        sync(shell, "sample.bib")
        assert zotero.text("liu21c") == "ONE\n\ntwo\n\nthree\n\nfour"
        assert reviews(shell, "sample.bib")["liu21c"][1] == "ONE\n\ntwo\n\nthree\n\nfour"

    def test_a_conflict_is_shown_and_stays_until_it_is_settled(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        write(shell, liu21c=Review(None, "读一遍即可"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "读两遍即可"))
        zotero.write("liu21c", "读三遍即可")
        for _ in range(2):
            ran = sync(shell, "sample.bib", code=6)
            assert "读[-三-]{+两+}遍即可" in ran.err
            assert "1 in conflict" in ran.err
            assert zotero.text("liu21c") == "读三遍即可"
            assert reviews(shell, "sample.bib")["liu21c"][1] == "读两遍即可"
        sync(shell, "sample.bib", "--prefer", "zotero")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "读三遍即可"

    def test_dry_run_shows_both_diffs_and_writes_nothing(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        zotero.write("xu21m", "only in Zotero")
        zotero.mark("xu21m", "精读")
        files = sorted(shell.folder.rglob("*"))
        before = shell.read()
        with unwritten(web):
            ran = shell.here("sync", *WEB, "sample.bib", "--dry-run")
        assert "+tag: close-read" in ran.out
        assert "1 in conflict" in ran.err
        assert shell.read() == before
        assert sorted(shell.folder.rglob("*")) == files

    def test_undo_takes_back_what_was_written_last(self, shell: Shell, zotero: Zotero) -> None:
        before = shell.read()
        zotero.write("liu21c", "from Zotero")
        sync(shell, "sample.bib")
        assert shell.read() != before
        assert shell.here("undo").code == 0
        assert shell.read() == before
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "from Zotero"

    def test_undone_on_both_sides_is_a_conflict_again(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "one\n\ntwo\n\nthree"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "ONE\n\ntwo\n\nthree"))
        zotero.write("liu21c", "one\n\ntwo\n\nTHREE")
        sync(shell, "sample.bib")
        for _ in range(2):
            assert shell.here("undo").code == 0
        assert zotero.text("liu21c") == "one\n\ntwo\n\nTHREE"
        sync(shell, "sample.bib", code=6)
        assert zotero.text("liu21c") == "one\n\ntwo\n\nTHREE"
        assert reviews(shell, "sample.bib")["liu21c"][1] == "ONE\n\ntwo\n\nthree"

    def test_an_edit_undone_and_done_again_is_taken(self, shell: Shell, zotero: Zotero) -> None:
        """Nobody had agreed on its text, so that this file removed nothing."""
        sync(shell, "sample.bib")
        assert shell.here("set", *WEB, "xu21m", "--review", "new", "--yes").code == 0
        assert shell.here("undo").code == 0
        newest, *_ = json.loads(shell.here("undo", "--list", "--json").out)
        assert shell.here("undo", newest["id"]).code == 0
        assert zotero.text("xu21m") == "new"
        sync(shell, "sample.bib", "--yes")
        assert zotero.text("xu21m") == "new"
        assert reviews(shell, "sample.bib")["xu21m"][1] == "new"

    def test_an_undo_of_which_no_answer_came_is_no_edit(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        """Nor where nobody could look what became of it, until now."""
        for text in ("x", "x2"):
            write(shell, liu21c=Review(None, text))
            sync(shell, "sample.bib")
        web.faults.on(cut_after(), when=is_write, times=1)
        written = len(web.log.writes)
        web.faults.on(cut_before(), when=lambda _: len(web.log.writes) > written, times=None)
        assert shell.here("undo").code in (5, 7)
        web.faults.clear()
        assert zotero.text("liu21c") == "x"
        sync(shell, "sample.bib")
        assert zotero.text("liu21c") == reviews(shell, "sample.bib")["liu21c"][1] == "x2"

    def test_an_undo_that_cannot_be_judged_is_to_be_ended_first(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        """The scale was changed since: whoever reads by the new one cannot say what it did."""
        for text in ("x", "x2"):
            write(shell, liu21c=Review(None, text))
            sync(shell, "sample.bib")
        web.faults.on(cut_after(), when=is_write, times=1)
        written = len(web.log.writes)
        web.faults.on(cut_before(), when=lambda _: len(web.log.writes) > written, times=None)
        assert shell.here("undo").code in (5, 7)
        web.faults.clear()
        shell.write("bibnotes.yaml", "scale: [{id: skim, label: Skimmed, tags: [skim]}]\n")
        ran = sync(shell, "sample.bib", code=6)
        (undo,) = re.findall("Say bibnotes undo ([0-9-]+):", ran.err)
        assert zotero.text("liu21c") == "x"
        ended = shell.here("undo", undo)
        assert ended.code == 0, ended.err
        sync(shell, "sample.bib")
        assert zotero.text("liu21c") == reviews(shell, "sample.bib")["liu21c"][1] == "x2"

    def test_an_undo_of_a_level_with_another_id_by_now_is_no_removal(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        scale = "scale: [{{id: {0}, label: Skim, tags: [skim]}}]\n"
        shell.write("bibnotes.yaml", scale.format("skim"))
        sync(shell, "sample.bib")
        write(shell, xu21m=Review("skim", "x"))
        sync(shell, "sample.bib")
        shell.write("bibnotes.yaml", scale.format("later"))
        sync(shell, "sample.bib")
        assert shell.here("undo", runs(shell, "Test User")[0]["id"]).code == 0
        assert zotero.tags("xu21m") == []
        assert "removal" not in sync(shell, "sample.bib").err
        assert zotero.tags("xu21m") == ["skim"]

    def test_what_was_undone_while_a_question_waited_is_planned_anew(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        write(shell, liu21c=Review(None, "x"), xu21m=Review(None, "q"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "x2"))
        sync(shell, "sample.bib")
        write(shell, xu21m=Review(None, "mine"))
        zotero.write("xu21m", "theirs")
        ours, process = started(shell, "sync", *WEB, "sample.bib")
        said = b""
        while b"kip:" not in said:
            said += os.read(ours, 4096)
        assert shell.here("undo").code == 0
        os.write(ours, b"l\n")
        said += b"".join(shown(ours))
        assert process.wait(timeout=60) == 6
        assert b"was undone while this one waited; nothing was written" in said
        sync(shell, "sample.bib", "--prefer", "local")
        assert zotero.text("liu21c") == reviews(shell, "sample.bib")["liu21c"][1] == "x2"
        assert zotero.text("xu21m") == "mine"


class TestRemovals:
    def test_an_emptied_text_goes_to_the_trash(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "x"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review())
        ran = sync(shell, "sample.bib", "--yes")
        assert "removed" in ran.err
        assert zotero.text("liu21c") == ""
        assert [one for one in zotero.store.all_items() if one.get("deleted")]

    def test_a_trashed_note_is_a_removal(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "x"))
        sync(shell, "sample.bib")
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.trash(note["key"])
        sync(shell, "sample.bib", "--yes")
        assert reviews(shell, "sample.bib")["liu21c"][1] == ""

    def test_many_need_a_yes(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, **dict.fromkeys(TITLES, Review(None, "x")))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review())
        ran = sync(shell, "sample.bib", code=2)
        assert "1 of 3 reviews" in ran.err
        assert zotero.text("liu21c") == "x"

    def test_when_most_are_gone_nothing_is_written(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, **{key: Review("skim", f"on {key}") for key in TITLES})
        sync(shell, "sample.bib")
        write(shell, **dict.fromkeys(TITLES, Review()))
        ran = sync(shell, "sample.bib", "--yes", code=6)
        assert "3 of 3 texts are gone" in ran.err
        sync(shell, "sample.bib", "--prefer", "zotero")
        assert reviews(shell, "sample.bib")["xu21m"] == ("skim", "on xu21m")

    def test_an_item_in_the_trash_keeps_the_review_here(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "x"))
        sync(shell, "sample.bib")
        zotero.store.trash(zotero.items["liu21c"])
        assert "1 absent" in sync(shell, "sample.bib").err
        zotero.store.restore(zotero.items["liu21c"])
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x"
        assert zotero.text("liu21c") == "x"


class TestWhatOthersLostWorkOver:
    @pytest.fixture(autouse=True)
    def _synced(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review("skim", "x\n\ny"))
        sync(shell, "sample.bib")

    def test_items_that_were_merged_are_followed(self, shell: Shell, zotero: Zotero) -> None:
        old = zotero.items["liu21c"]
        into = zotero.store.add(
            "conferencePaper",
            title="Renamed Altogether",
            tags=["略读"],
            relations={"dc:replaces": f"http://zotero.org/users/475001/items/{old}"},
        )
        (note,) = zotero.store.notes(old)
        zotero.store.edit(note["key"], parentItem=into, note=to_html("x\n\nz"))
        zotero.store.trash(old)
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\nz"

    def test_items_of_two_papers_that_were_merged_are_said_to_be_one(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        old = zotero.items["liu21c"]
        uri = f"http://zotero.org/users/475001/items/{old}"
        zotero.store.edit(zotero.items["xu21m"], relations={"dc:replaces": uri})
        zotero.store.trash(old)
        said = "liu21c was merged into xu21m in Zotero: the two are one item there now; its review"
        assert f"absent: {said} stays in sample.bib\n" in sync(shell, "sample.bib").err
        assert reviews(shell, "sample.bib")["liu21c"] == ("skim", "x\n\ny")

    def test_a_paper_that_left_the_collection_is_not_said_to_have_left_zotero(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.store.edit(zotero.items["liu21c"], collections=[])
        gone = "absent: liu21c is not in {} any more; its review stays in sample.bib\n"
        for words, there in (
            (("--collection", "ICML 2021"), "Test User/ICML 2021"),
            (("--tag", "NAS", "--tag", "old"), "Test User with “NAS” and “old”"),
        ):
            ran = sync(shell, "sample.bib", *words)
            assert gone.format(there) in ran.err
        write(shell, zhao21d=Review("skim"))
        ran = sync(shell, "sample.bib", "--collection", "ICML 2021")
        assert "not in Test User/ICML 2021: zhao21d" in ran.err
        assert "absent" not in sync(shell, "sample.bib").err

    def test_a_renamed_key_is_followed(self, shell: Shell, zotero: Zotero) -> None:
        zotero.store.edit(zotero.items["liu21c"], citationKey="renamed", title="Other")
        zotero.write("liu21c", "x\n\nz")
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\nz"
        edit(shell, "sample.bib", "{liu21c,", "{renamed,")
        zotero.store.edit(zotero.items["liu21c"], title=TITLES["liu21c"])
        zotero.write("liu21c", "x\n\nzz")
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["renamed"][1] == "x\n\nzz"

    def test_keys_that_two_papers_swapped_send_no_review_to_the_other(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        entry = "@article{{{},\n  title = {{Deep Learning for {} Matching}},\n}}\n"
        shell.write("p.bib", entry.format("doe21a", "Graph") + entry.format("doe21b", "Image"))
        for key, what in (("doe21a", "Graph"), ("doe21b", "Image")):
            title = f"Deep Learning for {what} Matching"
            zotero.items[key] = zotero.store.add("journalArticle", citationKey=key, title=title)
            zotero.write(key, f"of {what}")
        sync(shell, "p.bib")
        swapped = shell.read("p.bib").replace("doe21a", "x").replace("doe21b", "doe21a")
        shell.write("p.bib", swapped.replace("{x,", "{doe21b,"))
        zotero.write("doe21a", "of Graph, again")
        sync(shell, "p.bib")
        assert (zotero.text("doe21a"), zotero.text("doe21b")) == ("of Graph, again", "of Image")
        assert reviews(shell, "p.bib")["doe21b"][1] == "of Graph, again"
        assert reviews(shell, "p.bib")["doe21a"][1] == "of Image"

    def test_an_entry_made_anew_under_another_key_gets_its_review_back(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        write(shell, liu21c=Review())
        zotero.write("liu21c", "x\n\ny")
        edit(shell, "sample.bib", "{liu21c,", "{anew,")
        sync(shell, "sample.bib")
        assert zotero.text("liu21c") == "x\n\ny"
        assert reviews(shell, "sample.bib")["anew"] == ("skim", "x\n\ny")

    def test_another_tag_of_a_level_is_no_loss(self, shell: Shell, zotero: Zotero) -> None:
        zotero.mark("liu21c", "must-read")
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][0] == "close-read"

    def test_a_note_saved_by_the_editor_is_no_change(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        html = f'<div data-schema-version="9">{note["note"]}</div>'
        zotero.store.edit(note["key"], note=html)
        before = shell.read()
        with unwritten(web):
            sync(shell, "sample.bib")
        assert shell.read() == before

    def test_two_notes_of_one_item_are_a_conflict(self, shell: Shell, zotero: Zotero) -> None:
        zotero.store.add_note(zotero.items["liu21c"], "<p>second</p>", ["bibnotes"])
        before = shell.read()
        ran = sync(shell, "sample.bib", "--prefer", "zotero", code=6)
        assert "2 notes are tagged bibnotes" in ran.err
        assert shell.read() == before

    def test_a_note_without_its_tag_is_asked_about(self, shell: Shell, zotero: Zotero) -> None:
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(note["key"], tags=[], note=to_html("mine now"))
        ran = sync(shell, "sample.bib", code=6)
        assert "does not carry the tag of your review any more; it says “mine now” now" in ran.err
        assert "as bibnotes adopt does" in ran.err
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\ny"
        zotero.store.edit(note["key"], tags=["bibnotes"])
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "mine now"

    def test_a_note_that_says_the_same_gets_its_tag_back(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(note["key"], tags=["mine"])
        sync(shell, "sample.bib", "--prefer", "local")
        (after,) = zotero.store.notes(zotero.items["liu21c"])
        assert (after["key"], after["note"]) == (note["key"], note["note"])
        assert {tag["tag"] for tag in after["tags"]} == {"mine", "bibnotes"}
        assert "nothing to do" in sync(shell, "sample.bib").err
        zotero.store.edit(note["key"], tags=["mine"])
        sync(shell, "sample.bib", code=6)

    @pytest.mark.parametrize("command", ["adopt", "sync"])
    def test_a_note_that_lost_its_tag_to_an_undo_is_asked_about(
        self, shell: Shell, zotero: Zotero, command: str
    ) -> None:
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(note["key"], tags=[])
        if command == "adopt":
            assert shell.here("adopt", *WEB).code == 0
        sync(shell, "sample.bib", "--prefer", "local")
        newest, *_ = json.loads(shell.here("undo", "--list", "--json").out)
        assert newest["command"] == command
        assert shell.here("undo").code == 0
        for _ in range(2):
            ran = sync(shell, "sample.bib", code=6)
            assert "does not carry the tag of your review any more" in ran.err
            assert reviews(shell, "sample.bib")["liu21c"] == ("skim", "x\n\ny")
        zotero.store.edit(note["key"], note=to_html("mine now"))
        sync(shell, "sample.bib", code=6)
        (after,) = zotero.store.notes(zotero.items["liu21c"])
        assert (after["key"], after["tags"]) == (note["key"], [])

    def test_a_note_of_an_item_that_was_merged_is_asked_about_too(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        old = zotero.items["liu21c"]
        into = zotero.store.add(
            "conferencePaper",
            title=TITLES["liu21c"],
            tags=["略读"],
            relations={"dc:replaces": f"http://zotero.org/users/475001/items/{old}"},
        )
        (note,) = zotero.store.notes(old)
        zotero.store.edit(note["key"], parentItem=into, tags=[])
        zotero.store.trash(old)
        ran = sync(shell, "sample.bib", code=6)
        assert "does not carry the tag" in ran.err
        assert reviews(shell, "sample.bib")["liu21c"] == ("skim", "x\n\ny")

    def test_a_note_that_was_given_to_another_reader_is_asked_about(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(note["key"], tags=["bibnotes: ana"])
        ran = sync(shell, "sample.bib", code=6)
        assert "does not carry the tag" in ran.err
        assert "adopt" not in ran.err
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\ny"

    def test_a_word_of_the_scale_that_means_another_level_now_is_asked_about(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        def scale(read: str, skim: str) -> str:
            names = "label: {{en: {0}, zh: {0}}}, tags: {{en: {0}, zh: {0}}}"
            levels = (("read", read), ("skim", skim))
            lines = (
                f"  - {{id: {one}, {names.format(one)}, jabref: {word}}}\n" for one, word in levels
            )
            return "profile: jabref\nscale:\n" + "".join(lines)

        shell.write("bibnotes.yaml", scale("prio1", "prio2"))
        shell.write("j.bib", f"@misc{{xu21m,\n  title = {{{TITLES['xu21m']}}},\n}}\n")
        zotero.mark("xu21m", "read")
        sync(shell, "j.bib")
        assert "{prio1}" in shell.read("j.bib")
        shell.write("bibnotes.yaml", scale("prio3", "prio1"))
        ran = sync(shell, "j.bib", code=6)
        assert "skim" in ran.err
        assert zotero.tags("xu21m") == ["read"]
        sync(shell, "j.bib", "--prefer", "zotero")
        assert "{prio3}" in shell.read("j.bib")

    def test_words_of_the_scale_that_changed_are_no_removal(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        shell.write(
            "bibnotes.yaml",
            "scale:\n  - {id: skim, label: {en: Skim, zh: 浏览}, tags: {zh: 浏览, en: browse}}\n",
        )
        edit(shell, "sample.bib", "{optimisation, skim}", "{optimisation, browse}")
        sync(shell, "sample.bib")
        assert "browse" in zotero.tags("liu21c")
        assert reviews(shell, "sample.bib")["liu21c"][0] == "skim"

    def test_words_of_the_scale_that_changed_are_no_removal_for_an_attach_before(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("liu21c", "x")
        zotero.mark("liu21c", "skim")
        zotero.mark("xu21m", "skim")
        sync(shell, "r.md")
        edit(shell, "r.md", "> x", "> y")
        shell.write(
            "bibnotes.yaml",
            "scale:\n  - {id: skim, label: {en: Skim, zh: 略读}, tags: {zh: 浏览, en: browse}}\n",
        )
        ran = shell.here("attach", "r.md", *WEB)
        assert ran.code == 0, ran.err
        assert reviews(shell, "r.md")["liu21c"] == ("skim", "y")
        assert "removal" not in ran.err + sync(shell, "r.md").err
        for key in ("liu21c", "xu21m"):
            assert reviews(shell, "r.md")[key][0] == "skim"
            assert "browse" in zotero.tags(key)
        assert zotero.text("liu21c") == "y"

    def test_a_level_that_only_has_another_id_takes_edits_as_before(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        scale = (
            "scale:\n"
            "  - {{id: {0}, label: {{en: Read, zh: 读}}, tags: {{en: read, zh: 读}}}}\n"
            "  - {{id: skim, label: {{en: Skim, zh: 略读}}, tags: {{en: skim, zh: 略读}}}}\n"
        )
        shell.write("bibnotes.yaml", scale.format("now"))
        zotero.mark("liu21c", "read")
        sync(shell, "r.md")
        shell.write("bibnotes.yaml", scale.format("today"))
        zotero.mark("liu21c", "skim")
        sync(shell, "r.md")
        assert reviews(shell, "r.md")["liu21c"][0] == "skim"


class TestTheServer:
    def test_is_remembered_and_no_other_is_tried(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
    ) -> None:
        sync(shell, "sample.bib")
        local.log.clear()
        assert shell.here("sync", "--zotero", "sample.bib").code == 0
        web.faults.on(cut_before(), times=None)
        ran = shell.here("sync", "--zotero", "sample.bib")
        assert ran.code == 5, ran.err
        assert "no other is tried" in ran.err
        assert not local.log.exchanges

    def test_of_another_library_needs_a_word(
        self, shell: Shell, zotero: Zotero, local: ZoteroServer[LocalApi]
    ) -> None:
        zotero.write("liu21c", "x")
        sync(shell, "sample.bib")
        ran = shell.here("sync", "--zotero", "--server", "local", "sample.bib")
        assert (ran.code, "--moved" in ran.err) == (2, True)
        here = Zotero(local.api.library)
        here.store.items = dict(zotero.store.items)
        ran = shell.here("sync", "--zotero", "--server", "local", "--moved", "sample.bib")
        assert ran.code == 0, ran.err
        assert shell.here("sync", "--zotero", "sample.bib").code == 0

    def test_costs_two_requests_where_nothing_changed(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        zotero.write("liu21c", "x")
        sync(shell, "sample.bib")
        sync(shell, "sample.bib")
        web.log.clear()
        sync(shell, "sample.bib")
        assert len(web.log.exchanges) <= 2


class TestTheReader:
    """A file is synced as the one reader whose reviews it has."""

    @pytest.fixture(autouse=True)
    def _synced(self, shell: Shell, zotero: Zotero) -> None:
        shell.write("bibnotes.yaml", "zotero: {reader: ana}\n")
        write(shell, liu21c=Review("skim", "看更新规则"))
        sync(shell, "sample.bib")

    @pytest.mark.parametrize(
        ("settings", "now"),
        [("zotero: {reader: ben}\n", "as reader ben"), ("", "without a reader")],
    )
    @pytest.mark.parametrize("words", [(), ("--moved",), ("--dry-run",)])
    def test_of_other_settings_gets_no_second_copy(
        self,
        shell: Shell,
        zotero: Zotero,
        web: ZoteroServer[WebApi],
        settings: str,
        now: str,
        words: tuple[str, ...],
    ) -> None:
        shell.write("bibnotes.yaml", settings)
        with unwritten(web):
            ran = sync(shell, "sample.bib", *words, code=2)
        assert f"as reader ana, and is now to be synced {now}\n" in ran.err
        assert "Set zotero.reader to ana again" in ran.err
        assert zotero.text("liu21c") == "看更新规则"
        shell.write("bibnotes.yaml", "zotero: {reader: ana}\n")
        assert "nothing to do" in sync(shell, "sample.bib").err

    def test_may_not_be_set_afterwards_either(self, shell: Shell, zotero: Zotero) -> None:
        shell.write("bibnotes.yaml", "")
        shell.write("plain.bib", shell.read())
        sync(shell, "plain.bib")
        shell.write("bibnotes.yaml", "zotero: {reader: ana}\n")
        ran = sync(shell, "plain.bib", code=2)
        assert "without a reader, and is now to be synced as reader ana" in ran.err
        assert "Unset zotero.reader" in ran.err

    def test_goes_on_as_another_once_the_base_is_moved_away(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        shell.write("bibnotes.yaml", "zotero: {reader: ben}\n")
        ran = sync(shell, "sample.bib", code=2)
        (base,) = (shell.folder / ".bibnotes").glob("sample.bib-*.json")
        assert f"move away {base}: " in ran.err
        base.rename(shell.path("moved"))
        before = shell.read()
        assert "their first sync" in sync(shell, "sample.bib").err
        assert shell.read() == before
        notes = zotero.store.notes(zotero.items["liu21c"])
        assert [note["tags"][0]["tag"] for note in notes] == ["bibnotes: ana", "bibnotes: ben"]
        assert zotero.tags("liu21c") == ["skim (ana)", "skim (ben)"]

    def test_has_a_file_of_their_own_beside_those_of_others(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        for reader in ("ben", "ana"):
            shell.write("bibnotes.yaml", f"zotero: {{reader: {reader}}}\n")
            sync(shell, f"{reader}.md", "--all")
        edit(shell, "ana.md", "> 看更新规则", "> 再看更新规则")
        sync(shell, "ana.md")
        shell.write("bibnotes.yaml", "zotero: {reader: ben}\n")
        with unwritten(web):
            sync(shell, "ben.md")
        assert zotero.text("liu21c") == "再看更新规则"

    def test_is_the_same_one_in_another_case_of_letters(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        shell.write("bibnotes.yaml", "zotero: {reader: Ana}\n")
        sync(shell, "ana.md", "--all")
        edit(shell, "ana.md", "> 看更新规则", "> 再看更新规则")
        shell.write("bibnotes.yaml", "zotero: {reader: ana}\n")
        assert "first sync" not in sync(shell, "ana.md").err
        assert shell.here("undo").code == 0


@contextmanager
def _asked_of_liu21c(shell: Shell, zotero: Zotero, answer: str) -> Iterator[list[str]]:
    """A sync that asks of a conflict, and what it said at the end.

    The question waits while the block runs.
    """
    zotero.write("liu21c", "old")
    zotero.write("xu21m", "another")
    sync(shell, "r.md")
    edit(shell, "r.md", "> old", "> mine")
    zotero.write("liu21c", "theirs")
    ours, process = started(shell, "sync", *WEB, "r.md")
    said: list[str] = []
    shown_so_far = b""
    while b"or (s)kip" not in shown_so_far:
        shown_so_far += os.read(ours, 4096)
    yield said
    os.write(ours, answer.encode())
    said.append(b"".join(shown(ours)).decode())
    process.wait(timeout=60)


class TestOnATerminal:
    def test_the_first_sync_asks_before_it_writes(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "from Zotero")
        before = shell.read()
        ran = typed(shell, "n\n", "sync", *WEB, "sample.bib")
        assert ran.code == 1
        assert "Write this? [Y/n]" in ran.err
        assert shell.read() == before
        assert zotero.tags("mellor21a") == []

    @pytest.mark.parametrize(
        ("answer", "text"),
        [("l", "mine"), ("z", "theirs"), ("b", "mine\n\ntheirs"), ("s", None)],
    )
    def test_a_conflict_is_asked_about(
        self, shell: Shell, zotero: Zotero, answer: str, text: str | None
    ) -> None:
        write(shell, liu21c=Review(None, "old"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        ran = typed(shell, f"{answer}\n", "sync", *WEB, "sample.bib")
        assert ran.code == (6 if text is None else 0), ran.err
        assert reviews(shell, "sample.bib")["liu21c"][1] == (text or "mine")
        assert zotero.text("liu21c") == (text or "theirs")

    @pytest.mark.parametrize(
        ("note", "text"),
        [("theirs", "x\n\ny\n\ntheirs"), ("x\n\ny\n\nmore", "x\n\ny\n\nmore"), ("y", "x\n\ny")],
    )
    def test_both_of_a_note_without_its_tag_has_what_it_says_and_tags_it(
        self, shell: Shell, zotero: Zotero, note: str, text: str
    ) -> None:
        write(shell, liu21c=Review(None, "x\n\ny"))
        sync(shell, "sample.bib")
        (before,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(before["key"], tags=["mine"], note=to_html(note))
        ran = typed(shell, "b\n", "sync", *WEB, "sample.bib")
        assert ran.code == 0, ran.err
        assert (zotero.text("liu21c"), reviews(shell, "sample.bib")["liu21c"][1]) == (text, text)
        (after,) = zotero.store.notes(zotero.items["liu21c"])
        assert after["key"] == before["key"]
        assert {tag["tag"] for tag in after["tags"]} == {"mine", "bibnotes"}
        assert "nothing to do" in sync(shell, "sample.bib").err
        runs = json.loads(shell.here("undo", "--list", "--json").out)
        sent = next(run["id"] for run in runs if run["library"] != "sample.bib")
        assert shell.here("undo", sent).code == 0
        (undone,) = zotero.store.notes(zotero.items["liu21c"])
        assert (undone["note"], undone["tags"]) == (to_html(note), [{"tag": "mine"}])
        ran = sync(shell, "sample.bib", code=6)
        assert "does not carry the tag" in ran.err

    @pytest.mark.parametrize(("tags", "note"), [([], "x"), (["bibnotes: ana"], "theirs")])
    def test_both_is_not_offered_of_a_note_that_adds_nothing(
        self, shell: Shell, zotero: Zotero, tags: list[str], note: str
    ) -> None:
        write(shell, liu21c=Review(None, "x"))
        sync(shell, "sample.bib")
        (before,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(before["key"], tags=tags, note=to_html(note))
        ran = typed(shell, "b\ns\n", "sync", *WEB, "sample.bib")
        assert "Take (l)ocal, (z)otero, (e)dit, or (s)kip" in ran.err
        assert ran.code == 6
        assert zotero.store.notes(zotero.items["liu21c"])[0]["note"] == to_html(note)

    def test_what_others_wrote_meanwhile_is_not_counted(self, shell: Shell, zotero: Zotero) -> None:
        with _asked_of_liu21c(shell, zotero, "l\n") as said:
            zotero.write("liu21c", "mine")
        assert "Test User: 0 changed, 1 as before" in said[-1]
        assert said[-1].endswith("r.md and Zotero: nothing to do, 2 unchanged\r\n")

    def test_an_item_that_went_to_the_trash_meanwhile_is_called_by_its_citation_key(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        with _asked_of_liu21c(shell, zotero, "l\n") as said:
            zotero.store.trash(zotero.items["liu21c"])
        assert "Test User: liu21c: not changed: " in said[-1]
        assert "r.md and Zotero: nothing written, 1 unchanged, 1 not written\r\n" in said[-1]

    def test_what_was_skipped_is_not_shown_again(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        ran = typed(shell, "s\ny\n", "sync", *WEB, "sample.bib")
        assert ran.code == 6
        assert ran.err.count("{+mine+}") == 1
        assert "the next sync asks again" in ran.err

    def test_a_removal_takes_a_yes(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "x"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review())
        ran = typed(shell, "\n", "sync", *WEB, "sample.bib")
        assert (ran.code, "[y/N]" in ran.err) == (1, True), ran.err
        assert zotero.text("liu21c") == "x"
        assert typed(shell, "y\n", "sync", *WEB, "sample.bib").code == 0
        assert zotero.text("liu21c") == ""

    def test_a_text_from_the_editor_outlives_a_run_that_ends_early(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        shell.variables |= {"EDITOR": "sed -i s/mine/ours/", "TMPDIR": str(shell.folder)}
        assert typed(shell, "e\nn\n", "sync", *WEB, "sample.bib").code == 1
        (kept,) = shell.folder.glob("bibnotes-liu21c-*.md")
        assert kept.read_text() == "ours\n\ntheirs\n"

    def test_where_the_editor_fails_the_question_comes_again(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        shell.variables["EDITOR"] = "false"
        ran = typed(shell, "e\nb\ny\n", "sync", *WEB, "sample.bib")
        assert ran.code == 0, ran.err
        assert "Set VISUAL or EDITOR" in ran.err
        assert zotero.text("liu21c") == "mine\n\ntheirs"

    def test_the_merge_can_be_edited(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "old"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        shell.variables["EDITOR"] = "sed -i s/mine/ours/"
        assert typed(shell, "e\n", "sync", *WEB, "sample.bib").code == 0
        assert zotero.text("liu21c") == "ours\n\ntheirs"


class TestWhatIsSaid:
    """A run says which two libraries, removals first, all on one screen, then what was left."""

    def test_first_which_two_libraries(self, shell: Shell, zotero: Zotero) -> None:
        shell.write("bibnotes.yaml", "zotero: {reader: ana}\n")
        ran = sync(shell, "sample.bib", "--collection", "ICML 2021")
        assert re.match(
            r"sample\.bib and the Zotero library “Test User/ICML 2021”, 127\.0\.0\.1:\d+, "
            r"reader ana; their first sync, which removes nothing\n",
            ran.err,
        )
        assert "first sync" not in sync(shell, "sample.bib").err

    def test_removals_first_and_what_they_remove(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review("skim", "看更新规则"), xu21m=Review(None, "x"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review("skim", ""))
        zotero.write("xu21m", "y")
        zotero.mark("liu21c")
        shell.variables["LC_ALL"] = "zh_CN.UTF-8"
        lines = sync(shell, "sample.bib", "--yes").err.splitlines()
        assert lines[1:5] == [
            "removal in sample.bib: liu21c: no longer 略读",
            "removal in Zotero: liu21c: text removed: “看更新规则”",
            "to sample.bib: xu21m: text changed (1 line)",
            "not in Zotero: zhao21d “Few-Shot Neural Architecture Search”",
        ]
        assert "--yes: 2 removals agreed to" in lines
        assert lines[-1].startswith("sample.bib and Zotero: 1 taken from Zotero, 2 removed, ")

    def test_on_one_screen_and_whole_by_a_dry_run(self, shell: Shell, zotero: Zotero) -> None:
        titles = {f"k{n}": f"Study {n} of the {n * 7919 % 9973}th kind" for n in range(90)}
        for key, title in titles.items():
            zotero.items[key] = zotero.store.add("book", citationKey=key, title=title)
            if key[-1] in "012":
                zotero.write(key, f"of {key}")
            if key[-1] == "3":
                zotero.mark(key, "精读")

        def entry(key: str, title: str) -> str:
            review = f" annote = {{by {key}}},\n" if key[-1] in "123456" else ""
            return f"@book{{{key},\n title = {{{title}}},\n{review}}}\n"

        shell.write("many.bib", "\n".join(entry(*each) for each in titles.items()))
        whole = sync(shell, "many.bib", "--dry-run", code=6).err
        assert "more; --dry-run" not in whole
        assert whole.count("conflict: ") == 18
        assert whole.count("to many.bib: ") == 18
        cut = sync(shell, "many.bib", code=6).err
        assert len(cut.splitlines()) <= 24
        assert "to many.bib: k0: text added (1 line)" in cut
        assert cut.count("more; --dry-run shows all") == 3

    def test_also_that_nothing_is_to_do(self, shell: Shell, zotero: Zotero) -> None:
        shell.write("none.bib", "")
        ran = sync(shell, "none.bib")
        assert ran.err.endswith("none.bib and Zotero: nothing to do: no paper is in both\n")

    def test_no_hint_that_cannot_help(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "x"))
        for text in ("one", "two"):
            zotero.store.add_note(zotero.items["liu21c"], f"<p>{text}</p>", ["bibnotes"])
        ran = sync(shell, "sample.bib", code=6)
        assert "--prefer" not in ran.err
        assert ran.err.endswith(
            "Of two notes of an item, take the tag off one in Zotero. Then sync again.\n"
        )

    def test_what_of_the_file_was_not_read_once(self, shell: Shell, zotero: Zotero) -> None:
        damaged = "@book{{{key},\n title = {{{title}}},\n annote = {{mine\n}}\n\n"
        titles = {"liu21c": TITLES["liu21c"], "mine": "Of this file alone"}
        shell.write("d.bib", "".join(damaged.format(key=key, title=titles[key]) for key in titles))
        ran = sync(shell, "d.bib", code=6)
        assert "conflict: liu21c: d.bib:6: the rest of the entry is not read" in ran.err
        assert ": mine: the rest of the entry is not read" in ran.err
        assert ran.err.count("liu21c: d.bib:6") == ran.err.count("liu21c") == 1
        assert ran.err.endswith("\nMend the entries named above. Then sync again.\n")

    def test_no_write_that_was_refused(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "x")
        sync(shell, "r.md")
        (note,) = zotero.store.notes(zotero.items["liu21c"])
        zotero.store.edit(note["key"], note='<p><span style="color:#ff0000">x</span></p>')
        edit(shell, "r.md", "> x", "> y")
        ran = sync(shell, "r.md", code=7)
        assert "--yes gives that up" in ran.err
        assert "r.md and Zotero: nothing written, 1 not written\n" in ran.err

    def test_not_that_nothing_was_written_where_nobody_knows(
        self, shell: Shell, zotero: Zotero, web: ZoteroServer[WebApi]
    ) -> None:
        write(shell, liu21c=Review(None, "x"))
        web.faults.on(cut_after(), when=is_write, times=1)
        written = len(web.log.writes)
        web.faults.on(cut_before(), when=lambda _: len(web.log.writes) > written, times=None)
        ran = sync(shell, "sample.bib", code=7)
        assert ", 3 may be written\n" in ran.err
        assert "nothing written" not in ran.err

    def test_what_may_be_a_slip_which_removes_nothing(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "x")
        zotero.mark("liu21c", "精读")
        sync(shell, "r.yaml")
        edit(shell, "r.yaml", "review:", "reviw:")
        edit(shell, "r.yaml", "精读" if "精读" in shell.read("r.yaml") else "close-read", "skim")
        ran = sync(shell, "r.yaml")
        assert "`reviw` is not read; if it is the review, write `review`" in ran.err
        assert (zotero.text("liu21c"), zotero.tags("liu21c")) == ("x", ["skim"])
        zotero.write("liu21c", "y")
        sync(shell, "r.yaml")
        edit(shell, "r.yaml", "reviw:", "review:")
        sync(shell, "r.yaml")
        assert zotero.text("liu21c") == reviews(shell, "r.yaml")["liu21c"][1] == "y"

    def test_a_text_that_stands_where_the_quote_was_which_removes_nothing(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        zotero.write("liu21c", "x")
        zotero.mark("liu21c", "精读")
        sync(shell, "r.md")
        edit(shell, "r.md", "> x", "- mine")
        for tag, text in (("skim", "x"), ("close-read", "theirs")):
            where = shell.read("r.md").split("\n").index("- mine") + 1
            zotero.mark("liu21c", tag)
            zotero.write("liu21c", text)
            said = f"r.md:{where}: liu21c: the text is not read as the review"
            assert said in sync(shell, "r.md").err
            assert (zotero.text("liu21c"), zotero.tags("liu21c")) == (text, [tag])
            assert reviews(shell, "r.md")["liu21c"][0] == tag
        edit(shell, "r.md", "- mine", "> - mine")
        assert "1 in conflict" in sync(shell, "r.md", code=6).err
        edit(shell, "r.md", "> - mine", ">")
        sync(shell, "r.md", "--prefer", "local", "--yes")
        assert zotero.text("liu21c") == ""

    def test_a_doubt_with_the_very_words_that_settle_it(self, shell: Shell, zotero: Zotero) -> None:
        shell.write("r.yaml", "- title: Learning by Turning\n  review: 看。\n")
        ran = sync(shell, "r.yaml", code=7)
        assert "as with --pair 1=liu21c" in ran.err
        sync(shell, "r.yaml", "--pair", "1=liu21c")
        assert zotero.text("liu21c") == "看。"

    def test_a_pair_once_also_where_it_is_in_conflict(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "theirs")
        shell.write("r.yaml", "- title: Learning by Turning\n  review: 看。\n")
        ran = sync(shell, "r.yaml", "--pair", "1=liu21c", code=6)
        assert "both have a review, and they differ" in ran.err
        assert "take one with --prefer local" in ran.err
        assert "both have a review, and they differ" in sync(shell, "r.yaml", code=6).err
        sync(shell, "r.yaml", "--prefer", "local")
        assert zotero.text("liu21c") == "看。"

    def test_how_a_slip_in_a_pair_is_mended(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("mellor21a", "theirs")
        shell.write("r.yaml", "- title: Learning by Turning\n  review: 看。\n")
        ran = sync(shell, "r.yaml", "--pair", "1=mellor21a", code=6)
        assert "Where --pair named a wrong item, name the right one." in ran.err
        assert "named a wrong item" in sync(shell, "r.yaml", code=6).err
        sync(shell, "r.yaml", "--pair", "1=liu21c")
        assert (zotero.text("liu21c"), zotero.text("mellor21a")) == ("看。", "theirs")

    def test_that_a_key_of_two_items_names_neither(self, shell: Shell, zotero: Zotero) -> None:
        twin = zotero.store.add("book", citationKey="liu21c", title="Another Book")
        shell.write("r.yaml", "- title: Learning by Turning\n  review: 看。\n")
        ran = sync(shell, "r.yaml", "--pair", "1=liu21c", code=2)
        assert all(f"{item} “" in ran.err for item in (zotero.items["liu21c"], twin))
        sync(shell, "r.yaml", "--pair", f"1={zotero.items['liu21c']}")
        assert zotero.text("liu21c") == "看。"

    def test_what_is_gone_when_too_much_is(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, **{key: Review(None, f"on {key}") for key in TITLES})
        sync(shell, "sample.bib")
        write(shell, **dict.fromkeys(TITLES, Review()))
        ran = typed(shell, "", "sync", *WEB, "sample.bib")
        assert ran.code == 6
        assert "gone from sample.bib: liu21c: text removed: “on liu21c”" in ran.err
        assert "to sample.bib" not in ran.err


def test_a_folder_is_not_taken_for_the_sheet_that_was_meant(shell: Shell, zotero: Zotero) -> None:
    shell.path("papers.md").mkdir()
    assert "paper.md is not there: it will be made" in sync(shell, "paper.md").err


class TestANameThatIsNotThere:
    @pytest.fixture(autouse=True)
    def _synced(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("xu21m", "x")
        assert "reviews.md is not there: it will be made" in sync(shell, "reviews.md").err

    def test_and_resembles_another_makes_nothing(self, shell: Shell, zotero: Zotero) -> None:
        ran = sync(shell, "reveiws.md", code=2)
        assert "reveiws.md is not there, but reviews.md is" in ran.err
        assert "add --yes" in ran.err
        assert not shell.path("reveiws.md").exists()
        sync(shell, "reveiws.md", "--yes")
        assert shell.path("reveiws.md").exists()

    @pytest.mark.parametrize(("answer", "made"), [("\n", False), ("y\n", True)])
    def test_is_asked_about(self, shell: Shell, zotero: Zotero, answer: str, made: bool) -> None:
        ran = typed(shell, answer, "sync", *WEB, "reveiws.md")
        assert "reveiws.md is not there; reviews.md is there." in ran.err
        assert "Make reveiws.md? [y/N]" in ran.err
        assert shell.path("reveiws.md").exists() == made
        assert ran.code == (0 if made else 1)

    def test_and_is_like_no_other_is_made_at_a_plain_yes(
        self, shell: Shell, zotero: Zotero
    ) -> None:
        ran = typed(shell, "\n", "sync", *WEB, "other.md")
        assert "Make other.md? [Y/n]" in ran.err
        assert shell.path("other.md").exists()

    @pytest.mark.parametrize("name", ["reviews2.md", "reviews.yaml", "短评.md"])
    def test_that_differs_on_purpose_is_made(self, shell: Shell, zotero: Zotero, name: str) -> None:
        sync(shell, name)
        assert shell.path(name).exists()

    @pytest.mark.parametrize(
        ("name", "code", "said"),
        [
            ("smaple.bib", 3, "Did you mean sample.bib?"),
            ("none/reviews.md", 3, "nor is its folder"),
            ("empty.md", 2, "empty.md is empty\nDelete it"),
        ],
    )
    def test_or_is_of_no_use_is_refused(
        self, shell: Shell, zotero: Zotero, name: str, code: int, said: str
    ) -> None:
        shell.write("empty.md", "")
        assert said in sync(shell, name, code=code).err

    @pytest.mark.parametrize("name", ["linked.md", "linked.yaml", "linked.bib"])
    def test_since_its_link_leads_nowhere_is_not_made_behind_it(
        self, shell: Shell, zotero: Zotero, name: str
    ) -> None:
        shell.path(name).symlink_to("away/reviews.md")
        ran = sync(shell, name, "--yes", code=3)
        assert ran.err == (
            f"bibnotes: {name} is a link to away/reviews.md, where no file is\n"
            "Put the file there that is meant, or remove the link.\n"
        )
        shell.path("away").mkdir()
        assert sync(shell, name, "--yes", code=3).err == ran.err
        assert not list(shell.path("away").iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sample.bib",), 2, "Add --zotero"),
        (("--zotero", "gone.bib"), 3, "gone.bib does not exist"),
        (("--zotero", "-"), 2, "standard input"),
        (("--zotero", "--collection", "none", "sample.bib"), 3, "none"),
    ],
)
def test_what_makes_no_sense_is_named(
    shell: Shell, zotero: Zotero, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = shell.here("sync", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err


def test_a_sheet_that_was_made_is_a_digest(shell: Shell, zotero: Zotero) -> None:
    zotero.mark("xu21m", "精读")
    sync(shell, "r.md")
    made = re.sub("title: .*", "title: x", shell.read("r.md"))
    digest = shell.here("digest", *WEB, "--priority", "精读").out
    assert made == re.sub("title: .*", "title: x", digest)
