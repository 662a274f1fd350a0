"""bibnotes set: give a paper a priority, a review, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import click

from ..errors import BibnotesError, UsageError
from ..library import Library
from ..model import Change, Paper, Review, Status
from ..scale import Scale
from ..search import unknown_priority
from . import libraries, options, zotero_options
from .completing import TYPES
from .editor import edited
from .environment import Environment, read_input, utf8
from .writing import carry_out
from .zotero_options import Choice

_NONE = ("", "none", "无")


@click.command(name="set")
@click.argument("words", type=TYPES["words"], metavar="[LIBRARY] KEY...", nargs=-1, required=True)
@click.option(
    "--priority",
    type=TYPES["level"],
    metavar="LEVEL",
    help="An id, label or tag of the scale, or none.",
)
@click.option("--review", metavar="TEXT", help="The review, as Markdown; - reads it from stdin.")
@click.option("--edit", is_flag=True, help="Write the review in $VISUAL or $EDITOR.")
@click.option("--clear", is_flag=True, help="Remove the priority and the review.")
@zotero_options.one_paper
@click.option("--yes", is_flag=True, help="Give up what Markdown cannot keep of a Zotero note.")
@options.dry_run
def command(
    words: Sequence[str],
    priority: str | None,
    review: str | None,
    edit: bool,
    clear: bool,
    zotero: Choice,
    yes: bool,
    dry_run: bool,
) -> None:
    """Set the priority or the review of papers, by citation key.

    Nothing else in the library changes, and bibnotes undo takes it back.

    \b
    bibnotes set refs.bib mellor21a --priority close-read
    bibnotes set refs.bib mellor21a --review "看初始化时的激活，不训练。"
    bibnotes set refs.bib mellor21a --edit --dry-run
    bibnotes set --zotero mellor21a --priority 精读
    """
    environment = Environment.of_process()
    name, keys = (None, words) if zotero.zotero else libraries.named(environment, words)
    wish = _Wish.of(environment.settings.scale, keys, priority, review, clear=clear, edit=edit)
    library = libraries.opened_to_write(environment, name, zotero, accepts_loss=yes)
    papers = [libraries.paper(library, key) for key in dict.fromkeys(keys)]
    with ExitStack() as stack:
        if edit:
            _require_editable(library, papers[0])
            wish = replace(wish, text=stack.enter_context(edited(papers[0])))
        changes = [Change(paper.id, paper.review, wish.fulfilled(paper.review)) for paper in papers]
        carry_out(library, changes, "set", dry_run=dry_run)


@dataclass(frozen=True)
class _Wish:
    """What the options ask for; None leaves that part as it is."""

    priority: str | None = None  # a level's id; "" for no priority
    text: str | None = None

    @classmethod
    def of(
        cls,
        scale: Scale,
        keys: Sequence[str],
        priority: str | None,
        review: str | None,
        *,
        clear: bool,
        edit: bool,
    ) -> _Wish:
        """Make sense of the options. Raises UsageError where they make none."""
        if not keys:
            raise UsageError("No citation key was given", "bibnotes list shows the keys.")
        if edit and (review is not None or len(keys) > 1):
            raise UsageError("--edit takes one key, and no --review")
        if clear and (edit or review is not None or priority is not None):
            raise UsageError("--clear goes with no other wish", "It removes priority and review.")
        if clear:
            return cls("", "")
        if not edit and review is None and priority is None:
            raise UsageError("Nothing to set", "Give --priority, --review, --edit or --clear.")
        text = utf8(read_input(), "The standard input") if review == "-" else review
        return cls(None if priority is None else _level(scale, priority), text)

    def fulfilled(self, review: Review) -> Review:
        """The review as it is to be."""
        if self.priority is not None:
            review = replace(review, priority=self.priority or None, also=())
        return review if self.text is None else replace(review, text=self.text)


def _level(scale: Scale, word: str) -> str:
    """The id of the level that a word names, "" for none. Raises UsageError."""
    level = scale.find(word)
    if level:
        return level.id
    if word.strip().casefold() in _NONE:
        return ""
    raise unknown_priority(word, scale.levels, "and none")


def _require_editable(library: Library, paper: Paper) -> None:
    """Refuse before anything is written, not after."""
    probe = replace(paper.review, text=f"{paper.review.text}\nmore")
    (outcome,) = library.prepare([Change(paper.id, paper.review, probe)]).outcomes
    if outcome.status is Status.REFUSED:
        raise BibnotesError(f"{library.name}: {paper.key} cannot be changed: {outcome.reason}")
