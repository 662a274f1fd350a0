"""bibnotes attach: the reviews of a sheet or a listing, on the papers of a library."""

from __future__ import annotations

import operator
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import click

from .. import attach, files
from ..agreement import removes
from ..attach import Conflict, Plan, Side
from ..base import Agreed, Base, after_undo
from ..errors import BibnotesError, ConflictError, NotAllowedError, PartialError, UsageError
from ..journal import Journal, recover
from ..library import Library
from ..model import UNMADE, Change, Outcome, Paper, Problem, Review
from ..sheets.library import Notes
from ..sheets.reviews import Form, Reviews, read_reviews
from . import libraries, options, pairs, zotero_options
from .completing import TYPES
from .conflicts import Clash, Sides, answers, conflict_item
from .environment import Environment, counted, read_input, say, say_all, say_some
from .plan_lines import change_line, doubt_lines, told, unplaced_lines
from .writing import made, require_yes
from .zotero_options import Choice

_WORDS = ("(+) what is attached", "(-) what the library has")


@click.command(name="attach")
@click.argument("reviews", type=TYPES["file"])
@click.argument("library", type=TYPES["library"], required=False)
@click.option(
    "--from",
    "form",
    type=click.Choice(["auto", "sheet", "listing"]),
    default="auto",
    show_default=True,
    help="What REVIEWS is; auto tells it by the content.",
)
@options.pair
@click.option(
    "--prefer",
    type=click.Choice(["sheet", "library"]),
    help="Whose review to take where both were changed differently.",
)
@zotero_options.selection
@options.yes_to(
    "to removals in any number, to losing what Markdown cannot keep of a note in Zotero"
)
@options.dry_run
def command(
    reviews: str,
    library: str | None,
    form: Form,
    wishes: Sequence[str],
    prefer: Side | None,
    zotero: Choice,
    yes: bool,
    dry_run: bool,
) -> None:
    """Attach the reviews in REVIEWS to the papers of LIBRARY, or of a Zotero library.

    REVIEWS is a sheet (an edited digest, or YAML) or a listing (a page of papers with what somebody
    wrote about them). What cannot be placed for certain is shown, and left alone.

    \b
    bibnotes attach digest.md refs.bib
    bibnotes attach reviews.yaml refs.bib --dry-run
    bibnotes attach page.html refs.bib --pair 12=mellor21a
    bibnotes attach digest.md --zotero
    """
    environment = Environment.of_process()
    ask = environment.asks and not yes and not dry_run
    opened = libraries.opened_to_write(environment, library, zotero, accepts_loss=yes)
    run = _Run.of(environment, reviews, opened, form)
    papers = [statement.paper for statement in run.reviews.statements]
    chosen = pairs.wished(wishes, papers, run.library)
    say_some(run.reviews.problems)
    if run.reviews.sheet:
        say_some(run.reviews.remarks)
    with ExitStack() as texts:
        plan, asked = _settled(run, chosen, prefer, texts, ask=ask)
        run.show(plan, asked, dry_run=dry_run)
        if dry_run and plan.removes_much:
            say(f"{counted(plan.removals, 'change')} would remove something: that needs --yes")
        if not dry_run and not yes:
            _require_consent(plan, run.library.name, ask=ask)
        outcomes = run.write(plan, chosen, dry_run=dry_run)
        if any(outcome.status in UNMADE for outcome in outcomes):
            _raise_if_left(plan, run.reviews.problems, outcomes)  # a text from the editor is kept
    _raise_if_left(plan, run.reviews.problems, outcomes)


