"""What is sent to Zotero for a change, and what it leaves as it is."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from bibnotes import journal
from bibnotes.journal import Journal
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.zotero.derived_keys import derived_key
from bibnotes.zotero.opening import open_library
from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import (
    Condition,
    Fault,
    Handle,
    cut_after,
    cut_before,
    fail_objects,
    first,
    is_write,
)

from .setting import Setting

TAGS = [{"tag": "NAS"}, {"tag": "automatic", "type": 1}]


def change(
    setting: Setting,
    review: Review,
    item: str | None = None,
    *,
    accepts_loss: bool = False,
    **settings: str,
) -> Outcome:
    """Give the only paper, or the one with this key, this review."""
    library = setting.library(accepts_loss=accepts_loss, **settings)
    papers = [paper for paper in library.papers() if item in (None, paper.id)]
    prepared = library.prepare([Change(papers[0].id, papers[0].review, review)])
    ends: list[Outcome] = []
    prepared.apply(ends.append)
    return ends[-1] if ends else prepared.outcomes[0]


def take_back(setting: Setting, outcome: Outcome, **settings: str) -> Outcome:
    library = setting.library(**settings)
    prepared = library.prepare([outcome.change.reversed(outcome.restore)])
    ends: list[Outcome] = []
    prepared.apply(ends.append)
    return ends[-1] if ends else prepared.outcomes[0]


def after_the_first_write() -> Condition:
    seen: list[Request] = []

    def condition(request: Request) -> bool:
        if is_write(request):
            seen.append(request)
        return len(seen) > 1 and is_write(request)

    return condition


def sent(setting: Setting) -> list[list[dict[str, Any]]]:
    """The objects of each write of items that was let in."""
    writes = (each.request for each in setting.server.log.writes if each.status == 200)
    return [json.loads(request.body) for request in writes if request.path.endswith("/items")]


def review_of(setting: Setting, **properties: Any) -> str:
    """A paper with a review; the key of its note."""
    (item,) = setting.fill(1, tags=TAGS)
    return setting.store.add_note(item, "<p>old</p>", ["bibnotes", "mine"], **properties)


def test_a_text_is_sent_without_the_tags(setting: Setting) -> None:
    note = review_of(setting)
    change(setting, Review(None, "new"))
    assert [[{*each} for each in batch] for batch in sent(setting)] == [
        [{"key", "version", "note"}]
    ]
    assert setting.store.item(note)["tags"] == [{"tag": "bibnotes"}, {"tag": "mine"}]


def test_a_priority_changes_one_tag_and_keeps_the_others_with_their_types(setting: Setting) -> None:
    (item,) = setting.fill(1, tags=[*TAGS, "略读"])
    change(setting, Review("close-read"))
    tags = setting.store.item(item)["tags"]
    assert sorted(tags, key=str) == sorted([*TAGS, {"tag": "close-read"}], key=str)
    assert [[{*each} for each in batch] for batch in sent(setting)] == [
        [{"key", "version", "tags"}]
    ]


def test_all_tags_that_mean_a_priority_go_when_it_is_removed_and_come_back(
    setting: Setting,
) -> None:
    (item,) = setting.fill(1, tags=["NAS", "精读", "skim"])
    outcome = change(setting, Review())
    assert setting.store.item(item)["tags"] == [{"tag": "NAS"}]
    assert take_back(setting, outcome).status is Status.DONE
    assert {tag["tag"] for tag in setting.store.item(item)["tags"]} == {"NAS", "精读", "skim"}


def test_items_and_notes_go_together_50_at_a_time(setting: Setting) -> None:
    setting.fill(60)
    library = setting.library()
    review = Review("skim", "text")
    prepared = library.prepare([Change(p.id, p.review, review) for p in library.papers()])
    prepared.apply(lambda _outcome: None)
    assert [len(batch) for batch in sent(setting)] == [50, 50, 20]


def test_a_request_stays_small_and_a_papers_objects_in_it(setting: Setting) -> None:
    setting.fill(7)
    library = setting.library()
    review = Review("skim", "好" * 100_000)
    prepared = library.prepare([Change(p.id, p.review, review) for p in library.papers()])
    prepared.apply(lambda _outcome: None)
    assert [len(batch) for batch in sent(setting)] == [6, 6, 2]


def small(most: int) -> Fault:
    """A proxy that takes requests of so many bytes at most."""

    def fault(request: Request, handle: Handle) -> Response:
        if len(request.body) <= most:
            return handle(request)
        return Response.text("Request Entity Too Large", {}, 413, "text/html")

    return fault


def test_a_request_that_is_too_large_is_made_smaller_and_only_a_paper_that_is_too_large_fails(
    setting: Setting,
) -> None:
    setting.allow_writing()
    items = setting.fill(5)
    setting.server.faults.on(small(20_000), when=is_write, times=None)
    texts = ["short", "x" * 9_000, "y" * 30_000, "z" * 9_000, "short too"]
    library = setting.library()
    prepared = library.prepare(
        Change(item, Review(), Review("skim", text))
        for item, text in zip(items, texts, strict=True)
    )
    ends: dict[str, Outcome] = {}
    prepared.apply(lambda outcome: ends.update({outcome.change.paper: outcome}))
    assert [ends[item].status.value for item in items] == ["done", "done", "failed", "done", "done"]
    assert "refuses it as too large (413)" in ends[items[2]].reason
    written = [bool(setting.store.notes(item)) for item in items]
    assert written == [True, True, False, True, True]
    assert setting.store.item(items[2])["tags"] == []


def test_nothing_to_change_costs_no_request(setting: Setting) -> None:
    setting.fill(1)
    library = setting.library()
    assert list(library.papers())
    with setting.counted() as requests:
        assert library.prepare([]).outcomes == []
    assert requests == []


def test_a_removed_text_goes_to_the_trash_and_comes_back_from_there(setting: Setting) -> None:
    note = review_of(setting)
    outcome = change(setting, Review())
    assert setting.store.item(note)["deleted"]
    assert take_back(setting, outcome).status is Status.DONE
    restored = setting.store.item(note)
    assert not restored.get("deleted")
    assert restored["note"] == "<p>old</p>"


def test_a_note_that_was_deleted_for_good_meanwhile_is_made_again(setting: Setting) -> None:
    note = review_of(setting)
    outcome = change(setting, Review())
    parent = setting.store.item(note)["parentItem"]
    setting.store.remove(note)
    assert take_back(setting, outcome).status is Status.DONE
    assert [each["note"] for each in setting.store.notes(parent)] == ["<p>old</p>"]


def test_what_others_do_to_a_note_after_the_change_is_not_undone(setting: Setting) -> None:
    note = review_of(setting)
    outcome = change(setting, Review(None, "new"))
    setting.store.edit(note, tags=["bibnotes", "mine", "theirs"])
    assert take_back(setting, outcome).status is Status.DONE
    now = setting.store.item(note)
    assert now["note"] == "<p>old</p>"
    assert {"tag": "theirs"} in now["tags"]


class TestSeveralReviewsOfOnePaper:
    """Nobody knows which note is meant."""

    @pytest.fixture
    def notes(self, setting: Setting) -> list[str]:
        note = review_of(setting)
        parent = setting.store.item(note)["parentItem"]
        return [note, setting.store.add_note(parent, "<p>other</p>", ["bibnotes"])]

    def htmls(self, setting: Setting, notes: list[str]) -> list[str]:
        parent = setting.store.item(notes[0])["parentItem"]
        return [note["note"] for note in setting.store.notes(parent)]

    @pytest.mark.parametrize("text", ["", "new"])
    def test_none_is_removed_or_changed(
        self, setting: Setting, notes: list[str], text: str
    ) -> None:
        outcome = change(setting, Review("skim", text))
        assert outcome.status is Status.REFUSED
        assert f"several of its notes are tagged bibnotes ({', '.join(notes)})" in outcome.reason
        assert self.htmls(setting, notes) == ["<p>old</p>", "<p>other</p>"]

    def test_its_priority_can_be_set(self, setting: Setting, notes: list[str]) -> None:
        assert change(setting, Review("skim", "old")).status is Status.DONE
        item = setting.store.item(setting.store.item(notes[0])["parentItem"])
        assert {"tag": "skim"} in item["tags"]
        assert self.htmls(setting, notes) == ["<p>old</p>", "<p>other</p>"]


@pytest.mark.parametrize("text", ["bell \x07", "lone \ud800"])
def test_what_zotero_would_drop_is_refused(setting: Setting, text: str) -> None:
    setting.fill(1)
    assert change(setting, Review(None, text)).status is Status.REFUSED
    assert not setting.server.log.writes


class TestAReasonThatHoldsForBothParts:
    """It is told once."""

    def test_of_the_server(self, web_setting: Setting) -> None:
        review_of(web_setting)
        web_setting.server.faults.on(fail_objects(400, "no"), when=is_write, times=None)
        assert change(web_setting, Review("skim", "new")).reason == "no"

    def test_of_the_plan(self, web_setting: Setting) -> None:
        web_setting.fill(1)
        outcome = change(web_setting, Review("skim", "new"), reader="x" * 300)
        assert outcome.reason == "a tag in Zotero has at most 255 characters"


def test_a_new_way_back_is_no_progress(web_setting: Setting) -> None:
    """The key that a note was to get belongs to something that bibnotes does not read."""
    (item,) = web_setting.fill(1)
    web_setting.store.add("attachment", key=derived_key(item, None, 0), title="Else")
    seen: list[tuple[int, int]] = []
    watched = replace(
        web_setting.surroundings,
        writing=lambda: nullcontext(lambda done, total: seen.append((done, total))),
    )
    library = open_library(web_setting.settings, watched)
    library.prepare([Change(item, Review(), Review(None, "text"))]).apply(lambda _outcome: None)
    assert seen == [(0, 1), (1, 1)]


def test_a_note_that_says_the_same_in_other_html_is_left_alone(setting: Setting) -> None:
    """As the editor of the desktop rewrites it."""
    (item,) = setting.fill(1)
    html = '<div data-schema-version="9"><p>very <b>good</b></p>\n</div>'
    setting.store.add_note(item, html, ["bibnotes"])
    library = setting.library()
    change_ = Change(item, Review(), Review(None, "very __good__"))
    assert [outcome.status for outcome in library.prepare([change_]).outcomes] == [Status.UNCHANGED]


def test_a_text_comes_back_in_the_notation_in_which_it_was_written(setting: Setting) -> None:
    setting.fill(1)
    text = "* one\n* _two_\n\nSetext\n------"
    change(setting, Review(None, text))
    assert [paper.review.text for paper in setting.papers()] == [text]


class TestDerivedKeys:
    """On the web, the key of a new note says whose review of which item it is."""

    def note_key(self, setting: Setting, item: str) -> str:
        (note,) = setting.store.notes(item)
        return str(note["key"])

    def test_it_is_the_same_on_every_machine(self, web_setting: Setting) -> None:
        (item,) = web_setting.fill(1)
        change(web_setting, Review(None, "text"))
        assert self.note_key(web_setting, item) == derived_key(item, None, 0)

    def test_readers_have_their_own(self) -> None:
        assert derived_key("ABCD2345", "Ana", 0) == derived_key("ABCD2345", "ana", 0)
        keys = {derived_key("ABCD2345", reader, n) for reader in (None, "ana") for n in (0, 1)}
        assert len(keys) == 4

    def test_a_note_in_the_trash_is_restored_with_the_new_text(self, web_setting: Setting) -> None:
        (item,) = web_setting.fill(1)
        change(web_setting, Review(None, "first"))
        change(web_setting, Review())
        change(web_setting, Review(None, "second"))
        assert self.note_key(web_setting, item) == derived_key(item, None, 0)
        assert [note["note"] for note in web_setting.store.notes(item)] == ["<p>second</p>"]

    @pytest.mark.parametrize(
        "made_of_it",
        [{"tags": [{"tag": "diary"}]}, {"note": '<p>see</p><img data-attachment-key="AAAA2222">'}],
    )
    def test_a_note_in_the_trash_that_is_ours_no_more_stays_there(
        self, web_setting: Setting, made_of_it: dict[str, Any]
    ) -> None:
        (item,) = web_setting.fill(1)
        change(web_setting, Review(None, "first"))
        note = self.note_key(web_setting, item)
        web_setting.store.edit(note, **made_of_it)
        web_setting.store.trash(note)
        before = web_setting.store.item(note)
        assert change(web_setting, Review(None, "second")).status is Status.DONE
        assert web_setting.store.item(note) == before
        assert self.note_key(web_setting, item) == derived_key(item, None, 1)

    @pytest.mark.parametrize("seen", [True, False])
    def test_a_key_that_something_else_has_is_passed_over(
        self, web_setting: Setting, seen: bool
    ) -> None:
        """Also an attachment's, which bibnotes never reads."""
        (item,) = web_setting.fill(1)
        kind = "book" if seen else "attachment"
        web_setting.store.add(kind, key=derived_key(item, None, 0), title="Else")
        assert change(web_setting, Review(None, "text"), item).status is Status.DONE
        assert self.note_key(web_setting, item) == derived_key(item, None, 1)

    def test_a_review_that_the_user_made_a_note_again_is_not_taken(
        self, web_setting: Setting
    ) -> None:
        (item,) = web_setting.fill(1)
        change(web_setting, Review(None, "first"))
        web_setting.store.edit(self.note_key(web_setting, item), tags=[])
        assert change(web_setting, Review(None, "second")).status is Status.DONE
        assert {note["key"]: note["note"] for note in web_setting.store.notes(item)} == {
            derived_key(item, None, 0): "<p>first</p>",
            derived_key(item, None, 1): "<p>second</p>",
        }


