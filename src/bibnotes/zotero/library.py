"""A Zotero library as a library of papers and reviews.

A review's text is the child note that carries the tag ``bibnotes``, its priority a tag of the item.
A reader of a group has ``bibnotes: ana`` and ``精读 (ana)`` instead, and sees only these.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from ..errors import BibnotesError
from ..model import Change, Json, Paper, Problem
from ..scale import Scale
from . import consent
from .adoption import Adoptable, adoptable, adoption
from .cache import Cache, DamagedError, NoteRow, Store
from .csl_export import csl_item
from .gateway import KEYS_AT_ONCE, Gateway
from .planning import Plan, Planner
from .prepared import PreparedZotero, Watch, unwatched
from .reading import Progress, refresh, refresh_collections
from .server import LibraryAddress
from .snapshot import Selection, Snapshot
from .style import Style
from .writing import Writer


class ZoteroLibrary:
    """One library on one server, read when it is first needed.

    ``style`` says whose reviews these are; without a reader they are of the notes that name nobody.
    ``progress`` is told how many items of how many were read; ``writing`` shows how many changes of
    how many have their end; ``tell`` that Zotero waits for its user. ``accepts_loss``: what
    Markdown cannot keep of a note may go when its text is changed.
    """

    def __init__(
        self,
        gateway: Gateway,
        store: Store,
        address: LibraryAddress,
        *,
        style: Style,
        selection: Selection | None = None,
        progress: Progress = lambda _done, _total: None,
        writing: Watch = unwatched,
        tell: consent.Tell = lambda _message: None,
        accepts_loss: bool = False,
    ) -> None:
        self._gateway, self._store, self._address = gateway, store, address
        self._style, self._selection = style, selection or Selection()
        self._progress, self._writing, self._tell = progress, writing, tell
        self._accepts_loss = accepts_loss
        self._known: Snapshot | None = None
        self._is_stale = False

    @property
    def name(self) -> str:
        """The name of the library in Zotero, with the collection's after a slash."""
        return (self._known or self._read()).name

    @property
    def address(self) -> str:
        """Server or database, library and reader; the collection is not part of it."""
        return str(self._address)

    @property
    def server(self) -> str:
        """What a message calls the server: ``api.zotero.org``."""
        return self._gateway.line.server.name

    @property
    def scale(self) -> Scale:
        """By which its priorities are read."""
        return self._style.scale

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:  # noqa: ARG002 - they cost nothing here
        """The papers in the order in which they were added; what is in the trash is left out."""
        snapshot = self._read()
        with self._undamaged():
            yield from map(snapshot.paper, snapshot.rows())

    def find(self, key: str) -> list[Paper]:
        """The papers of this citation key in the whole library, else the one of this item key."""
        snapshot = self._read()
        with self._undamaged():
            return [snapshot.paper(row) for row in snapshot.find(key)]

    def readers(self) -> list[str]:
        """The names of all whose reviews or priorities the library has, each in one spelling."""
        snapshot = self._read()
        with self._undamaged():
            return snapshot.readers()

    def problems(self) -> list[Problem]:
        """Notes that are not read, since they stand alone or are the second of their item.

        Of a selection, only those of its papers.
        """
        snapshot = self._read()
        with self._undamaged():
            return list(snapshot.problems())

    def remarks(self) -> list[Problem]:
        """Papers with two priorities, and papers that share a citation key."""
        snapshot = self._read()
        with self._undamaged():
            return list(snapshot.remarks())

    def csl_items(self, papers: Iterable[Paper]) -> list[Json]:
        """The papers as the server's own CSL-JSON, with their citation keys and reviews."""
        listed = list(papers)
        exports = self._exports([paper.id for paper in listed], "csljson")
        return [csl_item(paper, exports.get(paper.id)) for paper in listed]

    def entries(self, papers: Iterable[Paper]) -> dict[str, bytes]:
        """The papers as the server's own BibTeX, under the server's own keys."""
        exports = self._exports([paper.id for paper in papers], "bibtex")
        return {key: said.encode() for key, said in exports.items() if isinstance(said, str)}

    def _exports(self, keys: Sequence[str], form: str) -> dict[str, Any]:
        batches = [keys[at : at + KEYS_AT_ONCE] for at in range(0, len(keys), KEYS_AT_ONCE)]
        answers = self._gateway.in_parallel(
            lambda batch: self._gateway.exports(batch, form), batches
        )
        return {key: said for answer in answers for key, said in answer.items()}

    def adoptable(self) -> list[Adoptable]:
        """The papers without a review whose notes may be made one."""
        snapshot = self._read()
        with self._undamaged():
            return list(adoptable(snapshot))

    def adoption(self, one: Adoptable, note: str) -> Change:
        """The change that makes the note of this key the review of its paper."""
        return adoption(one, note)

    def doubled(self) -> dict[str, str]:
        """What is wrong with the papers that have several reviews of this reader, by item key."""
        return self._read().doubled()

    def replaced(self) -> dict[str, str]:
        """Into which item another one was merged, by the key of that other one."""
        snapshot = self._read()
        with self._undamaged():
            return snapshot.replaced()

    def released(self, notes: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
        """The papers whose review was taken from bibnotes, of those that ``notes`` names.

        ``notes`` gives, by item key, the note that held the review; it is there still, without the
        tag. Where it is not known, any note of the paper without a tag will do. Of each paper, the
        texts of its notes that are nobody's review, by their keys.
        """
        snapshot = self._read()
        with self._undamaged():
            items = [item for item, note in notes.items() if snapshot.is_released(item, note)]
            return {item: snapshot.plain_texts(item) for item in items}

    def prepare(self, changes: Iterable[Change]) -> PreparedZotero:
        """Check the changes against the library as it is now; raises what Gateway raises."""
        plan = self._plan(list(changes), frozenset())
        writer = Writer(self._gateway, self._store, self._plan, self._tell)
        return PreparedZotero(
            writer, plan, self._read(), self._style, self._expect_news, self._writing
        )

    def refresh(self) -> None:
        """Look what the library holds now. Raises what Gateway raises."""
        self._is_stale = True
        self._read()

    def _plan(self, changes: Sequence[Change], taken: Container[str]) -> Plan:
        if changes:
            self.refresh()
        snapshot = self._read()
        with self._undamaged():
            trash = self._trash(snapshot, changes)
            planner = Planner(
                snapshot,
                self._style,
                lambda key: snapshot.note(key) or _note(trash.get(key)),
                chooses_keys=not self._gateway.line.server.is_local,
                trash=trash,
                taken=taken,
                accepts_loss=self._accepts_loss,
            )
            return planner.plan(changes)

    def _trash(self, snapshot: Snapshot, changes: Iterable[Change]) -> dict[str, Json]:
        """What changes are about and is in a trash that is not listed, as on the desktop."""
        keys = (key for change in changes for key in _keys(change))
        wanted = (key for key in keys if not snapshot.holds(key))
        found: dict[str, Json] = {}
        while some := list(islice(wanted, KEYS_AT_ONCE)):
            found |= {item["key"]: item for item in self._gateway.trashed(some).value}
        return found

    def _expect_news(self) -> None:
        self._is_stale = True

    def _read(self) -> Snapshot:
        if self._known is None or self._is_stale:
            self._known = self._store.refreshed(self._refresh, self._made)
            self._is_stale = False
        return self._known

    def _made(self, cache: Cache) -> Snapshot:
        return Snapshot(cache, self._address.library, self._style, self._selection)

    def _refresh(self, cache: Cache) -> None:
        refresh(self._gateway, cache, self._progress)
        if self._selection.collection:
            refresh_collections(self._gateway, cache)

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except DamagedError:
            self._store.discard()
            raise BibnotesError(
                "What was kept of the Zotero library is damaged, and was thrown away",
                "Run the command again: it reads the library anew.",
            ) from None


def _keys(change: Change) -> Iterator[str]:
    """The items that a change is about: the paper, and the note that it takes back."""
    yield change.paper
    if key := (change.restore or {}).get("note", {}).get("key"):
        yield key


def _note(item: Json | None) -> NoteRow | None:
    return NoteRow.of_item(item) if item and item["data"]["itemType"] == "note" else None
