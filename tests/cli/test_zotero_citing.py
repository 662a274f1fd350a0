"""Citing and exporting from a Zotero library, on both servers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bibnotes.bibtex.library import BibLibrary
from bibnotes.model import Review
from bibnotes.scale import DEFAULT_SCALE
from tests import pandoc
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY

from .conftest import Shell


@pytest.fixture(params=["web", "local"])
def place(
    request: pytest.FixtureRequest,
    zotero_shell: Shell,
    web: ZoteroServer[WebApi],
    local: ZoteroServer[LocalApi],
) -> tuple[Shell, list[str], Library]:
    """A user's shell, the options that lead to the library, and the library."""
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    server = web if request.param == "web" else local
    add_papers(server.api.library)
    return zotero_shell, ["--zotero", "--server", request.param], server.api.library


def add_papers(library: Library) -> None:
    closely = library.add(
        "conferencePaper",
        citationKey="mellor21a",
        title="Neural Architecture Search & NAS 100%",
        creators=[{"creatorType": "author", "firstName": "Joe", "lastName": "Mellor"}],
        date="2021-07-01",
        pages="1-12",
        tags=["NAS", "精读", "精读 (ana)"],
    )
    library.add_note(closely, "<p>看<strong>激活</strong> 100 %</p>", ["bibnotes"])
    library.add("book", title="A book without a key", date="2020")
    library.add("book", citationKey="two words", title="A book with an odd key")


def exported(place: tuple[Shell, list[str], Library], *words: str) -> Any:
    shell, options, _ = place
    ran = shell("export", *options, *words)
    assert ran.code in (0, 7), ran.err
    return ran


def read(data: str) -> BibLibrary:
    return BibLibrary("refs.bib", data.encode(), scale=DEFAULT_SCALE, language="zh")


def test_bibtex_is_the_servers_with_our_keys_and_reviews(
    place: tuple[Shell, list[str], Library],
) -> None:
    ran = exported(place)
    assert ran.code == 7
    assert "'two words' cannot be a key" in ran.err
    library = read(ran.out)
    assert library.problems() == []
    assert [paper.key for paper in library.papers()] == ["mellor21a", "BookKey2020"]
    (paper,) = library.find("mellor21a")
    assert paper.review == Review("close-read", "看**激活** 100 %")
    assert "\ttitle = {Neural Architecture Search \\& {NAS} 100\\%}" in ran.out
    assert "\tpages = {1--12}" in ran.out


def test_reviews_and_everybodys_priorities_are_left_out(
    place: tuple[Shell, list[str], Library],
) -> None:
    for form in ("bibtex", "csljson", "csv"):
        out = exported(place, "--format", form, "--no-reviews").out
        assert "激活" not in out
        assert "精读" not in out
        assert "NAS" in out


def test_csl_json_is_the_servers_with_our_keys_and_reviews(
    place: tuple[Shell, list[str], Library],
) -> None:
    items = json.loads(exported(place, "--format", "csljson").out)
    assert items[0] == {
        "id": "mellor21a",
        "type": "paper-conference",
        "title": "Neural Architecture Search & NAS 100%",
        "page": "1-12",
        "author": [{"family": "Mellor", "given": "Joe"}],
        "issued": {"date-parts": [[2021]]},
        "keyword": "NAS, 精读, 精读 (ana)",
        "annote": "看**激活** 100 %",
    }
    assert len(items) == 3


def test_a_server_that_exports_nothing_is_made_up_for(
    place: tuple[Shell, list[str], Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.zotero_server import exporting

    monkeypatch.setattr(exporting, "bibtex", lambda _record: "")
    (paper,) = read(exported(place).out).find("mellor21a")
    assert paper.title == "Neural Architecture Search & NAS 100%"
    assert str(paper.authors[0]) == "Joe Mellor"
    assert paper.review.text == "看**激活** 100 %"


def test_papers_are_cited_by_their_keys(place: tuple[Shell, list[str], Library]) -> None:
    shell, options, _ = place
    assert shell("cite", *options, "mellor21a").out == "[@mellor21a]\n"
    assert shell("cite", *options, "architecture", "--as", "latex").out == "\\cite{mellor21a}\n"
    ran = shell("cite", *options, "without")
    assert ran.out == "[@BookKey2020]\n"
    assert "BookKey2020: made up by bibnotes" in ran.err
    ran = shell("cite", *options, "author:nobody")
    assert ran.code == 3


@pandoc.needs_pandoc
def test_a_digest_and_its_bibliography_agree(place: tuple[Shell, list[str], Library]) -> None:
    shell, options, _ = place
    for bibliography in ("out/refs.bib", "refs.json"):
        shell.path("out").mkdir(exist_ok=True)
        ran = shell("digest", *options, "-o", "digest.md", "--bibliography", bibliography)
        assert ran.code == (7 if bibliography.endswith(".bib") else 0), ran.err
        digest = shell.read("digest.md")
        assert f"\nbibliography: {bibliography}\n" in digest
        page = pandoc.run(digest, *pandoc.STRICTLY, cwd=shell.folder)
        assert "(Mellor 2021)" in page
    shell("digest", *options, "-o", "out/digest.md", "--bibliography", "out/refs.bib")
    assert "\nbibliography: refs.bib\n" in shell.read("out/digest.md")


@pandoc.needs_pandoc
def test_a_style_formats_what_the_server_exports(place: tuple[Shell, list[str], Library]) -> None:
    from .test_cite import STYLE

    shell, options, _ = place
    out = shell("cite", *options, "mellor21a", "--style", str(STYLE)).out
    assert out == "Mellor. Neural Architecture Search & NAS 100%. 2021.\n"
    assert "> 看**激活**" in shell("digest", *options, "--style", str(STYLE)).out


def test_a_bibliography_goes_with_a_digest_that_cites(zotero_shell: Shell) -> None:
    for words in (["--format", "json"], ["--style", "apa"]):
        ran = zotero_shell("digest", "sample.bib", "--bibliography", "r.bib", *words)
        assert ran.code == 2
    assert zotero_shell("digest", "sample.bib", "--bibliography", "sample.bib").code == 2
    assert zotero_shell("cite", "sample.bib", "--zotero", "x").code == 2


def test_a_citation_key_that_several_items_have_needs_the_key_of_one(
    place: tuple[Shell, list[str], Library],
) -> None:
    shell, options, library = place
    other = library.add("book", citationKey="mellor21a", title="Another book")
    asked = shell("cite", *options, "mellor21a", "--as", "markdown")
    assert asked.code == 2, asked.err
    assert f"{other} “Another book”" in asked.err
    told = shell("cite", *options, other, "--as", "markdown")
    assert (told.code, "Another book" in told.out) == (0, True), told.err
