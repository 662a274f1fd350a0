"""Items as Zotero gives them, as papers."""

from __future__ import annotations

from typing import Any

import pytest

from bibnotes.model import Name, Paper, Review, ZoteroSource
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.zotero import items

ANA = {"creatorType": "author", "firstName": "Ana", "lastName": "Example"}
BO = {"creatorType": "editor", "firstName": "Bo", "lastName": "Example"}


def paper(**data: Any) -> Paper:
    data = {"itemType": "journalArticle", "title": "A title", "tags": [], **data}
    kept = items.kept({"data": data, "meta": {}})
    citation = items.citation_key(kept)
    return items.paper(
        "ABCD2345", 7, kept, library="user/1", citation=citation, review=Review(), note=None
    )


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("H<sub>2</sub>O in <i>E. coli</i>", "H2O in E. coli"),
        ('<span class="nocase">AlphaFold</span> and <sc>x</sc>', "AlphaFold and x"),
        ("<script>alert(1)</script> a<b and c>d", "<script>alert(1)</script> a<b and c>d"),
    ],
)
def test_markup_is_no_part_of_a_title(title: str, read: str) -> None:
    assert paper(itemType="book", title=title).title == read


def test_a_conference_paper() -> None:
    found = paper(
        itemType="conferencePaper",
        title="Neural Architecture Search without Training",
        creators=[ANA],
        date="2021-07-01",
        proceedingsTitle="ICML 2021",
        publisher="PMLR",
        abstractNote="The abstract.",
        DOI="https://doi.org/10.1/x",
        url="https://example.org/x",
        citationKey="mellor21a",
        tags=[{"tag": "NAS"}, {"tag": "精读", "type": 1}],
    )
    assert found == Paper(
        id="ABCD2345",
        key="mellor21a",
        type="inproceedings",
        title="Neural Architecture Search without Training",
        authors=(Name("Example", given="Ana"),),
        year="2021",
        venue="ICML 2021",
        abstract="The abstract.",
        doi="10.1/x",
        url="https://example.org/x",
        keywords=("NAS", "精读"),
        source=ZoteroSource("user/1", "ABCD2345", 7),
    )


@pytest.mark.parametrize(
    ("item_type", "field", "kind"),
    [
        ("journalArticle", "publicationTitle", "article"),
        ("bookSection", "bookTitle", "incollection"),
        ("preprint", "repository", "misc"),
        ("thesis", "university", "phdthesis"),
        ("report", "institution", "techreport"),
        ("book", "publisher", "book"),
        ("webpage", "websiteTitle", "misc"),
        ("presentation", "meetingName", "misc"),
    ],
)
def test_each_type_has_its_venue(item_type: str, field: str, kind: str) -> None:
    found = paper(itemType=item_type, **{field: "There"})
    assert (found.venue, found.type) == ("There", kind)


@pytest.mark.parametrize(
    ("date", "parsed", "year"),
    [
        ("2021", "", "2021"),
        ("July 3, 2021", "2021-07-03", "2021"),
        ("3/7/2021", "", "2021"),
        ("2021年7月", "", "2021"),
        ("in press", "", "in press"),
        ("", "", ""),
    ],
)
def test_the_year_of_a_date(date: str, parsed: str, year: str) -> None:
    meta = {"parsedDate": parsed} if parsed else {}
    kept = items.kept({"data": {"itemType": "book", "date": date}, "meta": meta})
    made = items.paper(
        "K", 1, kept, library="user/1", citation=("k", False), review=Review(), note=None
    )
    assert made.year == year


@pytest.mark.parametrize(
    ("creator", "name"),
    [
        ({"firstName": "Ludwig", "lastName": "van Example"}, Name("Example", "Ludwig", "van")),
        ({"firstName": "三", "lastName": "张"}, Name("张", "三")),
        ({"name": "张三"}, Name("张三")),
        ({"name": "European Example Agency"}, Name("European Example Agency")),
        ({"firstName": "Ana", "lastName": ""}, Name("Ana")),
        ({"firstName": "", "lastName": "de"}, Name("de")),
    ],
)
def test_names(creator: dict[str, str], name: Name) -> None:
    assert paper(creators=[{"creatorType": "author", **creator}]).authors == (name,)


