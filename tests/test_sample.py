"""sample.bib holds the facts it should, and BibTeX, biber and LaTeX take it without a warning."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import bibtexparser
import pytest
from bibtexparser.bparser import BibTexParser

from tests.latex import FONT, needs, needs_font, run, typeset, warnings

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "sample.bib"
DOCUMENTS = HERE / "data" / "latex"
TAGS = {"精读", "兴趣文章"}


class Expected(NamedTuple):
    key: str
    authors: int
    pages: str
    tag: str = ""
    reviewed: bool = False


PAPERS = [
    Expected("xu21m", 6, "11613--11625", reviewed=True),
    Expected("mellor21a", 4, "7588--7598", "精读", reviewed=True),
    Expected("nayman21a", 4, "7979--7990", "兴趣文章", reviewed=True),
    Expected("zhao21d", 5, "12707--12718", "兴趣文章", reviewed=True),
    Expected("zhang21s", 6, "12557--12566", "精读", reviewed=True),
    Expected("yan21c", 4, "11670--11681", "兴趣文章", reviewed=True),
    Expected("nguyen21d", 4, "8084--8095", "兴趣文章", reviewed=True),
    Expected("oymak21a", 3, "8291--8301", "精读", reviewed=True),
    Expected("liu21c", 4, "6748--6758"),
    Expected("abeyrathna21a", 8, "10--20"),
    Expected("jiang21d", 3, "4961--4970"),
    Expected("niu21a", 8, "8184--8194"),
    Expected("wies21a", 4, "11170--11181"),
    Expected("miao21a", 7, "7700--7709"),
    Expected("zietlow21a", 3, "12945--12954"),
    Expected("lou21a", 2, "7102--7110"),
]
KEYS = [paper.key for paper in PAPERS]


@pytest.fixture(scope="module")
def entries() -> list[dict[str, str]]:
    """The entries as a reader that is not ours sees them."""
    parser = BibTexParser(common_strings=True)
    return bibtexparser.loads(SAMPLE.read_text(encoding="utf-8"), parser).entries


def test_papers_stand_in_the_order_of_the_page(entries):
    assert [entry["ID"] for entry in entries] == KEYS


def test_each_paper_has_its_own_facts(entries):
    found = [
        Expected(
            entry["ID"],
            len(entry["author"].split(" and ")),
            entry["pages"],
            ", ".join(word for word in entry["keywords"].split(", ") if word in TAGS),
            "annote" in entry,
        )
        for entry in entries
    ]
    assert found == PAPERS


def test_all_papers_share_the_facts_of_the_proceedings(entries):
    for entry in entries:
        assert entry["ENTRYTYPE"] == "inproceedings"
        assert entry["booktitle"] == (
            "Proceedings of the 38th International Conference on Machine Learning"
        )
        assert entry["series"] == "Proceedings of Machine Learning Research"
        assert entry["volume"] == "139"
        assert entry["editor"] == "Meila, Marina and Zhang, Tong"
        assert entry["publisher"] == "PMLR"
        assert (entry["month"], entry["year"]) == ("July", "2021")
        assert entry["url"] == f"https://proceedings.mlr.press/v139/{entry['ID']}.html"


def test_a_search_for_architecture_finds_every_paper(entries):
    for entry in entries:
        words = entry["title"] + entry["abstract"] + entry["keywords"]
        assert "architecture" in words.lower(), entry["ID"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with sample.bib and the documents that use it."""
    shutil.copy(SAMPLE, tmp_path)
    shutil.copytree(DOCUMENTS, tmp_path, dirs_exist_ok=True)
    return tmp_path


def listed(folder: Path, name: str) -> list[str]:
    """The keys in the bibliography that bibtex or biber made, sorted."""
    bbl = (folder / f"{name}.bbl").read_text(encoding="utf-8")
    return sorted(re.findall(r"\\(?:bibitem|entry)\{(\w+)\}", bbl))


@needs("bibtex", files=("plain.bst",))
def test_bibtex_takes_the_file_without_a_warning(folder):
    aux = "\\citation{*}\n\\bibstyle{plain}\n\\bibdata{sample}\n"
    (folder / "all.aux").write_text(aux, encoding="ascii")
    assert warnings(run(folder, "bibtex", "all")) == []
    assert listed(folder, "all") == sorted(KEYS)


@needs("biber")
def test_biber_takes_the_file_without_a_warning(folder):
    output = run(folder, "biber", "--tool", "--validate-datamodel", "sample.bib")
    assert warnings(output) == []


@needs("pdflatex", "bibtex", files=("plain.bst",))
def test_a_document_cites_all_papers_in_the_plain_style(folder):
    assert warnings(typeset(folder, "plain", "pdflatex", "bibtex")) == []
    assert listed(folder, "plain") == sorted(KEYS)


@needs("pdflatex", "biber", files=("biblatex.sty",))
def test_a_document_cites_all_papers_with_biblatex(folder):
    assert warnings(typeset(folder, "biblatex", "pdflatex", "biber")) == []
    assert listed(folder, "biblatex") == sorted(KEYS)


@needs("xelatex", "biber", files=("biblatex.sty", "fontspec.sty"))
@needs_font
def test_a_document_prints_all_reviews(folder):
    log = typeset(folder, "annotated", "xelatex", "biber", rf"\def\cjkfont{{{FONT}}}")
    assert warnings(log) == []
    printed = re.findall(r"^printed review: (\w+)$", log, re.MULTILINE)
    assert sorted(printed) == sorted(paper.key for paper in PAPERS if paper.reviewed)
