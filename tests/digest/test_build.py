"""Groups, counts and order of a digest."""

import pytest

from bibnotes.digest.build import build, default_title, link, ordered, zotero_link
from bibnotes.model import Name, Paper, Review, ZoteroSource
from bibnotes.scale import DEFAULT_LEVELS, Scale


def paper(key, priority=None, text="", **fields):
    return Paper(key, key, review=Review(priority, text), **fields)


def shape(digest):
    return [(group.id, group.label, [p.key for p in group.papers]) for group in digest.groups]


PAPERS = [
    paper("a", year="2020"),
    paper("b", None, "Text.", year="2021"),
    paper("c", "skim", year="in press"),
    paper("d", "close-read", "Text.", year="2021"),
    paper("e", "skim"),
]


def test_groups_stand_in_the_scales_order_and_papers_in_the_librarys():
    assert shape(build(PAPERS)) == [
        ("close-read", "Close read", ["d"]),
        ("skim", "Skim", ["c", "e"]),
        ("reviewed", "Reviewed", ["b"]),
        ("unread", "Not yet reviewed", ["a"]),
    ]


def test_groups_have_labels_in_the_chosen_language():
    labels = [label for _, label, _ in shape(build(PAPERS, language="zh"))]
    assert labels == ["精读", "略读", "已写短评", "未读"]


def test_a_scale_of_the_users_decides_order_and_counts():
    digest = build(PAPERS, scale=Scale(DEFAULT_LEVELS[::-1]))
    assert [group.id for group in digest.groups] == ["skim", "close-read", "reviewed", "unread"]
    assert [count.id for count in digest.counts][:3] == ["skim", "interesting", "close-read"]


def test_a_priority_that_left_the_scale_keeps_its_papers_together():
    digest = build([paper("a"), paper("b", "urgent")])
    assert shape(digest) == [("urgent", "urgent", ["b"]), ("unread", "Not yet reviewed", ["a"])]
    assert digest.total == 2


def test_years_stand_with_the_newest_first_and_none_last():
    assert shape(build(PAPERS, group_by="year")) == [
        ("2021", "2021", ["b", "d"]),
        ("2020", "2020", ["a"]),
        ("in press", "in press", ["c"]),
        ("", "No year", ["e"]),
    ]


@pytest.mark.parametrize("group_by", ["priority", "year"])
def test_counts_are_by_priority_whatever_the_groups_are(group_by):
    digest = build(PAPERS, group_by=group_by)
    assert [(count.id, count.papers) for count in digest.counts] == [
        ("close-read", 1),
        ("interesting", 0),
        ("skim", 2),
        ("reviewed", 1),
        ("unread", 1),
    ]
    assert digest.total == 5


def test_no_papers_make_no_groups():
    digest = build([])
    assert digest.groups == ()
    assert digest.total == 0


def test_papers_are_sorted_within_their_groups():
    papers = [paper("z", "skim"), paper("y"), paper("x", "skim")]
    assert shape(build(papers, sort="key")) == [
        ("skim", "Skim", ["x", "z"]),
        ("unread", "Not yet reviewed", ["y"]),
    ]


KEYS = [
    paper("b", title="Éclair", authors=(Name("Zhao", given="Ann"), Name("Abel")), year="2019/2020"),
    paper("C", title="zebra", authors=(Name("Zhao", given="Al"),), year="2021"),
    paper("a", title="", authors=(), year="in press"),
    paper("D", title="apple", authors=(Name("Berg", prefix="van den"),), year="2020"),
]


@pytest.mark.parametrize(
    ("sort", "forward", "backward"),
    [
        ("file", "bCaD", "DaCb"),
        ("key", "abCD", "DCba"),
        ("title", "DbCa", "CbDa"),
        ("author", "DCba", "bCDa"),
        ("year", "CDba", "bDCa"),
    ],
)
def test_papers_without_the_field_come_last_in_either_direction(sort, forward, backward):
    assert "".join(p.key for p in ordered(KEYS, sort)) == forward
    assert "".join(p.key for p in ordered(KEYS, sort, reverse=True)) == backward


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"url": "https://example.org/p", "doi": "10.1/x"}, "https://example.org/p"),
        ({"doi": "10.1/x", "arxiv": "2101.00001"}, "https://doi.org/10.1/x"),
        ({"doi": "https://dx.doi.org/10.1/x"}, "https://doi.org/10.1/x"),
        ({"doi": "doi: 10.1/x"}, "https://doi.org/10.1/x"),
        ({"arxiv": "arXiv:2101.00001v2"}, "https://arxiv.org/abs/2101.00001v2"),
        ({"url": "javascript:alert(1)", "arxiv": "2101.00001"}, "https://arxiv.org/abs/2101.00001"),
        ({"url": "file:///etc/passwd"}, ""),
        ({}, ""),
    ],
)
def test_the_link_is_the_url_else_the_doi_else_the_arxiv_id(fields, address):
    assert link(paper("a", **fields)) == address


def test_a_paper_from_zotero_can_always_be_shown_there():
    item = ZoteroSource("group/5001", "ABCD2345", 7)
    address = "zotero://select/groups/5001/items/ABCD2345"
    assert link(paper("a", source=item)) == zotero_link(paper("a", source=item)) == address
    assert link(paper("a", source=item, doi="10.1/x")) == "https://doi.org/10.1/x"
    assert zotero_link(paper("a", doi="10.1/x")) == ""


@pytest.mark.parametrize(
    ("names", "language", "title"),
    [
        (["sample.bib"], "en", "Reading digest: sample.bib"),
        (["a.bib", "b.bib"], "zh", "阅读摘要：a.bib, b.bib"),
        (["-"], "en", "Reading digest"),
    ],
)
def test_a_digest_is_called_after_its_libraries(names, language, title):
    assert default_title(names, language) == title
