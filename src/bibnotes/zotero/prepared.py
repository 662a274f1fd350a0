"""Changes to a Zotero library that are worked out and can be shown, made or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from ..escape import harmless
from ..model import Outcome
from .edits import Item
from .planning import Plan
from .snapshot import Snapshot
from .style import Style
from .writing import Writer, Writing


@dataclass(frozen=True)
class PreparedZotero:
    """Changes to one Zotero library, each object that is to be sent worked out."""

    writer: Writer
    plan: Plan
    snapshot: Snapshot
    style: Style

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One for each change, in order."""
        return [step.outcome for step in self.plan.steps]

    def diff(self) -> str:
        """A unified diff of what each paper's tags of priority and its review say."""
        return harmless("".join(f"{line}\n" for line in self._lines()))

    def apply(self, report: Callable[[Outcome], None]) -> None:
        """Make the changes, as far as it goes. Raises what Writing.finish raises."""
        Writing(self.writer, self.plan, report).finish()

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
