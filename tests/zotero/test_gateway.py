"""What the gateway asks, and what it makes of the answers."""

from __future__ import annotations

from itertools import count
from threading import Barrier, get_ident
from typing import Any

import pytest

from bibnotes.errors import NotAllowedError, NotReachableError
from bibnotes.zotero.connection import AnswerLostError
from bibnotes.zotero.gateway import AT_ONCE, Answer, Failure
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import Handle, answer, fail_objects, first, hang, is_write

from .setting import Setting


def test_a_page_holds_a_hundred_of_the_oldest_items(setting: Setting) -> None:
    keys = setting.fill(120)
    page = setting.gateway().items()
    assert [item["key"] for item in page.value] == keys[:100]
    assert page.total == 120
    assert page.version == setting.store.version


def test_all_pages_come_in_order_and_no_more_than_four_at_once(setting: Setting) -> None:
    keys = setting.fill(730)
    setting.server.faults.on(first(Barrier(4, timeout=5).wait), request=None, times=0)
    gateway = setting.gateway()
    pages = list(gateway.pages(lambda start: gateway.items(start=start), gateway.items()))
    assert [item["key"] for page in pages for item in page.value] == keys
    assert setting.server.log.most_at_once <= 4


def test_four_requests_are_under_way_at_once(setting: Setting) -> None:
    setting.fill(500)
    gateway = setting.gateway()
    page = gateway.items()
    setting.server.faults.on(first(Barrier(4, timeout=5).wait), times=4)
    assert len(list(gateway.pages(lambda start: gateway.items(start=start), page))) == 5
    assert setting.server.log.most_at_once == 4


def test_an_error_in_one_request_ends_the_others(setting: Setting) -> None:
    def ask(job: int) -> int:
        if job == 2:
            raise ArithmeticError
        return job

    answers = setting.gateway().in_parallel(ask, range(1000))
    assert next(answers) == 0
    with pytest.raises(ArithmeticError):
        list(answers)


def test_after_a_refusal_nothing_more_is_asked(setting: Setting) -> None:
    """Six wrong keys lock their owner out for five minutes."""
    asked: list[int] = []

    def ask(job: int) -> int:
        asked.append(job)
        if job:
            raise NotAllowedError(str(job))
        return job

    with pytest.raises(NotAllowedError):
        list(setting.gateway().in_parallel(ask, range(1000)))
    assert len(asked) <= 1 + AT_ONCE


def test_a_single_question_needs_no_threads(setting: Setting) -> None:
    here = [get_ident()]
    assert list(setting.gateway().in_parallel(lambda _job: get_ident(), [1])) == here
    assert list(setting.gateway().in_parallel(lambda _job: get_ident(), [])) == []


def test_what_every_zotero_has_is_missing_elsewhere(setting: Setting) -> None:
    setting.server.faults.on(answer(404), times=None)
    gateway = setting.gateway()
    for ask in (gateway.ping, gateway.greet, gateway.key_access):
        with pytest.raises(NotReachableError, match="not Zotero"):
            ask()


def test_a_desktop_that_hangs_is_asked_twice_and_not_for_long(local_setting: Setting) -> None:
    local_setting.ping_timeout = 0.2
    local_setting.server.faults.on(hang(1), times=None)
    with pytest.raises(NotReachableError, match="takes too long") as error:
        local_setting.gateway().ping()
    assert "Restart Zotero" in error.value.hint
    assert len(local_setting.lines) == 2


def test_only_a_few_answers_wait_in_memory(setting: Setting) -> None:
    """Of a library of any size, as long as nobody has taken the first ones."""
    asked: list[int] = []
    answers = setting.gateway().in_parallel(lambda job: asked.append(job) or job, count())
    assert [next(answers) for _ in range(100)] == [*range(100)]
    assert len(asked) <= 100 + 2 * AT_ONCE


def test_attachments_are_left_out(setting: Setting) -> None:
    (book,) = setting.fill(1)
    setting.store.add("attachment", parentItem=book, title="A file")
    note = setting.store.add_note(book, "<p>A note</p>")
    assert {item["key"] for item in setting.gateway().items().value} == {book, note}
    assert setting.gateway().versions().value.keys() == {book, note}  # type: ignore[union-attr]


def test_nothing_comes_where_nothing_changed(setting: Setting) -> None:
    setting.fill(3)
    gateway = setting.gateway()
    listed = gateway.versions()
    assert listed
    assert len(listed.value) == 3
    assert gateway.versions(unless=listed.version) is None
    assert gateway.changed_items(listed.version) is None


def test_what_changed_since_a_version_comes_alone(web_setting: Setting) -> None:
    keys = web_setting.fill(3)
    version = web_setting.store.version
    web_setting.store.edit(keys[1], title="New")
    web_setting.store.remove(keys[2])
    gateway = web_setting.gateway()
    changed = gateway.changed_items(version)
    assert changed
    assert [item["data"]["title"] for item in changed.value] == ["New"]
    assert gateway.deleted(version).value == [keys[2]]


def test_what_is_in_the_trash_comes_whatever_hangs_on_it(setting: Setting) -> None:
    """A note with pictures has them as children, which the desktop lists too."""
    (item,) = setting.fill(1)
    old, new = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    notes = [
        setting.store.add_note(item, f"<p>{n}</p>", dateModified=old, deleted=1) for n in range(50)
    ]
    for note in (*notes, *notes):
        setting.store.add("attachment", parentItem=note, dateModified=new)
    found = {each["key"] for each in setting.gateway().trashed(notes).value}
    assert found >= {*notes}


