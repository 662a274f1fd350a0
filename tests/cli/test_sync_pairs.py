"""One story of a sync, on every kind of file, server and library, each two of them together."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bibnotes.cli.sync import command
from bibnotes.digest.build import build
from bibnotes.digest.markdown import render
from bibnotes.errors import ConflictError
from bibnotes.model import Change, Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sync.libraries import LocalLibrary
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.faults import is_write
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY

TITLES = {
    "slow20": "Weight Sharing Considered Slowly",
    "grow21": "Networks That Grow Their Own Layers",
    "cell22": "Searching Cells Without Any Training",
    "none23": "A Paper of Which Nobody Says Anything",
}


def bib(head: str = "") -> str:
    entries = (f"@book{{{key},\n  title = {{{title}}},\n}}\n" for key, title in TITLES.items())
    return "\n".join([head, *entries])


def markdown() -> str:
    papers = [Paper(key, key, title=title) for key, title in TITLES.items()]
    return "".join(render(build(papers, language="zh")))


def yaml() -> str:
    return "\n".join(f"- key: {key}\n  title: {title}\n" for key, title in TITLES.items())


FILES = {
    "refs.bib": bib,
    "jabref.bib": lambda: bib("@Comment{jabref-meta: databaseType:bibtex;}\n"),
    "sheet.md": markdown,
    "sheet.yaml": yaml,
}
# All pairs of file, server and library.
PAIRS = [
    ("refs.bib", "web", "user"),
    ("refs.bib", "local", "group"),
    ("jabref.bib", "web", "group"),
    ("jabref.bib", "local", "user"),
    ("sheet.md", "web", "user"),
    ("sheet.md", "local", "group"),
    ("sheet.yaml", "web", "group"),
    ("sheet.yaml", "local", "user"),
]


class Story:
    """A file, a library, and what is done to both."""

    def __init__(self, path: Path, store: Library, server: ZoteroServer[Any]) -> None:
        self.path, self.store, self.server = path, store, server
        self.items = {
            key: store.add("book", citationKey=key, title=title) for key, title in TITLES.items()
        }

    def sync(self, *words: str) -> None:
        command.main(["--zotero", str(self.path), *words], standalone_mode=False)

    def local(self) -> LocalLibrary:
        from bibnotes.bibtex.library import BibLibrary
        from bibnotes.sheets.library import SheetLibrary

        kind = BibLibrary if self.path.suffix == ".bib" else SheetLibrary
        return kind.open(self.path, scale=DEFAULT_SCALE, language="zh")

    def here(self) -> dict[str, Review]:
        return {paper.key: paper.review for paper in self.local().papers()}

    def there(self) -> dict[str, Review]:
        return {key: self._review(item) for key, item in self.items.items()}

    def _review(self, item: str) -> Review:
        tags = [tag["tag"] for tag in self.store.item(item)["tags"]]
        levels = [level.id for tag in tags if (level := DEFAULT_SCALE.by_tag(tag))]
        assert len(levels) < 2
        notes = self.store.notes(item)
        assert len(notes) < 2
        text = to_markdown(notes[0]["note"]) if notes else ""
        return Review(levels[0] if levels else None, text)

    def write_here(self, key: str, review: Review) -> None:
        library = self.local()
        (paper,) = library.find(key)
        library.prepare([Change(paper.id, paper.review, review)]).apply(lambda _: None)

    def write_there(self, key: str, review: Review) -> None:
        item = self.items[key]
        level = DEFAULT_SCALE.level(review.priority).tag("zh") if review.priority else ""
        self.store.edit(item, tags=list(filter(None, ["NAS", level])))
        notes = self.store.notes(item)
        if not notes and review.text:
            self.store.add_note(item, to_html(review.text), ["bibnotes"])
        elif notes and review.text:
            self.store.edit(notes[0]["key"], note=to_html(review.text))
        elif notes:
            self.store.trash(notes[0]["key"])

    def written(self) -> int:
        """How many requests wrote since the last time this was asked."""
        count = sum(is_write(one.request) for one in self.server.log.exchanges)
        self.server.log.clear()
        return count


@pytest.fixture
def surroundings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    web: ZoteroServer[WebApi],
    local: ZoteroServer[LocalApi],
) -> Callable[..., None]:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "BIBNOTES_ZOTERO_WEB_URL": web.url,
        "BIBNOTES_ZOTERO_LOCAL_URL": local.url,
        "ZOTERO_API_KEY": KEY,
        "BIBNOTES_CACHE_DIR": str(tmp_path / "cache"),
        "BIBNOTES_STATE_DIR": str(tmp_path / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "LC_ALL": "zh_CN.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)

    def configure(server: str, library: str) -> None:
        settings = {"zotero": {"server": server, "id": library}}
        (tmp_path / "bibnotes.yaml").write_text(json.dumps(settings))

    return configure


@pytest.fixture(params=PAIRS, ids="-".join)
def story(
    request: pytest.FixtureRequest, tmp_path: Path, surroundings: Callable[..., None]
) -> Story:
    name, kind, library = request.param
    server = request.getfixturevalue(kind)
    surroundings(kind, "group/5001" if library == "group" else "user")
    if library == "group" and kind == "local":
        server.api.add_group(5001, "A group")
    store = server.api.libraries["groups/5001"] if library == "group" else server.api.library
    path = tmp_path / name
    path.write_text(FILES[name](), encoding="utf-8")
    return Story(path, store, server)


def test_the_story(story: Story) -> None:
    first = Review("close-read", "看初始化时的**激活**\n\n- 一\n- 二")
    story.write_here("slow20", first)
    story.write_there("grow21", Review("skim", "from Zotero"))
    story.sync()
    assert story.here()["grow21"] == Review("skim", "from Zotero")
    assert story.there()["slow20"] == first
    assert story.here() == story.there()

    story.written()
    before = story.path.read_bytes()
    story.sync()
    assert story.written() == 0
    assert story.path.read_bytes() == before

    story.write_here("slow20", Review("interesting", first.text))  # one part here,
    story.write_there("slow20", Review("close-read", first.text + "\n- 三"))  # the other there
    story.write_there("cell22", Review(None, "new"))
    story.sync()
    assert story.here()["slow20"] == Review("interesting", first.text + "\n- 三")
    assert story.here() == story.there()

    story.write_here("cell22", Review(None, "mine"))
    story.write_there("cell22", Review(None, "theirs"))
    with pytest.raises(ConflictError):
        story.sync()
    assert (story.here()["cell22"].text, story.there()["cell22"].text) == ("mine", "theirs")
    story.sync("--prefer", "local")
    assert story.here() == story.there()
    assert story.there()["cell22"].text == "mine"

    story.write_there("grow21", Review())
    story.write_here("cell22", Review())
    story.sync("--yes")
    assert story.here()["grow21"] == Review()
    assert story.there()["cell22"] == Review()
    assert story.here() == story.there()
    assert story.here()["none23"] == Review()
    story.sync()


@pytest.mark.parametrize(("priorities", "most"), [(False, 20), (True, 40)])
def test_a_thousand_reviews_take_as_few_requests_as_there_are_batches(
    tmp_path: Path,
    surroundings: Callable[..., None],
    web: ZoteroServer[WebApi],
    priorities: bool,
    most: int,
) -> None:
    surroundings("web", "user")
    store, entries = web.api.library, []
    for number in range(1100):
        title = f"Study {number} of the {number * 7919 % 9973}th kind"
        store.add("book", citationKey=f"k{number}", title=title)
        keywords = "  keywords = {精读},\n" if priorities else ""
        review = f"  annote = {{review of {number}}},\n{keywords}" if number < 1000 else ""
        entries.append(f"@book{{k{number},\n  title = {{{title}}},\n{review}}}\n")
    path = tmp_path / "refs.bib"
    path.write_text("\n".join(entries))
    web.log.clear()
    command.main(["--zotero", str(path)], standalone_mode=False)
    writes = [one for one in web.log.exchanges if is_write(one.request)]
    assert len(writes) <= most
    web.log.clear()
    command.main(["--zotero", str(path)], standalone_mode=False)
    reads = len(web.log.exchanges)
    assert reads <= most // 2 + 3  # what was written is read again, a hundred at a time
    web.log.clear()
    command.main(["--zotero", str(path)], standalone_mode=False)
    assert len(web.log.exchanges) <= 2
