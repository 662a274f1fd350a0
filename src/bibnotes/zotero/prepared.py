"""Changes to a Zotero library that are worked out and can be shown, made or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from itertools import count

from ..escape import harmless
from ..model import Outcome, Status
from .edits import Item
from .planning import Plan
from .reading import Progress
from .snapshot import Snapshot
from .style import Style
from .writing import Writer, Writing

Watch = Callable[[], AbstractContextManager[Progress]]


@contextmanager
def unwatched() -> Iterator[Progress]:
    """For where nobody watches."""
    yield lambda _done, _total: None


@dataclass(frozen=True)
class PreparedZotero:
    """Changes to one Zotero library, each object that is to be sent worked out."""

    writer: Writer
    plan: Plan
    snapshot: Snapshot
    style: Style
    written: Callable[[], None]  # what was read of the library is old from now on
    watched: Watch

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One for each change, in order."""
        return [step.outcome for step in self.plan.steps]

    def diff(self) -> str:
        """A unified diff of what each paper's tags of priority and its review say."""
        return harmless("".join(f"{line}\n" for line in self._lines()))

    def apply(self, report: Callable[[Outcome], None]) -> None:
        """Make the changes as far as it goes; raises what ``Writing.finish`` raises."""
        self.written()
        total = sum(outcome.status is Status.PLANNED for outcome in self.outcomes)
        done = count(1)
        with self.watched() as progress:

            def counted(outcome: Outcome) -> None:
                report(outcome)
                if outcome.status is not Status.PLANNED:  # else it only has a new way back
                    progress(next(done), total)

            progress(0, total)
            Writing(self.writer, self.plan, counted).finish()

    def _lines(self) -> Iterator[str]:
        for key, paper in self.plan.papers.items():
            name = f"{self.snapshot.name}/{self.snapshot.citation(key)}"
            old, new = self._shown(paper.before), self._shown(paper.after, paper.text)
            yield from unified_diff(old, new, name, name, lineterm="")

    def _shown(self, item: Item, text: str | None = None) -> list[str]:
        tags = [tag["tag"] for tag in item.tags if self.style.levels([tag])]
        note = item.note
        if text is None:
            alive = note and not note.trashed and self.style.is_review(note.tags)
            text = self.snapshot.text(note.key, note.html) if note and alive else ""
        return [*(f"tag: {tag}" for tag in tags), *text.splitlines()]
