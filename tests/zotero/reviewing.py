"""A library with papers of every kind, reviews for all of them, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bibnotes import journal
from bibnotes.errors import BibnotesError
from bibnotes.journal import Journal
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.zotero.note_html import normal, said

from .setting import Setting

TAGS = [{"tag": "NAS"}, {"tag": "nas", "type": 1}]
"""What a paper's tags are besides the priority: bibnotes leaves them as they are."""

LEVELS = {"close-read": "close-read", "skim": "略读"}


@dataclass
class Reviewing:
    """Papers on a server, with what is to be said of each; ``wanted`` is by item key."""

    setting: Setting
    wanted: dict[str, Review]

    @classmethod
    def of(cls, setting: Setting, count: int) -> Reviewing:
        """By turns a paper without a review, one with a text and a priority, one with a text."""
        wanted = {}
        for number, key in enumerate(setting.fill(count, tags=TAGS)):
            if number % 3 == 1:
                setting.store.edit(key, tags=[*TAGS, "略读"])
            if number % 3:
                setting.store.add_note(key, f"<p>old {number}</p>", ["bibnotes", "mine"])
            wanted[key] = Review("close-read", f"第{number}篇：**想法**\n\n- one\n- two")
        return cls(setting, wanted)

    def reviews(self) -> dict[str, Review]:
        """What the server says of each paper now, as far as ``is_done`` can compare it."""
        found = {}
        for key in self.wanted:
            tags, notes = self.said(key)
            level = next((level for level, tag in LEVELS.items() if {tag} == tags), None)
            found[key] = Review(level, "".join(notes))
        return found

    def changes(self) -> list[Change]:
        """What is left to do, as a command would find it."""
        papers = {paper.id: paper.review for paper in self.setting.papers()}
        return [
            Change(key, papers[key], review)
            for key, review in self.wanted.items()
            if key in papers and papers[key] != review
        ]

    def run(self) -> list[Outcome]:
        """Review all papers, in a run of its own. Raises what that raises."""
        library = self.setting.library()
        papers = {paper.id: paper.review for paper in library.papers()}
        changes = [Change(key, papers[key], review) for key, review in self.wanted.items()]
        return journal.write(library, changes, Journal(), command="attach")

    def tried(self) -> tuple[list[Outcome], BibnotesError | None]:
        """What a run, and where it fails the look of the next one, say of each paper."""
        try:
            return self.run(), None
        except BibnotesError as error:
            self.setting.server.faults.clear()
            journal.recover(self.setting.library(), Journal())
            runs = Journal().runs()
            return list(runs[0].outcomes) if runs else [], error

    def said(self, key: str) -> tuple[set[str], list[str]]:
        """The priority tags of a paper, and what its reviews say."""
        store = self.setting.store
        tags = {tag["tag"] for tag in store.item(key)["tags"]} & set(LEVELS.values())
        notes = [note for note in store.notes(key) if {"tag": "bibnotes"} in note["tags"]]
        return tags, [said(note["note"]) for note in notes]

    def all_said(self) -> dict[str, tuple[set[str], list[str]]]:
        """What is said of each paper."""
        return {key: self.said(key) for key in self.wanted}

    def is_done(self, key: str, review: Review) -> tuple[bool, bool]:
        """Whether the priority of a paper, and whether its text, is that of the review."""
        tags, notes = self.said(key)
        wanted = {LEVELS[review.priority]} if review.priority else set()
        return tags == wanted, notes == ([normal(review.text)] if review.text else [])

    def untrue(self, outcomes: list[Outcome]) -> Iterator[str]:
        """What outcomes say that is not so."""
        for outcome in outcomes:
            change = outcome.change
            after = self.is_done(change.paper, change.after)
            before = self.is_done(change.paper, change.before)
            true = {
                Status.DONE: all(after),
                Status.UNCHANGED: all(after),
                Status.FAILED: all(before),
                Status.PARTLY: any(after) and not all(after),
                Status.UNKNOWN: True,
            }.get(outcome.status, not all(after))
            if not true:
                yield f"{outcome.status} {outcome.reason}: {self.said(change.paper)}"

    def unfinished(self) -> Iterator[str]:
        """Papers that do not have just the one note and the one tag that they should."""
        for key, review in self.wanted.items():
            tags = self.setting.store.item(key)["tags"]
            if not all(self.is_done(key, review)) or not all(tag in tags for tag in TAGS):
                yield f"{key}: {self.said(key)}, {tags}"
