"""The two libraries of a sync: which they are, how they are opened, and what they agreed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .. import files, sync
from ..base import Agreed, Base, after_undo_on_both, met
from ..digest.build import build, default_title
from ..digest.markdown import render
from ..errors import NotReachableError, UsageError
from ..journal import Journal, recover
from ..library import Library
from ..model import Change, Outcome, Paper
from ..sheets.front_matter import YAML_NAMES, is_sheet_name
from ..sheets.library import SheetLibrary
from ..sheets.statement import Statement
from ..sheets.yaml import render_yaml
from ..sync import Done, Local, Plan, Save, Settlement, Side, Write, Zotero
from ..sync.libraries import LocalLibrary, local_side, noting, widened, zotero_side
from ..zotero.library import ZoteroLibrary
from ..zotero.server import LibraryAddress
from . import libraries, zotero_options
from .environment import Environment, counted, say, write
from .writing import made
from .zotero_options import Choice


@dataclass(frozen=True)
class SyncPair:
    """A local file and a Zotero library, and the base that they share.

    ``everything`` says that a sheet gets every paper that is meant in Zotero. ``left`` is the base
    of the address that the library had before, which is not needed any more.
    """

    environment: Environment
    name: str  # of the file, as it was given
    zotero: ZoteroLibrary
    base: Base
    known: Mapping[str, Agreed]
    same_scale: bool
    everything: bool
    left: Base | None = None

    @classmethod
    def of(
        cls,
        environment: Environment,
        name: str,
        choice: Choice,
        *,
        everything: bool,
        moved: bool,
        yes: bool,
    ) -> SyncPair:
        """Open Zotero. Raises UsageError where this is not the pair that was synced before."""
        path = Path(name)
        if not is_sheet_name(name):
            files.read(path)  # what does not exist cannot be made: this says so
        before = _met_before(environment, path)
        zotero = _opened(environment, name, choice, before, moved=moved, yes=yes)
        base, left = Base(path, zotero.address), None
        known = base.load()
        if moved and before and zotero.address not in map(str, before):
            left = Base(path, str(before[0]))
            known = left.load()
        scale = environment.settings.scale.fingerprint()
        read_by = (left or base).scale
        collection = choice.collection or environment.settings.zotero.collection
        whole = everything or bool(collection or choice.tags)
        same_scale = read_by in ("", scale)
        return cls(environment, name, zotero, base, known, same_scale, whole, left)

    @property
    def path(self) -> Path:
        """The local file."""
        return Path(self.name)

    @property
    def is_first(self) -> bool:
        """Whether the two never met."""
        return not self.known

    @cached_property
    def local(self) -> LocalLibrary:
        """The local file, opened."""
        return libraries.opened(self.environment, self.name)  # type: ignore[return-value]  # no other library is in a file

    @cached_property
    def local_side(self) -> Local:
        """What the local file says."""
        return local_side(self.local)

    @cached_property
    def zotero_side(self) -> Zotero:
        """What Zotero says."""
        return zotero_side(self.zotero, self.known.values())

    @cached_property
    def agreed(self) -> Mapping[str, Agreed]:
        """The base, as it is after runs that were undone since."""
        if not self.known:
            return {}
        runs = self.base.since(Journal().runs())
        there = [run for run in runs if run.address == self.zotero.address]
        here = [run for run in runs if run.address == self.local.address]
        return after_undo_on_both(self.known, there, here)

    def make_sheet(self, *, dry_run: bool) -> None:
        """Write the file that is not there: a digest or a YAML sheet of what Zotero has."""
        papers = list(filter(self.is_wanted, self.zotero.papers()))
        text = self._sheet(papers)
        said = f"{self.name}: {counted(len(papers), 'paper')} from {self.zotero.name}"
        if dry_run:
            write([text])
            say(f"{said} would be written")
            return
        with files.locked(self.path):
            files.replace(self.path, text.encode(), None)
        say(said)

    def _sheet(self, papers: Sequence[Paper]) -> str:
        scale, language = self.environment.settings.scale, self.environment.language(None)
        if self.name.lower().endswith(YAML_NAMES):
            statements = (
                Statement(
                    replace(paper, abstract=""),
                    None,
                    says_priority=bool(paper.review.priority),
                    says_text=bool(paper.review.text),
                    line=1,
                )
                for paper in papers
            )
            return render_yaml(statements, scale=scale, language=language)
        title = default_title([self.zotero.name], language)
        return "".join(render(build(papers, scale=scale, language=language, title=title)))

    def is_wanted(self, paper: Paper) -> bool:
        """Whether a sheet is to have a paper of the Zotero library."""
        return self.everything or bool(paper.review)

    def plan(
        self,
        chosen: Mapping[str, str],
        prefer: Side | None = None,
        answers: Mapping[str, Settlement] | None = None,
    ) -> Plan:
        """What makes both say the same, with these pairs and answers."""
        plan = sync.plan(
            self.local_side,
            self.zotero_side,
            self.agreed.values(),
            self.environment.settings.scale,
            prefer=prefer,
            answers=answers or {},
            settled_pairs=chosen,
            same_scale=self.same_scale,
        )
        if isinstance(self.local, SheetLibrary):
            return widened(plan, self.local, self.is_wanted)
        return plan

    def write(self, plan: Plan, *, dry_run: bool) -> Done:
        """Make the plan, or show its diffs."""
        return sync.apply(plan, *self.writers(plan, dry_run=dry_run))

    def writers(self, plan: Plan, *, dry_run: bool = False) -> tuple[Write, Write, Save]:
        """How a plan is written: to Zotero, to the local file, to the base."""

        def written(library: Library, changes: list[Change]) -> list[Outcome]:
            if changes:
                return made(library, changes, "sync", dry_run=dry_run)
            if not dry_run:
                recover(library, Journal())  # what an earlier run died at is all there is to note
            return []

        local = noting(self.local, plan)
        return (
            lambda changes: written(self.zotero, changes),
            lambda changes: written(local, changes),
            lambda agreed: None if dry_run else self._save(agreed),
        )

    def _save(self, agreed: list[Agreed]) -> None:
        self.base.save(agreed, self.environment.settings.scale.fingerprint(), Journal().runs())
        if self.left:
            files.remove(self.left.file)


def _met_before(environment: Environment, path: Path) -> list[LibraryAddress]:
    """Where the Zotero library that the settings mean was, when the file was synced with it."""
    wanted = environment.settings.zotero
    found = (LibraryAddress.parse(other) for other in met(path) if other.startswith("zotero-"))
    return [
        address
        for address in found
        if (address.reader or None) == (wanted.reader or None)
        and (
            address.library == wanted.id
            or (wanted.id == "user" and address.library.startswith("user/"))
        )
    ]


def _opened(
    environment: Environment,
    name: str,
    choice: Choice,
    before: Sequence[LibraryAddress],
    *,
    moved: bool,
    yes: bool,
) -> ZoteroLibrary:
    """The Zotero library, on the server on which it was synced before and no other."""
    kinds = sorted({address.kind for address in before})
    asked = choice.server or environment.settings.zotero.server
    if moved or not kinds:
        return zotero_options.reached(environment, choice, writes=True, accepts_loss=yes)
    if asked == "auto" and len(kinds) > 1:
        raise UsageError(
            f"{name} was synced with Zotero on this computer and on the web",
            "Say which is meant with --server.",
        )
    if asked not in ("auto", *kinds):
        raise UsageError(
            f"{name} is synced with {before[0]}, not with the server {asked}",
            f"Use --server {kinds[0]}. If both are the same library, say so with --moved.",
        )
    server = kinds[0] if asked == "auto" else asked
    try:
        choice = replace(choice, server=server)
        zotero = zotero_options.reached(environment, choice, writes=True, accepts_loss=yes)
    except NotReachableError as error:
        error.hint = (
            f"{name} is synced with this server, so no other is tried: sync when it answers."
        )
        raise
    if zotero.address not in map(str, before):
        raise UsageError(
            f"{name} is synced with {before[0]}; what is reached now is {zotero.address}",
            "If both are the same library, say so with --moved.",
        )
    return zotero
