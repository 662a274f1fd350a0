"""The two libraries of a sync, opened as the command line has it, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .. import files, sync
from ..base import Agreed
from ..errors import ConflictError, FileChangedError, NotReachableError
from ..journal import Journal, recover
from ..library import Library
from ..model import Change, Outcome, Paper, Problem
from ..sheets.front_matter import is_sheet_name
from ..sheets.library import SheetLibrary
from ..sync import Done, Local, Plan, Save, Settlement, Side, Write, Zotero
from ..sync.bases import Shared, met_before, require_met, server_met
from ..sync.libraries import LocalLibrary, local_side, noting, zotero_side
from ..sync.sheet import namesakes, new_sheet, widened
from ..zotero.library import ZoteroLibrary
from ..zotero.server import LibraryAddress
from . import libraries, zotero_options
from .environment import Environment, counted, say, write
from .writing import made
from .zotero_options import Choice


@dataclass(frozen=True)
class SyncPair:
    """A local file and a Zotero library, and the base that they share.

    ``everything`` says that a sheet gets every paper that is meant in Zotero, ``there`` what a
    message calls those: the whole of Zotero or a part.
    """

    environment: Environment
    name: str  # of the file, as it was given
    there: str
    zotero: ZoteroLibrary
    shared: Shared
    everything: bool
    unwritten: bytes | None = None  # what the file would hold that is not there

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
        settings = environment.settings.zotero
        before = met_before(path, settings)
        if moved:
            zotero = zotero_options.reached(environment, choice, writes=True, accepts_loss=yes)
            shared = Shared.moved(path, zotero.address, before)
        else:
            zotero = _met(environment, name, choice, before, yes=yes)
            shared = Shared.at(path, zotero.address)
        is_part = bool(choice.collection or settings.collection or choice.tags)
        there = _part(zotero.name, choice.tags) if is_part else "Zotero"
        return cls(environment, name, there, zotero, shared, everything or is_part)

    @property
    def path(self) -> Path:
        """The local file."""
        return Path(self.name)

    @property
    def is_first(self) -> bool:
        """Whether the two never met."""
        return not self.shared.known

    @cached_property
    def local(self) -> LocalLibrary:
        """The local file, opened."""
        if self.unwritten is not None:
            scale, language = self.environment.settings.scale, self.environment.language(None)
            return SheetLibrary(
                self.name, self.unwritten, self.path, scale=scale, language=language
            )
        return libraries.opened(self.environment, self.name)  # type: ignore[return-value]  # no other library is in a file

    @cached_property
    def local_side(self) -> Local:
        """What the local file says."""
        return local_side(self.local)

    @property
    def problems(self) -> Sequence[Problem]:
        """What of the local file could not be read."""
        headings = self.local_side.headings  # which may well be there twice
        return [one for one in self.local.problems() if one.key not in headings]

    @property
    def remarks(self) -> Sequence[Problem]:
        """What in a sheet may not be what was meant."""
        return self.local.remarks() if isinstance(self.local, SheetLibrary) else ()

    @cached_property
    def zotero_side(self) -> Zotero:
        """What Zotero says."""
        return zotero_side(self.zotero, self.shared.known.values())

    @cached_property
    def agreed(self) -> Mapping[str, Agreed]:
        """The base, as it is after runs that were undone since."""
        if self.is_first:
            return {}
        journal = Journal()
        for library in (self.zotero, self.local):
            recover(library, journal, only_undos=True)
        return self.shared.agreed(journal.newest_first(), self.zotero.address, self.local.address)

    def with_sheet(self, *, dry_run: bool) -> SyncPair:
        """Write the file that is not there: a digest or a YAML sheet of what Zotero has.

        By a dry run it is shown, and the pair that this gives has it as if it were there.
        """
        wanted = [*filter(self.is_wanted, self.zotero.papers())]
        left_out = {*self.zotero.doubled(), *namesakes(wanted)}
        papers = [paper for paper in wanted if paper.id not in left_out]
        scale, language = self.environment.settings.scale, self.environment.language(None)
        text = new_sheet(self.name, self.zotero.name, papers, scale=scale, language=language)
        said = f"{self.name}: {counted(len(papers), 'paper')} from {self.zotero.name}"
        if dry_run:
            write([text])
            say(f"{said} would be written")
            return replace(self, unwritten=text.encode())
        with files.locked(self.path):
            files.replace(self.path, text.encode(), None)
        say(said)
        return self

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
            read_by=self.shared.read_by,
        )
        if isinstance(self.local, SheetLibrary):
            return widened(plan, self.local, self.zotero_side, self.is_wanted)
        return plan

    def write(self, plan: Plan, *, dry_run: bool) -> Done:
        """Make the plan, or show its diffs. Raises ConflictError where it is not true any more."""
        if not dry_run:
            self.shared.base.require_none_undone(Journal().newest_first())
        return sync.apply(plan, *self.writers(plan, dry_run=dry_run))

    def writers(self, plan: Plan, *, dry_run: bool = False) -> tuple[Write, Write, Save]:
        """How a plan is written: to Zotero, to the local file, to the base."""

        def written(library: Library, changes: list[Change]) -> list[Outcome]:
            if changes:
                return made(library, changes, "sync", dry_run=dry_run, names=names)
            if not dry_run:
                recover(library, Journal())  # what an earlier run died at is all there is to note
            return []

        names = {step.zotero.id: step.local.key for step in plan.steps}
        local = noting(self.local, plan)
        return (
            lambda changes: written(self.zotero, changes),
            lambda changes: written(local, changes),
            lambda agreed: None if dry_run else self._save(agreed),
        )

    def _save(self, agreed: list[Agreed]) -> None:
        """Keep the base. Raises ConflictError where another sync has done so meanwhile."""
        try:
            self.shared.save(agreed, self.environment.settings.scale, Journal().newest_first())
        except FileChangedError:
            message = f"{self.name} was synced or attached by another run at the same time"
            hint = "Sync again: it notes what both say now, and writes nothing twice."
            raise ConflictError(message, hint) from None


def _part(name: str, tags: Sequence[str]) -> str:
    """What is chosen of a Zotero library; the name has the collection, if there is one."""
    return f"{name} with {' and '.join(f'“{tag}”' for tag in tags)}" if tags else name


def _met(
    environment: Environment,
    name: str,
    choice: Choice,
    before: Sequence[LibraryAddress],
    *,
    yes: bool,
) -> ZoteroLibrary:
    """The Zotero library, on the server on which it was synced before and no other."""
    asked = choice.server or environment.settings.zotero.server
    choice = replace(choice, server=server_met(name, asked, before))
    try:
        zotero = zotero_options.reached(environment, choice, writes=True, accepts_loss=yes)
    except NotReachableError as error:
        if before:
            error.hint = (
                f"{name} is synced with this server, so no other is tried: sync when it answers."
            )
        raise
    require_met(name, zotero.address, before)
    return zotero