@dataclass(frozen=True)
class _Run:
    """One attaching: the two sides, and what they agreed on before."""

    environment: Environment
    reviews: Reviews
    library: Library
    held: Sequence[Paper]  # what the library has
    base: Base | None  # none for the standard input
    known: Mapping[str, Agreed]

    @classmethod
    def of(cls, environment: Environment, name: str, opened: Library, form: Form) -> _Run:
        """Read both sides. Raises UsageError, NotFoundError, NotAllowedError."""
        path = None if name == "-" else Path(name)
        if path is None and opened.name == "-":
            raise UsageError("The standard input cannot be both", "Name one of them.")
        reviews = read_reviews(
            name,
            files.read(path) if path else read_input(),
            path,
            scale=environment.settings.scale,
            language=environment.language(None),
            form=form,
        )
        if reviews.sheet and reviews.sheet.address == opened.address:
            raise UsageError(f"{name} cannot be attached to itself", "Name the library after it.")
        base = Base(path, opened.address) if path else None
        known = base.load() if base else {}
        journal = Journal()
        if known:
            recover(opened, journal, only_undos=True)
        runs = base.undone(journal.newest_first()) if base and known else []
        held = list(opened.papers())
        return cls(
            environment,
            reviews,
            opened,
            held,
            base,
            after_undo(
                known,
                [run for run in runs if run.address == opened.address],
                base.scale if base else None,
            ),
        )

    def plan(
        self, chosen: Mapping[str, str], prefer: Side | Mapping[str, Side | Review] | None = None
    ) -> Plan:
        """What would change, with these pairs."""
        return attach.plan(
            self.reviews.statements,
            self.held,
            self.known,
            self.environment.settings.scale,
            settled_pairs=chosen,
            prefer=prefer,
            alike=_say_the_same if self.library.address.startswith("zotero-") else operator.eq,
            read_by=self.base.scale if self.base else None,
        )

    def show(self, plan: Plan, asked: Container[str], *, dry_run: bool) -> None:
        """Tell what would change, removals first, and what was left out; not what was asked."""
        scale, language = self.environment.settings.scale, self.environment.language(None)
        keys = {paper.id: paper.key for paper in self.held}
        removals: list[str] = []
        others: list[str] = []
        for change in plan.changes:
            line = change_line(change, keys[change.paper] or change.paper, scale, language)
            if removes(change.before, change.after):
                removals.append(f"removal: {line}")
            else:
                others.append(line)
        clashes = [self._clash(one) for one in plan.conflicts if one.paper not in asked]
        lists = [
            removals,
            others,
            [*unplaced_lines(plan.unplaced, self.library.name)],
            ["\n".join(doubt_lines(one)) for one in plan.doubts if one.left.id not in asked],
            [conflict_item(one, self._sides, scale, language, whole=dry_run) for one in clashes],
        ]
        say_all(told(lists, whole=dry_run))

    @property
    def _sides(self) -> Sides[Side]:
        return Sides("sheet", "library", ("what is attached", self.library.name), _WORDS)

    def _clash(self, one: Conflict) -> Clash:
        why = "both were changed differently"
        return Clash(one.paper, one.key, one.sheet, one.library, one.merged, why)

    def asked(self, conflicts: Sequence[Conflict], texts: ExitStack) -> dict[str, Side | Review]:
        """What the user settled, by ``Paper.id``."""
        scale, language = self.environment.settings.scale, self.environment.language(None)
        clashes = [self._clash(one) for one in conflicts]
        return answers(clashes, self._sides, scale, language, texts)

    def write(self, plan: Plan, chosen: Mapping[str, str], *, dry_run: bool) -> list[Outcome]:
        """Note the chosen pairs in the sheet, then change the library, then keep the base.

        Raises ConflictError where something was undone since it was planned.
        """
        if self.base and not dry_run:
            self.base.require_none_undone(Journal().newest_first())
        noted = self._noted(chosen)
        if noted:
            noted = self._note(noted, dry_run=dry_run)
        outcomes = made(self.library, plan.changes, "attach", dry_run=dry_run)
        if not dry_run:
            self._remember(plan, outcomes, noted)
        return outcomes

    def _noted(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """The keys to write into the sheet, by ``Paper.id``, for papers that have none there."""
        keys = {paper.id: paper.key for paper in self.held}
        papers = (statement.paper for statement in self.reviews.statements)
        return {
            paper.id: keys[chosen[paper.id]]
            for paper in papers
            if paper.id in chosen and not paper.key
        }

    def _note(self, keys: Mapping[str, str], *, dry_run: bool) -> dict[str, str]:
        """Write keys into the sheet; returns those that it has now."""
        sheet = self.reviews.sheet
        if not sheet or not self.base:
            return {}
        same = [
            Change(statement.paper.id, statement.paper.review, statement.paper.review)
            for statement in self.reviews.statements
            if statement.paper.id in keys
        ]
        try:
            outcomes = made(sheet.noting(Notes(keys)), same, "attach", dry_run=dry_run)
        except NotAllowedError as error:
            say(f"The pairs are not noted in the sheet: {error.message}")
            return {}
        noted = [one.change.paper for one in outcomes if one.status not in UNMADE]
        return {paper: keys[paper] for paper in noted}

    def _remember(self, plan: Plan, outcomes: Sequence[Outcome], noted: Mapping[str, str]) -> None:
        """Keep as the base what both sides now say."""
        if not self.base:
            return
        unmade = {outcome.change.paper for outcome in outcomes if outcome.status in UNMADE}
        agreed = {paper: one for paper, one in plan.agreed.items() if paper not in unmade}
        agreed |= {paper: one for paper, one in plan.kept.items() if paper in unmade}
        now = [replace(one, local=noted.get(one.local, one.local)) for one in agreed.values()]
        try:
            scale = self.environment.settings.scale
            self.base.save(now, scale, Journal().newest_first())
        except BibnotesError as error:  # the library is written: the run has not failed
            say(f"What was agreed is not stored, so the next attach compares: {error.message}")


def _say_the_same(one: str, other: str) -> bool:
    """Whether notes of two texts say the same."""
    from ..zotero.note_html import normal

    return one == other or normal(one) == normal(other)


def _settled(
    run: _Run, chosen: dict[str, str], prefer: Side | None, texts: ExitStack, *, ask: bool
) -> tuple[Plan, set[str]]:
    """The plan once the user was asked what takes a person, and the papers asked about, by id.

    Adds to the chosen pairs.
    """
    plan = run.plan(chosen, prefer)
    asked: set[str] = set()
    if ask and plan.doubts:
        asked |= {doubt.left.id for doubt in plan.doubts}
        chosen |= pairs.asked(plan.doubts)
        plan = run.plan(chosen, prefer)
    if ask and plan.conflicts:
        asked |= {one.paper for one in plan.conflicts}
        plan = run.plan(chosen, run.asked(plan.conflicts, texts))
    return plan, asked


def _require_consent(plan: Plan, name: str, *, ask: bool) -> None:
    if plan.removals:
        say(f"{counted(plan.removals, 'change')} would remove a text or a priority")
    if ask:
        if plan.changes:
            require_yes(f"Change {name}?", default=not plan.removals)
    elif plan.removes_much:
        raise UsageError(
            f"This would remove what {plan.removals} of {plan.reviewed} reviews say",
            "See it with --dry-run; if it is meant, add --yes.",
        )


def _raise_if_left(plan: Plan, problems: Sequence[Problem], outcomes: Sequence[Outcome]) -> None:
    """Let the exit code tell what was left: conflicts first."""
    if plan.conflicts:
        raise ConflictError(
            f"{counted(len(plan.conflicts), 'review')} in conflict, left as on both sides",
            "Take one side with --prefer sheet or --prefer library, or edit one of them.",
        )
    unmade = sum(outcome.status in UNMADE for outcome in outcomes)
    left = len(plan.doubts) + len(plan.unplaced) + len(problems) + unmade
    if left:
        hint = "Say which paper is meant with --pair LINE=KEY." if plan.doubts else ""
        raise PartialError(f"{counted(left, 'review')} could not be attached, as told above", hint)
