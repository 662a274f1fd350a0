"""A Zotero library as papers with reviews."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.errors import NotFoundError, UsageError
from bibnotes.model import Review, ZoteroSource

from .setting import Setting

ANA = [{"creatorType": "author", "firstName": "Ana", "lastName": "Example"}]


def test_a_paper_has_its_review_and_its_place(setting: Setting) -> None:
    key = setting.store.add("book", title="A title", citationKey="ana21", tags=["精读", "NAS"])
    note = setting.store.add_note(key, "<p>看初始化时的激活</p>", ["bibnotes"])
    (paper,) = setting.papers()
    assert paper.review == Review("close-read", "看初始化时的激活")
    version = setting.store.item(key)["version"]
    assert paper.source == ZoteroSource(setting.library_id, key, version, note)
    assert (paper.id, paper.key, paper.made_up_key) == (key, "ana21", False)
    assert set(paper.keywords) == {"NAS", "精读"}


def test_only_a_note_with_the_tag_is_a_review(setting: Setting) -> None:
    key = setting.store.add("book", title="A title")
    setting.store.add_note(key, "<p>Something else</p>", ["other"])
    (paper,) = setting.papers()
    assert not paper.review


def test_papers_are_items_that_are_no_notes_no_files_and_not_in_the_trash(
    setting: Setting,
) -> None:
    key = setting.store.add("book", title="A title")
    setting.store.add("attachment", title="A file")
    setting.store.add("note", note="<p>A note alone</p>")
    setting.store.trash(setting.store.add("book", title="In the trash"))
    assert [paper.id for paper in setting.papers()] == [key]


def test_made_up_keys_are_told_apart_by_letters_in_the_order_of_adding(setting: Setting) -> None:
    for title in ("On graphs", "Graphs", "Graphs!"):
        setting.store.add("book", title=title, date="2021", creators=ANA)
    setting.store.add("book", title="Pinned", citationKey="exampleGraphs2021a")
    assert [(paper.key, paper.made_up_key) for paper in setting.papers()] == [
        ("exampleGraphs2021", True),
        ("exampleGraphs2021b", True),
        ("exampleGraphs2021c", True),
        ("exampleGraphs2021a", False),
    ]


def test_an_item_that_says_nothing_has_a_key_too(setting: Setting) -> None:
    key = setting.store.add("book")
    (paper,) = setting.papers()
    assert (paper.key, paper.made_up_key) == (f"zotero{key}", True)


def test_a_paper_is_found_by_its_citation_key_or_its_item_key(setting: Setting) -> None:
    key = setting.store.add("book", title="Graphs", date="2021", creators=ANA)
    setting.store.add("book", title="Pinned", citationKey="pinned")
    library = setting.library()
    assert [paper.id for paper in library.find("exampleGraphs2021")] == [key]
    assert [paper.id for paper in library.find(key)] == [key]
    assert [paper.title for paper in library.find("pinned")] == ["Pinned"]
    assert library.find("nobody") == []


def test_two_notes_on_one_paper_are_a_problem(setting: Setting) -> None:
    key = setting.store.add("book", title="A title", citationKey="ana21")
    first = setting.store.add_note(
        key, "<p>one</p>", ["bibnotes"], dateAdded="2026-01-01T00:00:00Z"
    )
    second = setting.store.add_note(key, "<p>two</p>", ["bibnotes"])
    library = setting.library()
    (paper,) = library.papers()
    assert isinstance(paper.source, ZoteroSource)
    assert (paper.review.text, paper.source.note) == ("one", first)
    (problem,) = library.problems()
    assert str(problem) == (
        f"{setting.library_id}/{key}: ana21: 2 notes are tagged bibnotes; {second} is not read"
    )


def test_a_review_that_belongs_to_no_paper_is_a_problem(setting: Setting) -> None:
    setting.store.add("note", note="<p>A note alone</p>", tags=["bibnotes"])
    (problem,) = setting.library().problems()
    assert "belongs to no item" in problem.message


def test_a_review_that_belongs_to_no_paper_is_no_problem_of_a_selection(setting: Setting) -> None:
    collection = setting.store.add_collection("ICML 2021")
    setting.store.add("note", note="<p>A note alone</p>", tags=["bibnotes"])
    assert setting.library(collection=collection).problems() == []
    assert setting.library("NAS").problems() == []


def test_what_says_two_things_is_remarked(setting: Setting) -> None:
    setting.store.add("book", title="One", citationKey="same", tags=["精读", "skim"])
    setting.store.add("book", title="Two", citationKey="same")
    library = setting.library()
    assert [paper.review.also for paper in library.papers()] == [("skim",), ()]
    assert [remark.message for remark in library.remarks()] == [
        "more than one priority: skim stands there too",
        "another item has the same citation key",
        "another item has the same citation key",
    ]
    assert library.problems() == []


def test_each_reader_sees_their_own_reviews(setting: Setting) -> None:
    key = setting.store.add("book", title="A title", tags=["精读 (ana)", "skim (bo)", "兴趣文章"])
    setting.store.add_note(key, "<p>Ana's</p>", ["bibnotes: ana"])
    setting.store.add_note(key, "<p>Bo's</p>", ["bibnotes: Bo"])
    setting.store.add_note(key, "<p>Nobody's</p>", ["bibnotes"])
    reviews = [setting.papers(reader=reader)[0].review for reader in ("ana", "bo", None)]
    assert reviews == [
        Review("close-read", "Ana's"),
        Review("skim", "Bo's"),
        Review("interesting", "Nobody's"),
    ]
    assert setting.library(reader="ana").problems() == []


def test_a_collection_is_named_by_name_or_key_and_holds_what_is_in_itself(
    setting: Setting,
) -> None:
    outer = setting.store.add_collection("ICML 2021")
    inner = setting.store.add_collection("Oral", outer)
    setting.store.add("book", title="outer", collections=[outer])
    setting.store.add("book", title="inner", collections=[inner])
    setting.store.add("book", title="neither")
    assert setting.titles(collection="ICML 2021") == ["outer"]
    assert setting.titles(collection="icml 2021") == ["outer"]
    assert setting.titles(collection=inner) == ["inner"]
    assert setting.library(collection="Oral").name.endswith("/ICML 2021/Oral")
    assert setting.titles(collection="ICML 2021/Oral") == ["inner"]
    assert setting.titles(collection="icml 2021/oral") == ["inner"]
    with pytest.raises(NotFoundError):
        setting.titles(collection="Oral/ICML 2021")


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ([], "It has none at all."),
        (["图神经网络", "ICML 2021"], "Did you mean ICML 2021?"),
        (["图神经网络", "NAS"], "There are NAS, 图神经网络."),
        ([*"abcdefghijkl"], "There are a, b, c, d, e, f, g, h, i, j and 2 more."),
    ],
)
def test_a_collection_that_is_not_there(setting: Setting, names: list[str], hint: str) -> None:
    for name in names:
        setting.store.add_collection(name)
    with pytest.raises(NotFoundError) as error:
        setting.papers(collection="ICML 2020")
    assert error.value.hint == hint


def test_a_name_that_two_collections_have(setting: Setting) -> None:
    outer = setting.store.add_collection("ICML")
    keys = sorted(
        [setting.store.add_collection("Oral"), setting.store.add_collection("Oral", outer)]
    )
    with pytest.raises(UsageError) as error:
        setting.papers(collection="Oral")
    assert all(key in error.value.hint for key in keys)
    assert "ICML/Oral" in error.value.hint


def test_more_than_a_hundred_collections(setting: Setting) -> None:
    for number in range(120):
        setting.store.add_collection(f"{number:03}")
    assert setting.papers(collection="119") == []


def test_tags_are_all_needed_and_their_case_does_not_matter(setting: Setting) -> None:
    setting.store.add("book", title="both", tags=["NAS", "精读"])
    setting.store.add("book", title="one", tags=["nas"])
    titles = [paper.title for paper in setting.papers("NAS")]
    assert titles == ["both", "one"]
    assert [paper.title for paper in setting.papers("nas", "精读")] == ["both"]
    assert setting.papers("other") == []


def test_a_library_is_called_what_zotero_calls_it(
    web_setting: Setting, local_setting: Setting
) -> None:
    local_setting.fill(1)
    assert local_setting.library().name == "My Library"
    web_setting.server.api.libraries["groups/5001"].add("book", title="x")
    assert web_setting.library(id="group/5001").name == "Members Group"
    assert web_setting.library(id="group/5002").name == "group/5002"  # while it is empty


def test_the_address_has_server_library_and_reader(
    web_setting: Setting, local_setting: Setting
) -> None:
    url = web_setting.server.url
    library = web_setting.library(id="group/5001", reader="ana")
    assert library.address == f"zotero-web:{url}/group/5001?reader=ana"
    server_id = local_setting.server.api.server_id
    assert local_setting.library().address == f"zotero-local:{server_id}/user/0"


def test_a_library_is_read_once(setting: Setting) -> None:
    setting.fill(2)
    library = setting.library()
    with setting.counted() as requests:
        assert list(library.papers()) == list(library.papers(abstracts=False))
        library.find("x")
        library.problems()
    assert len(requests) == 1


def test_the_library_of_another_user(web_setting: Setting) -> None:
    web_setting.fill(1)
    assert web_setting.titles(id="user/475001") == ["0"]


def test_a_settings_object_is_not_changed(setting: Setting) -> None:
    before = replace(setting.settings)
    setting.papers(collection=None)
    assert setting.settings == before
