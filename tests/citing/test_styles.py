"""Citation styles are found where pandoc and Zotero keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bibnotes.citing import styles
from bibnotes.errors import BibnotesError, NotFoundError

CSL = (
    '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0"{}><info>{}</info>'
    "<bibliography/></style>"
)
LINK = '<link rel="independent-parent" href="http://www.zotero.org/styles/{}"/>'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".local" / "share" / "pandoc" / "csl"
    folder.mkdir(parents=True)
    (folder / "Own.csl").write_text(CSL.format(' default-locale="zh-CN"', ""))
    (folder / "child.csl").write_text(CSL.format("", LINK.format("own")))
    (folder / "german.csl").write_text(CSL.format(' default-locale="de-DE"', LINK.format("own")))
    (folder / "orphan.csl").write_text(CSL.format("", LINK.format("nowhere-to-be-found")))
    (folder / "ring.csl").write_text(CSL.format("", LINK.format("ring")))
    zotero = tmp_path / "Zotero" / "styles"
    zotero.mkdir(parents=True)
    (zotero / "mine.csl").write_text(CSL.format("", ""))
    return tmp_path


def find(name: str, home: Path) -> styles.Style:
    return styles.find(name, {"HOME": str(home)})


def file_name(style: styles.Style) -> str:
    assert style.path
    return style.path.name


def test_a_style_is_found_by_its_name_in_any_case(home: Path) -> None:
    assert file_name(find("own", home)) == "Own.csl"
    assert file_name(find("own.csl", home)) == "Own.csl"
    assert file_name(find("mine", home)) == "mine.csl"


def test_a_style_says_its_language(home: Path) -> None:
    assert find("own", home).locale == "zh-CN"
    assert find("mine", home).locale == "en-US"
    assert find("child", home).locale == "zh-CN"
    assert find("german", home).locale == "de-DE"


def test_a_style_is_found_by_its_path(home: Path) -> None:
    path = home / "Zotero" / "styles" / "mine.csl"
    assert find(str(path), home).path == path
    with pytest.raises(NotFoundError):
        find(f"{home}/nowhere.csl", home)


def test_a_style_that_points_to_another_is_followed(home: Path) -> None:
    assert file_name(find("child", home)) == "Own.csl"
    with pytest.raises(NotFoundError, match="nowhere-to-be-found"):
        find("orphan", home)
    with pytest.raises(BibnotesError, match="without an end"):
        find("ring", home)


@pytest.mark.skipif(not styles.folders({})[-1].is_dir(), reason="no package of styles")
def test_styles_of_journals_are_found_among_those_of_the_system(home: Path) -> None:
    assert file_name(find("2d-materials", home)) == "institute-of-physics-numeric.csl"


def test_the_style_that_pandoc_has_needs_no_file(home: Path) -> None:
    style = styles.find(styles.BUILT_IN, {"HOME": str(home / "nobody")})
    assert style.path is None or style.path.stem == styles.BUILT_IN


def test_a_name_that_is_no_style_gets_those_that_are_like_it(home: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        find("chidl", home)
    assert "Did you mean child" in caught.value.hint
    assert str(home / "Zotero" / "styles") in caught.value.hint


def test_a_style_without_references_is_named(tmp_path: Path) -> None:
    path = tmp_path / "note.csl"
    path.write_text(CSL.format("", "").replace("<bibliography/>", ""))
    with pytest.raises(BibnotesError, match="no references"):
        styles.find(str(path), {})


@pytest.mark.parametrize("text", ["", "<style>", "<html/>", CSL[:40], "\x00"])
def test_a_file_that_is_no_style_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.csl"
    path.write_text(text)
    with pytest.raises(BibnotesError, match=r"broken\.csl is no citation style"):
        styles.find(str(path), {})