def test_items_come_by_their_keys_from_the_trash_too(web_setting: Setting) -> None:
    keys = web_setting.fill(60)
    web_setting.store.trash(keys[7])
    found = web_setting.gateway().items_of(keys[:50])
    assert {item["key"] for item in found.value} == set(keys[:50])


def test_the_desktop_adds_the_children_of_the_items(local_setting: Setting) -> None:
    (book,) = local_setting.fill(1)
    note = local_setting.store.add_note(book, "<p>A note</p>")
    found = local_setting.gateway().items_of([book])
    assert {item["key"] for item in found.value} == {book, note}


def test_parameters_do_not_leak_after_an_error(web_setting: Setting) -> None:
    web_setting.fill(3)
    gateway = web_setting.gateway()

    def broken(_request: Request, _handle: Handle) -> Response:
        return Response.text("[", content_type="application/json")

    web_setting.server.faults.on(broken)
    with pytest.raises(Exception, match="not Zotero"):
        gateway.changed_items(2)
    assert len(gateway.items().value) == 3


def test_a_page_that_does_not_say_how_many_there_are_is_not_taken_for_all(
    setting: Setting,
) -> None:
    def without_total(request: Request, handle: Handle) -> Response:
        response = handle(request)
        response.headers.pop("Total-Results", None)
        return response

    setting.fill(150)
    setting.server.faults.on(without_total, times=None)
    with pytest.raises(NotReachableError, match="not Zotero"):
        setting.papers()
    setting.server.faults.clear()
    assert len(setting.papers()) == 150


def test_the_key_says_what_it_may_do(web_setting: Setting) -> None:
    access = web_setting.gateway().key_access()
    assert (access.user_id, access.user) == (475001, "testuser")
    assert access.writes("user/475001")
    assert access.writes("group/5001")
    assert not access.reads("user/475002")


def test_groups_have_names(web_setting: Setting) -> None:
    groups = web_setting.gateway().groups()
    assert [(group.library, group.name) for group in groups] == [
        ("group/5001", "Members Group"),
        ("group/5002", "Admins Only Group"),
    ]
    assert [group.lets_edit(475001) for group in groups] == [True, False]


def test_the_desktop_names_its_groups(local_setting: Setting) -> None:
    local_setting.server.api.add_group(5001, "Members Group")
    (group,) = local_setting.gateway().groups()
    assert (group.library, group.name) == ("group/5001", "Members Group")


def test_every_object_of_a_write_has_its_own_end(web_setting: Setting) -> None:
    (book,) = web_setting.fill(1)
    version = web_setting.store.item(book)["version"]
    web_setting.server.faults.on(fail_objects(413, "Too long", which=lambda i, _: i == 3))
    new, stale, same, failed = (
        web_setting.gateway()
        .write(
            [
                {"key": "ABCD2345", "version": 0, "itemType": "book", "title": "New"},
                {"key": book, "version": version - 1, "title": "Stale"},
                {"key": book, "version": version, "title": "0"},
                {"itemType": "book", "title": "Long"},
            ]
        )
        .value
    )
    assert (new.key, new.data and new.data["title"], new.failure) == ("ABCD2345", "New", None)
    assert stale.failure
    assert stale.failure.code == 412
    assert (same.key, same.data, same.failure) == (book, None, None)
    assert failed.failure == Failure(413, "Too long")


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"successful": {}, "unchanged": {}, "failed": {}},
        {"successful": {"0": "ABCD2345"}},
        {"successful": {"0": {"key": None, "data": {}}}},
        {"unchanged": {"0": {}}},
        {"failed": {"0": "no"}},
        {"failed": {"0": {"code": 0, "message": "no"}}},
    ],
)
def test_an_answer_that_does_not_tell_what_became_of_an_object_is_none(
    web_setting: Setting, said: Any
) -> None:
    def unclear(_request: Request, _handle: Handle) -> Response:
        return Response.json(said, {"Last-Modified-Version": "9"})

    web_setting.server.faults.on(unclear, when=is_write)
    with pytest.raises(AnswerLostError, match="makes sense"):
        web_setting.gateway().write([{"itemType": "book"}])


def test_what_was_deleted_is_not_taken_from_an_answer_that_makes_no_sense(
    web_setting: Setting,
) -> None:
    def empty(_request: Request, _handle: Handle) -> Response:
        return Response.json({}, {"Last-Modified-Version": "9"})

    web_setting.server.faults.on(empty)
    with pytest.raises(NotReachableError, match="not Zotero"):
        web_setting.gateway().deleted(since=1)


def test_a_leave_to_write_that_makes_no_sense_is_none(local_setting: Setting) -> None:
    def empty(_request: Request, _handle: Handle) -> Response:
        return Response.json({})

    local_setting.server.faults.on(empty, when=is_write)
    with pytest.raises(NotReachableError, match="not Zotero"):
        local_setting.gateway().ask_consent("bibnotes", lambda _seconds: None)


def test_the_desktop_may_give_a_text_as_the_code_of_a_failure(web_setting: Setting) -> None:
    web_setting.server.faults.on(fail_objects("Cannot save", None), when=is_write)
    (written,) = web_setting.gateway().write([{"itemType": "book"}]).value
    assert written.failure == Failure(0, "Cannot save")


def test_an_answer_knows_its_version(setting: Setting) -> None:
    assert setting.gateway().collections() == Answer([], setting.store.version, 0)
