"""Conflicts of a sync or an attach: shown word by word, and settled by whoever is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import click

from ..diff import worded
from ..errors import BibnotesError
from ..merge import Merged, both
from ..model import Paper, Review
from ..scale import Language, Scale
from .editor import edited
from .environment import say
from .plan_lines import cut, label

_S = TypeVar("_S", bound=str)

_SHOWN = 4  # lines of a difference that nobody is asked about
_ASKED = 20  # and of one that somebody is asked about
_LONGEST = 300  # characters of such a line


@dataclass(frozen=True, slots=True)
class Clash:
    """A paper on which a person must decide; ``why`` says what happened, ``id`` names the answer.

    ``differs`` is false where something else than the reviews has to be put right. ``released`` is
    what a note says that is no review any more, "" if that is nothing to have beside ``one``.
    """

    id: str
    key: str
    one: Review
    other: Review
    merged: Merged
    why: str
    differs: bool = True
    released: str | None = None

    def together(self, scale: Scale) -> Review:
        """The review of both."""
        text = self.released or self.other.text
        return both(self.merged, self.one, replace(self.other, text=text), scale.rank)


@dataclass(frozen=True)
class Sides(Generic[_S]):
    """The two sides of a clash: what an answer that takes one is called, and what people call it.

    ``words`` offer either in a question; what to type is in their brackets.
    """

    one: _S
    other: _S
    names: tuple[str, str]
    words: tuple[str, str]

    @property
    def legend(self) -> str:
        """How to read the marks."""
        return f"[-{self.names[1]}-] {{+{self.names[0]}+}}"


def conflict_lines(
    clash: Clash, sides: Sides[_S], scale: Scale, language: Language
) -> Iterator[str]:
    """What both sides say of a paper: what only the other says [-so-], what only one {+so+}."""
    legend = f" {sides.legend}" if clash.differs else ""
    yield f"{cut(clash.key)}: {clash.why}{legend}"
    if not clash.differs:
        return
    if clash.one.priority != clash.other.priority:
        one, other = (label(scale, each.priority, language) for each in (clash.one, clash.other))
        yield f"  [-{other or '(no priority)'}-] {{+{one or '(no priority)'}+}}"
    if clash.one.text != clash.other.text:
        yield from (f"  {line}" for line in worded(clash.other.text, clash.one.text))


def conflict_item(
    clash: Clash, sides: Sides[_S], scale: Scale, language: Language, *, whole: bool
) -> str:
    """A conflict as one item of a list; ``whole``: nothing of it is left out."""
    lines = conflict_lines(clash, sides, scale, language)
    return "conflict: " + ("\n".join(lines) if whole else _shortened(lines))


def _shortened(lines: Iterable[str], most: int = _SHOWN) -> str:
    """The first lines of a conflict, as one item of a list; --dry-run shows all of them."""
    head, *rest = lines
    shown = [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in rest[:most]]
    more = ["  …"] if len(rest) > most and rest[most - 1] != "  …" else []
    return "\n".join([head, *shown, *more])


def answers(
    clashes: Sequence[Clash], sides: Sides[_S], scale: Scale, language: Language, texts: ExitStack
) -> dict[str, _S | Review]:
    """What the user settled, by ``Clash.id``; what was skipped is not in it.

    What was written in the editor is kept in its files until ``texts`` is closed.
    """
    found: dict[str, _S | Review] = {}
    for number, clash in enumerate(clashes, 1):
        say(f"Conflict {number} of {len(clashes)}")
        say(_shortened(conflict_lines(clash, sides, scale, language), _ASKED))
        answer = _answer(clash, sides, scale, texts)
        if answer is None:
            say("Skipped: it stays as it is on both sides.")
        else:
            found[clash.id] = answer
    return found


def _answer(clash: Clash, sides: Sides[_S], scale: Scale, texts: ExitStack) -> _S | Review | None:
    one, other = (word[1] for word in sides.words)
    words = [*sides.words, *(["(b)oth"] if clash.released != "" else []), "(e)dit"]
    letters = [word[1] for word in (*words, "(s)kip")]
    while True:
        letter = click.prompt(
            f"Take {', '.join(words)}, or (s)kip",
            type=click.Choice(letters, case_sensitive=False),
            show_choices=False,
            err=True,
        )
        if letter in (one, other):
            return sides.one if letter == one else sides.other
        if letter == "s":
            return None
        together = clash.together(scale)
        if letter == "b":
            return together
        if text := _edited(clash.key, together.text, texts):
            return Review(together.priority, text, together.also)


def _edited(key: str, text: str, texts: ExitStack) -> str:
    """What the user made of both texts in the editor, "" where that failed."""
    try:
        made = texts.enter_context(edited(Paper(key, key, review=Review(None, text))))
    except BibnotesError as error:
        say(f"{error.message}. {error.hint}")
        return ""
    if not made.strip():
        say("The editor saved no text.")
        return ""
    return made