def test_a_paper_in_the_trash_is_no_paper_any_more(setting: Setting) -> None:
    (item,) = setting.fill(1)
    library = setting.library()
    setting.store.trash(item)
    change_ = Change(item, Review(), Review(None, "text"))
    assert [outcome.status for outcome in library.prepare([change_]).outcomes] == [Status.MISSING]


def test_what_was_written_of_a_paper_that_went_to_the_trash_meanwhile_stays_known(
    setting: Setting,
) -> None:
    note = review_of(setting)
    item = setting.store.item(note)["parentItem"]
    setting.allow_writing()
    setting.server.faults.on(first(lambda: setting.store.trash(item)), when=is_write)
    outcome = change(setting, Review("skim", "new"))
    assert outcome.status is Status.PARTLY
    assert outcome.reason.endswith("it is in Zotero's trash; restore it there")
    assert setting.store.item(note)["note"] == "<p>new</p>"
    setting.store.restore(item)
    assert take_back(setting, outcome).status is Status.DONE
    assert setting.store.item(note)["note"] == "<p>old</p>"


def test_the_way_back_to_lossy_html_needs_no_consent(setting: Setting) -> None:
    (item,) = setting.fill(1)
    html = '<p><span style="color: #ff0000">red</span></p>'
    note = setting.store.add_note(item, html, ["bibnotes"])
    outcome = change(setting, Review())
    assert outcome.status is Status.DONE
    assert take_back(setting, outcome).status is Status.DONE
    assert setting.store.item(note)["note"] == html


