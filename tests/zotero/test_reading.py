"""The cache becomes what the library is, whatever happens on the way, and with few requests."""

from __future__ import annotations

import pytest

from bibnotes.errors import BibnotesError, ConflictError, NotReachableError
from tests.zotero_server.faults import answer, first

from .setting import Setting


def test_a_library_that_nobody_changed_costs_two_requests(setting: Setting) -> None:
    setting.fill(230)
    assert len(setting.papers()) == 230
    with setting.counted() as requests:
        assert len(setting.papers()) == 230
    assert len(requests) == setting.before + 1
    assert requests[-1].endswith("304")


def test_two_hundred_papers_are_read_with_three_requests(setting: Setting) -> None:
    setting.fill(200)
    with setting.counted() as requests:
        assert len(setting.papers()) == 200
    assert len(requests) == setting.before + 2


def test_a_few_changes_cost_one_request_more(setting: Setting) -> None:
    keys = setting.fill(230)
    setting.papers()
    setting.store.edit(keys[3], title="changed")
    setting.store.remove(keys[4])
    setting.store.trash(keys[5])
    setting.store.add("book", title="new")
    with setting.counted() as requests:
        titles = setting.titles()
    assert titles == ["0", "1", "2", "changed", *map(str, range(6, 230)), "new"]
    assert len(requests) == setting.before + 2


def test_an_empty_library(setting: Setting) -> None:
    assert setting.papers() == []
    assert setting.papers() == []
    setting.store.add("book", title="new")
    assert setting.titles() == ["new"]


def test_what_comes_back_from_the_trash_comes_with_its_note(setting: Setting) -> None:
    (key,) = setting.fill(1)
    setting.store.add_note(key, "<p>A review</p>", ["bibnotes"])
    setting.papers()
    setting.store.trash(key)
    assert setting.papers() == []
    setting.store.restore(key)
    (paper,) = setting.papers()
    assert paper.review.text == "A review"


def test_a_note_that_is_trashed_is_no_review(setting: Setting) -> None:
    (key,) = setting.fill(1)
    note = setting.store.add_note(key, "<p>A review</p>", ["bibnotes"])
    setting.papers()
    setting.store.trash(note)
    (paper,) = setting.papers()
    assert not paper.review


def test_progress_is_told_up_to_the_end(setting: Setting) -> None:
    setting.fill(230)
    setting.papers()
    assert setting.seen == [(100, 230), (200, 230), (230, 230)]


def test_what_was_read_before_an_interruption_is_not_read_again(setting: Setting) -> None:
    setting.fill(450)
    setting.server.faults.on(
        answer(503), when=lambda request: request.param("start") in ("300", "400"), times=None
    )
    with pytest.raises(NotReachableError):
        setting.papers()
    setting.server.faults.clear()
    with setting.counted() as requests:
        assert len(setting.papers()) == 450
    assert len(requests) == setting.before + 1 + 3  # all versions; 150 by key, 50 at once


@pytest.mark.parametrize("request_number", [2, 3, 4])
def test_a_library_that_changes_while_it_is_read_is_read_as_it_then_is(
    setting: Setting, request_number: int
) -> None:
    keys = setting.fill(230)

    def meddle() -> None:
        setting.store.remove(keys[0])  # all pages move by one
        setting.store.edit(keys[150], title="changed")
        setting.store.add("book", title="new")

    setting.server.faults.on(first(meddle), request=request_number)
    expected = [str(number) for number in range(1, 230)]
    expected[149] = "changed"
    assert setting.titles() == [*expected, "new"]


@pytest.mark.parametrize("request_number", [2, 3])
def test_a_library_that_changes_while_changes_are_read(
    setting: Setting, request_number: int
) -> None:
    keys = setting.fill(12)
    setting.papers()
    setting.store.remove(keys[1])
    setting.store.edit(keys[3], title="changed")
    setting.server.log.clear()
    setting.server.faults.on(first(lambda: setting.store.remove(keys[2])), request=request_number)
    assert setting.titles() == ["0", "changed", *map(str, range(4, 12))]


def test_a_library_that_never_rests_is_given_up(setting: Setting) -> None:
    (key, *_) = setting.fill(120)
    setting.server.faults.on(first(lambda: setting.store.edit(key, title="again")), times=None)
    with pytest.raises(ConflictError, match="changes while it is read"):
        setting.papers()
    setting.server.faults.clear()
    assert len(setting.papers()) == 120


def test_the_next_run_goes_on_from_where_it_really_is(setting: Setting) -> None:
    """A run that dies between the changes and their end leaves no gap."""
    keys = setting.fill(12)
    setting.papers()
    setting.store.edit(keys[1], title="changed")
    setting.store.remove(keys[2])
    setting.server.log.clear()
    setting.server.faults.on(answer(403), request=3)
    with_error = setting.kind == "web"
    if with_error:
        with pytest.raises(BibnotesError):
            setting.papers()
    else:
        setting.server.faults.on(answer(418), request=3)
        with pytest.raises(BibnotesError):
            setting.papers()
    setting.server.faults.clear()
    assert setting.titles() == ["0", "changed", *map(str, range(3, 12))]


def test_collections_cost_no_request_where_nothing_changed(setting: Setting) -> None:
    collection = setting.store.add_collection("ICML 2021")
    setting.store.add("book", title="inside", collections=[collection])
    setting.store.add("book", title="outside")
    assert setting.titles(collection="ICML 2021") == ["inside"]
    with setting.counted() as requests:
        assert setting.titles(collection="ICML 2021") == ["inside"]
    assert len(requests) == setting.before + 1


def test_a_collection_that_was_renamed_is_known_by_its_new_name(setting: Setting) -> None:
    collection = setting.store.add_collection("Old")
    setting.store.add("book", title="inside", collections=[collection])
    assert setting.titles(collection="Old") == ["inside"]
    setting.store.save("collections", collection, {"name": "New", "parentCollection": False})
    assert setting.titles(collection="New") == ["inside"]
