"""``bibnotes sync``, as its users run it."""

from __future__ import annotations

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
from tests.zotero_server.faults import cut_before, is_write
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY

from .conftest import Ran, Shell
from .terminal import typed

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
        assert "nothing" not in sync(shell, name).err

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
        assert "xu21m: not in r.md any more" in ran.err
        assert zotero.text("xu21m") == "second"
        assert "xu21m" not in reviews(shell, "r.md")

    def test_sends_what_was_edited(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("mellor21a", "first")
        sync(shell, "r.md", "--all")
        edit(shell, "r.md", "> first", "> first\n> 再读一遍")
        ran = sync(shell, "r.md")
        assert "1 sent to Zotero" in ran.err
        assert zotero.text("mellor21a") == "first\n再读一遍"


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
        assert "does not carry the tag" in ran.err
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\ny"
        zotero.store.edit(note["key"], tags=["bibnotes"])
        sync(shell, "sample.bib")
        assert reviews(shell, "sample.bib")["liu21c"][1] == "mine now"

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
        assert reviews(shell, "sample.bib")["liu21c"][1] == "x\n\ny"

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


class TestOnATerminal:
    def test_the_first_sync_asks_before_it_writes(self, shell: Shell, zotero: Zotero) -> None:
        zotero.write("liu21c", "from Zotero")
        before = shell.read()
        ran = typed(shell, "n\n", "sync", *WEB, "sample.bib")
        assert ran.code == 1
        assert "Write sample.bib and" in ran.err
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

    def test_the_merge_can_be_edited(self, shell: Shell, zotero: Zotero) -> None:
        write(shell, liu21c=Review(None, "old"))
        sync(shell, "sample.bib")
        write(shell, liu21c=Review(None, "mine"))
        zotero.write("liu21c", "theirs")
        shell.variables["EDITOR"] = "sed -i s/mine/ours/"
        assert typed(shell, "e\n", "sync", *WEB, "sample.bib").code == 0
        assert zotero.text("liu21c") == "ours\n\ntheirs"


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