def test_html_of_every_kind_that_bibnotes_writes_is_the_same_to_both_servers(
    setting: Setting,
) -> None:
    """What the cleaner of the web makes of it says the same, so nothing is written twice."""
    setting.fill(1)
    text = "# 标题\n\n| a | b |\n| - | - |\n| 1 | `x` |\n\n$$x^2$$\n\n~~no~~ <sub>1</sub>\n\n> q"
    change(setting, Review(None, text))
    setting.server.log.clear()
    assert change(setting, Review(None, text)).status is Status.UNCHANGED
    assert not setting.server.log.writes


RED = '<p><span style="color: #ff0000">new</span></p>'


class TestTakingBack:
    """What somebody did to a note since is theirs, also where the text is the same."""

    def test_colours_that_somebody_added_since_stay(self, setting: Setting) -> None:
        note = review_of(setting)
        outcome = change(setting, Review(None, "new"))
        setting.store.edit(note, note=RED)
        assert take_back(setting, outcome).status is Status.CHANGED
        assert setting.store.item(note)["note"] == RED

    def test_a_new_note_that_somebody_coloured_since_stays(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        outcome = change(setting, Review(None, "new"))
        (note,) = setting.store.notes(item)
        setting.store.edit(note["key"], note=RED)
        assert take_back(setting, outcome).status is Status.CHANGED
        assert [each["note"] for each in setting.store.notes(item)] == [RED]

    def test_a_note_that_the_editor_saved_anew_is_still_ours(self, setting: Setting) -> None:
        note = review_of(setting)
        outcome = change(setting, Review(None, "new **one**"))
        html = '<div data-schema-version="9"><p>new <b>one</b></p>\n</div>'
        setting.store.edit(note, note=html)
        assert take_back(setting, outcome).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>old</p>"

    def test_colours_that_were_there_before_come_back_and_go_again(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        note = setting.store.add_note(item, RED, ["bibnotes"])
        outcome = change(setting, Review(None, "other"), accepts_loss=True)
        undone = take_back(setting, outcome)
        assert undone.status is Status.DONE
        assert setting.store.item(note)["note"] == RED
        assert take_back(setting, undone).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>other</p>"

    @pytest.mark.parametrize("html", ["<p>edited</p>", "<p>old <u>twice</u></p>"])
    def test_a_note_that_was_edited_in_the_trash_is_not_overwritten(
        self, setting: Setting, html: str
    ) -> None:
        note = review_of(setting)
        outcome = change(setting, Review())
        setting.store.edit(note, note=html)
        assert take_back(setting, outcome).status is Status.CHANGED
        now = setting.store.item(note)
        assert (now["note"], bool(now.get("deleted"))) == (html, True)

    def test_a_note_filled_from_the_trash_goes_back_and_forth(self, web_setting: Setting) -> None:
        (item,) = web_setting.fill(1)
        change(web_setting, Review(None, "first"))
        change(web_setting, Review())
        outcome = change(web_setting, Review(None, "second"))
        undone = take_back(web_setting, outcome)
        assert (undone.status, web_setting.store.notes(item)) == (Status.DONE, [])
        assert take_back(web_setting, undone).status is Status.DONE
        assert [note["note"] for note in web_setting.store.notes(item)] == ["<p>second</p>"]

    def test_another_note_that_says_the_same_is_not_ours(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        outcome = change(setting, Review(None, "same"))
        (note,) = setting.store.notes(item)
        setting.store.remove(note["key"])
        other = setting.store.add_note(item, "<p>same</p>", ["bibnotes"])
        assert take_back(setting, outcome).status is Status.CHANGED
        assert [each["key"] for each in setting.store.notes(item)] == [other]

    def test_beside_a_second_note_of_the_item_ours_is_taken_back(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        outcome = change(setting, Review(None, "ours"))
        theirs = setting.store.add_note(
            item, "<p>theirs</p>", ["bibnotes"], dateAdded="2000-01-01T00:00:00Z"
        )
        assert take_back(setting, outcome).status is Status.DONE
        assert [each["key"] for each in setting.store.notes(item)] == [theirs]


THEIRS = "<p>theirs</p>"


class TestTakingBackAPart:
    """Priority and text are taken back each by itself; what has to stay is named."""

    def test_an_edited_note_stays_and_the_priority_goes(self, setting: Setting) -> None:
        note = review_of(setting)
        item = setting.store.item(note)["parentItem"]
        outcome = change(setting, Review("skim", "new"))
        setting.store.edit(note, note=THEIRS)
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (
            Status.PARTLY,
            "its note was changed by somebody else; only its priority is taken back",
        )
        assert setting.store.item(note)["note"] == THEIRS
        assert sorted(setting.store.item(item)["tags"], key=str) == sorted(TAGS, key=str)
        assert take_back(setting, undone).status is Status.DONE
        assert setting.store.item(note)["note"] == THEIRS
        assert {"tag": "skim"} in setting.store.item(item)["tags"]

    def test_another_priority_stays_and_the_note_goes(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        outcome = change(setting, Review("skim", "new"))
        setting.store.edit(item, tags=["close-read"])
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (
            Status.PARTLY,
            "its priority was changed by somebody else; only its text is taken back",
        )
        assert setting.store.notes(item) == []
        assert setting.store.item(item)["tags"] == [{"tag": "close-read"}]

    def test_the_rest_is_taken_back_once_it_is_as_it_was(self, setting: Setting) -> None:
        note = review_of(setting)
        outcome = change(setting, Review("skim", "new"))
        made = setting.store.item(note)["note"]
        setting.store.edit(note, note=THEIRS)
        take_back(setting, outcome)
        again = take_back(setting, outcome)
        assert (again.status, again.reason) == (
            Status.CHANGED,
            "its note was changed by somebody else",
        )
        setting.store.edit(note, note=made)
        assert take_back(setting, outcome).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>old</p>"

    def test_where_both_were_changed_both_are_named(self, setting: Setting) -> None:
        note = review_of(setting)
        item = setting.store.item(note)["parentItem"]
        outcome = change(setting, Review("skim", "new"))
        setting.store.edit(note, note=THEIRS)
        setting.store.edit(item, tags=["close-read"])
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (
            Status.CHANGED,
            "its priority was changed by somebody else; its note was changed by somebody else",
        )

    @pytest.mark.parametrize("edited", ["before", "between", "in the write"])
    def test_what_is_left_is_told_alike_whenever_the_note_was_edited(
        self, setting: Setting, edited: str
    ) -> None:
        note = review_of(setting)
        item = setting.store.item(note)["parentItem"]
        outcome = change(setting, Review("skim", "new"))
        setting.allow_writing()

        def edit(now: str) -> None:
            if now == edited:
                setting.store.edit(note, note=THEIRS)

        edit("before")
        library = setting.library()
        back = outcome.change.reversed(outcome.restore)
        setting.server.faults.on(first(lambda: edit("in the write")), when=is_write)
        (undone,) = journal.write(
            library,
            [back],
            Journal(),
            command="undo",
            undoes="20260101-0000-01",
            show=lambda _prepared: edit("between"),
        )
        assert (undone.status, setting.store.item(note)["note"]) == (Status.PARTLY, THEIRS)
        why = "its note was changed by somebody else; only its priority is taken back"
        assert undone.reason == why
        assert (undone.change.sets_priority, undone.change.sets_text) == (True, False)
        assert undone.restore is not None
        assert undone.restore.keys() == {"tags"}
        assert [one.status for one in Journal().runs()[0].outcomes] == [Status.PARTLY]
        assert {"tag": "skim"} not in setting.store.item(item)["tags"]
        assert take_back(setting, undone).status is Status.DONE
        assert {"tag": "skim"} in setting.store.item(item)["tags"]
        assert setting.store.item(note)["note"] == THEIRS

    def test_a_part_that_was_there_before_the_run_is_not_taken_back(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        wanted = Change(item, Review(), Review("skim", "new"))
        library = setting.library()
        setting.store.edit(item, tags=["skim"])
        prepared = library.prepare([wanted])
        ends: list[Outcome] = []
        prepared.apply(ends.append)
        assert take_back(setting, ends[-1]).status is Status.DONE
        assert setting.store.item(item)["tags"] == [{"tag": "skim"}]
        assert setting.store.notes(item) == []

    def test_a_change_that_takes_nothing_back_is_made_whole_or_not_at_all(
        self, setting: Setting
    ) -> None:
        note = review_of(setting)
        item = setting.store.item(note)["parentItem"]
        library = setting.library()
        (paper,) = library.papers()
        setting.store.edit(note, note=THEIRS)
        prepared = library.prepare([Change(item, paper.review, Review("skim", "new"))])
        assert [one.status for one in prepared.outcomes] == [Status.CHANGED]


class TestAPartThatWasNotWritten:
    """What others made of it since is theirs, also where it reads as the run wanted it."""

    def refuse_notes(self, setting: Setting) -> None:
        setting.allow_writing()
        fault = fail_objects(400, "no", which=lambda _index, sent: "note" in sent)
        setting.server.faults.on(fault, when=is_write, times=None)

    def test_the_same_text_that_somebody_wrote_since_stays(self, setting: Setting) -> None:
        note = review_of(setting)
        self.refuse_notes(setting)
        outcome = change(setting, Review("skim", "new"))
        setting.server.faults.clear()
        assert outcome.status is Status.PARTLY
        setting.store.edit(note, note="<p>new</p>")
        assert take_back(setting, outcome).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>new</p>"
        item = setting.store.item(setting.store.item(note)["parentItem"])
        assert {"tag": "skim"} not in item["tags"]

    def test_a_note_that_somebody_made_since_stays(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        self.refuse_notes(setting)
        outcome = change(setting, Review("skim", "new"))
        setting.server.faults.clear()
        setting.store.add_note(item, "<p>new</p>", ["bibnotes"])
        assert take_back(setting, outcome).status is Status.DONE
        assert [each["note"] for each in setting.store.notes(item)] == ["<p>new</p>"]
        assert setting.store.item(item)["tags"] == []

    def test_another_text_does_not_stand_in_the_way(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        self.refuse_notes(setting)
        outcome = change(setting, Review("skim", "new"))
        setting.server.faults.clear()
        setting.store.add_note(item, THEIRS, ["bibnotes"])
        assert take_back(setting, outcome).status is Status.DONE
        assert take_back(setting, outcome).status is Status.UNCHANGED

    def test_the_same_text_that_somebody_wrote_just_before_stays(self, setting: Setting) -> None:
        note = review_of(setting)
        setting.allow_writing()
        theirs = first(lambda: setting.store.edit(note, note="<p>new</p>"))
        setting.server.faults.on(theirs, when=is_write)
        outcome = change(setting, Review("skim", "new"))
        assert outcome.status is Status.DONE
        assert take_back(setting, outcome).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>new</p>"

    def test_a_paper_of_which_all_was_written_just_before_is_as_before(
        self, setting: Setting
    ) -> None:
        note = review_of(setting)
        setting.allow_writing()
        theirs = first(lambda: setting.store.edit(note, note="<p>new</p>"))
        setting.server.faults.on(theirs, when=is_write)
        assert change(setting, Review(None, "new")).status is Status.UNCHANGED

    def test_what_may_have_been_written_late_is_ours(self, setting: Setting) -> None:
        """A server that takes its time may write after we looked."""
        note = review_of(setting)
        setting.allow_writing()
        late = first(lambda: setting.store.edit(note, note="<p>new</p>"))
        setting.server.faults.on(cut_before(), when=is_write)
        setting.server.faults.on(late, when=after_the_first_write())
        outcome = change(setting, Review(None, "new"))
        assert outcome.status is Status.DONE
        assert take_back(setting, outcome).status is Status.DONE
        assert setting.store.item(note)["note"] == "<p>old</p>"


class TestANoteThatMoved:
    """What an undo does not find below its paper is looked for."""

    @pytest.mark.parametrize("before", ["", "old"])
    def test_the_item_that_has_it_now_is_named(self, setting: Setting, before: str) -> None:
        item, other = setting.fill(2)
        if before:
            setting.store.add_note(item, f"<p>{before}</p>", ["bibnotes"])
        outcome = change(setting, Review(None, "new"), item)
        (note,) = setting.store.notes(item)
        setting.store.edit(note["key"], parentItem=other)
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (Status.CHANGED, "its note belongs to “1” now")
        assert [each["note"] for each in setting.store.notes(other)] == ["<p>new</p>"]

    def test_one_in_the_trash_is_not_made_a_second_time(self, setting: Setting) -> None:
        item, other = setting.fill(2)
        note = setting.store.add_note(item, "<p>old</p>", ["bibnotes"])
        outcome = change(setting, Review(), item)
        setting.store.edit(note, parentItem=other)
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (Status.CHANGED, "its note belongs to “1” now")
        assert setting.store.notes(item) == []
        setting.store.edit(note, parentItem=item)
        assert take_back(setting, outcome).status is Status.DONE
        assert [each["key"] for each in setting.store.notes(item)] == [note]

    def test_a_new_one_that_is_in_the_trash_by_now_needs_no_taking_back(
        self, setting: Setting
    ) -> None:
        item, other = setting.fill(2)
        outcome = change(setting, Review(None, "new"), item)
        (note,) = setting.store.notes(item)
        setting.store.edit(note["key"], parentItem=other, deleted=1)
        assert take_back(setting, outcome).status is Status.UNCHANGED

    def test_a_note_without_an_item_is_named(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        outcome = change(setting, Review(None, "new"))
        (note,) = setting.store.notes(item)
        setting.store.edit(note["key"], parentItem=False)
        undone = take_back(setting, outcome)
        assert (undone.status, undone.reason) == (
            Status.CHANGED,
            "its note belongs to no item any more",
        )


class TestAnAdoptionTakenBack:
    """Only the tag goes, whatever the note says by then."""

    @pytest.mark.parametrize("now", ["<p>mine</p>", THEIRS, RED])
    def test_the_tag_is_taken_off(self, setting: Setting, now: str) -> None:
        (item,) = setting.fill(1)
        note = setting.store.add_note(item, "<p>mine</p>", ["diary"])
        library = setting.library()
        (one,) = library.adoptable()
        ends: list[Outcome] = []
        library.prepare([library.adoption(one, note)]).apply(ends.append)
        assert {"tag": "bibnotes"} in setting.store.item(note)["tags"]
        setting.store.edit(note, note=now)
        undone = take_back(setting, ends[-1])
        assert undone.status is Status.DONE, undone.reason
        item_now = setting.store.item(note)
        assert (item_now["note"], item_now["tags"]) == (now, [{"tag": "diary"}])
        assert not item_now.get("deleted")


class TestOneNoteOfTwoReaders:
    """Nobody writes what is another reader's too."""

    @pytest.fixture
    def note(self, web_setting: Setting) -> str:
        (item,) = web_setting.fill(1)
        return web_setting.store.add_note(
            item, "<p>both</p>", ["bibnotes: ana", "bibnotes: Ben", "mine"]
        )

    def tags(self, setting: Setting, note: str) -> list[str]:
        item = setting.store.item(note)
        assert not item.get("deleted")
        assert item["note"] == "<p>both</p>"
        return [tag["tag"] for tag in item["tags"]]

    def test_its_text_is_refused(self, web_setting: Setting, note: str) -> None:
        outcome = change(web_setting, Review(None, "mine"), reader="ana")
        assert outcome.status is Status.REFUSED
        assert "bibnotes: Ben" in outcome.reason
        assert self.tags(web_setting, note) == ["bibnotes: Ben", "bibnotes: ana", "mine"]

    def test_who_removes_their_review_takes_their_tag_off(
        self, web_setting: Setting, note: str
    ) -> None:
        outcome = change(web_setting, Review(), reader="ana")
        assert outcome.status is Status.DONE
        assert self.tags(web_setting, note) == ["bibnotes: Ben", "mine"]
        assert take_back(web_setting, outcome, reader="ana").status is Status.DONE
        assert self.tags(web_setting, note) == ["bibnotes: Ben", "bibnotes: ana", "mine"]

    def test_a_note_that_another_took_for_theirs_since_is_not_taken_back(
        self, web_setting: Setting
    ) -> None:
        (item,) = web_setting.fill(1)
        made = change(web_setting, Review(None, "both"), reader="ana")
        (note,) = web_setting.store.notes(item)
        web_setting.store.edit(note["key"], tags=["bibnotes: ana", "bibnotes: Ben"])
        assert take_back(web_setting, made, reader="ana").status is Status.DONE
        assert self.tags(web_setting, note["key"]) == ["bibnotes: Ben"]


def lost_answer(setting: Setting) -> None:
    setting.allow_writing()
    setting.server.faults.on(cut_after(), when=is_write)


class TestALostAnswer:
    """What was written is found by looking, and is then as if the answer had come."""

    def test_the_text_keeps_its_own_notation(self, setting: Setting) -> None:
        setting.fill(1)
        lost_answer(setting)
        assert change(setting, Review(None, "* one\n* _two_")).status is Status.DONE
        assert [paper.review.text for paper in setting.papers()] == ["* one\n* _two_"]

    def test_the_way_back_names_the_note(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        lost_answer(setting)
        outcome = change(setting, Review(None, "text"))
        (note,) = setting.store.notes(item)
        assert outcome.restore
        assert outcome.restore["note"]["key"] == note["key"]

    def test_of_a_paper_that_is_in_the_trash_by_then_nobody_knows(self, setting: Setting) -> None:
        (item,) = setting.fill(1)
        setting.allow_writing()

        def fault(request: Request, handle: Handle) -> Response:
            handle(request)
            setting.store.trash(item)
            raise Cut

        setting.server.faults.on(fault, when=is_write)
        outcome = change(setting, Review(None, "text"))
        assert outcome.status is Status.UNKNOWN
        assert "did not answer a write" in outcome.reason
        assert outcome.reason.endswith("it is in Zotero's trash; restore it there")

    def test_where_nothing_was_written_nothing_is_told_to_be(self, setting: Setting) -> None:
        """Somebody had set the priority already; the text was refused."""
        (item,) = setting.fill(1)
        library = setting.library()
        (paper,) = library.papers()
        setting.store.edit(item, tags=["skim"])
        prepared = library.prepare([Change(item, paper.review, Review("skim", "text"))])
        setting.allow_writing()
        setting.server.faults.on(cut_before(), when=is_write)
        setting.server.faults.on(fail_objects(413, "too long"), when=after_the_first_write())
        ends: list[Outcome] = []
        prepared.apply(ends.append)
        assert [(end.status, end.reason) for end in ends] == [(Status.FAILED, "too long")]