def test_editors_count_where_there_is_no_author() -> None:
    assert [str(name) for name in paper(creators=[BO, ANA]).authors] == ["Ana Example"]
    assert [str(name) for name in paper(creators=[BO]).authors] == ["Bo Example"]
    translator = {**BO, "creatorType": "translator"}
    assert [str(name) for name in paper(creators=[translator]).authors] == ["Bo Example"]


def test_a_presenter_is_an_author() -> None:
    presenter = {**ANA, "creatorType": "presenter"}
    found = paper(itemType="presentation", creators=[BO, presenter])
    assert [str(name) for name in found.authors] == ["Ana Example"]


def test_a_citation_key_is_the_native_one_then_that_of_extra() -> None:
    extra = "arXiv: 2106.01345 [cs]\nCitation Key: fromExtra\nDOI: 10.1/y\n"
    both = paper(citationKey="native", extra=extra)
    assert (both.key, both.made_up_key) == ("native", False)
    one = paper(extra=extra)
    assert (one.key, one.made_up_key) == ("fromExtra", False)
    assert (one.arxiv, one.doi) == ("2106.01345", "10.1/y")


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ("tex.ids:\nCitation Key: z", "z"),
        ("Note:\r\n  citation key :  foo2020  \r\n", "foo2020"),
        ("Citation Key: \n\nsome words", "Title"),
        ("Citation Key:\nDOI: 10.1/x", "Title"),
        ("PMID: 1\n\ncitation key: a\nCitation Key: b", "a"),
        ("https://x: Citation Key: a", "Title"),
    ],
)
def test_each_line_of_extra_stands_for_itself(extra: str, key: str) -> None:
    assert paper(title="A title", extra=extra).key == key


def test_a_citation_key_is_made_up_where_there_is_none() -> None:
    found = paper(creators=[ANA], date="2021-07")
    assert (found.key, found.made_up_key) == ("exampleTitle2021", True)


@pytest.mark.parametrize(
    "place",
    [
        {"archiveID": "arXiv:2106.01345"},
        {"url": "http://arxiv.org/abs/2106.01345v2"},
        {"extra": "arXiv:2106.01345"},
    ],
)
def test_an_arxiv_number_stands_in_several_places(place: dict[str, str]) -> None:
    assert paper(itemType="preprint", **place).arxiv == "2106.01345"


def test_a_law_and_a_letter_have_titles_too() -> None:
    assert paper(itemType="statute", title="", nameOfAct="An Act").title == "An Act"
    assert paper(itemType="case", title="", caseName="A v. B").title == "A v. B"


def tags(*names: str) -> list[dict[str, str]]:
    return [{"tag": name} for name in names]


@pytest.mark.parametrize(
    ("names", "reader", "levels"),
    [
        (["精读"], None, ["close-read"]),
        (["【精读】", "skim", "other"], None, ["close-read", "skim"]),
        (["精读 (ana)"], None, []),
        (["精读 (ana)", "skim"], "ana", ["close-read"]),
        (["must-read(Ana)"], "ana", ["close-read"]),
        (["other (ana)"], "ana", []),
    ],
)
def test_priorities_are_tags_with_the_reader_in_brackets(
    names: list[str], reader: str | None, levels: list[str]
) -> None:
    assert items.levels(tags(*names), DEFAULT_SCALE, reader) == levels


@pytest.mark.parametrize(
    ("names", "readers"),
    [
        (["bibnotes"], [""]),
        (["Bibnotes "], [""]),
        (["bibnotes: ana", "x"], ["ana"]),
        (["bibnotes:ana"], ["ana"]),
        (["bibnotes:"], []),
        (["my bibnotes", "bibnotes ana"], []),
    ],
)
def test_a_note_says_whose_review_it_is(names: list[str], readers: list[str]) -> None:
    assert list(items.readers(tags(*names))) == readers
