"""Conflicts of a sync: shown word by word, and settled by whoever is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import click

from ..diff import worded
from ..model import Paper, Review
from ..scale import Language, Scale
from ..sync import Conflict, Settlement
from .editor import edited
from .environment import say, say_all
from .plan_lines import label

_CHOICES = ("l", "z", "b", "e", "s")
_QUESTION = "Take (l)ocal, (z)otero, (b)oth, (e)dit, or (s)kip"


def conflict_lines(conflict: Conflict, scale: Scale, language: Language) -> Iterator[str]:
    """What both sides say of a paper: what only Zotero says [-so-], what only is here {+so+}."""
    yield f"{conflict.local.key or conflict.local.title}: {_why(conflict)}"
    here, there = conflict.here, conflict.there
    if here.priority != there.priority:
        before, after = (label(scale, each.priority, language) for each in (there, here))
        yield f"  [-{before or '(no priority)'}-] {{+{after or '(no priority)'}+}}"
    if here.text != there.text:
        yield from (f"  {line}" for line in worded(there.text, here.text))


def _why(conflict: Conflict) -> str:
    if conflict.reason:
        return conflict.reason
    if conflict.known is None:
        return "both sides have a review, and they differ"
    return "changed differently on both sides ([-Zotero-] {+here+})"


def asked(conflicts: Sequence[Conflict], scale: Scale, language: Language) -> dict[str, Settlement]:
    """What the user settled, by item key; what was skipped is not in it."""
    answers: dict[str, Settlement] = {}
    for conflict in conflicts:
        say_all(conflict_lines(conflict, scale, language))
        answer = click.prompt(_QUESTION, type=click.Choice(_CHOICES), show_choices=False, err=True)
        if answer == "l":
            answers[conflict.zotero.id] = "local"
        elif answer == "z":
            answers[conflict.zotero.id] = "zotero"
        elif answer == "b":
            answers[conflict.zotero.id] = both(conflict, scale)
        elif answer == "e":
            answers[conflict.zotero.id] = _edited(conflict, scale)
        else:
            say("Skipped: it stays as it is on both sides.")
    return answers


def both(conflict: Conflict, scale: Scale) -> Review:
    """Both texts, one below the other, and the higher priority."""
    here, there, merged = conflict.here, conflict.there, conflict.merged
    priorities = [each.priority for each in (here, there) if each.priority]
    priority = merged.review.priority
    if merged.priority_conflict:
        priority = min(priorities, key=scale.rank)
    text = merged.review.text
    if merged.text_conflict:
        text = "\n\n".join(filter(None, (here.text, there.text)))
    return Review(priority, text)


def _edited(conflict: Conflict, scale: Scale) -> Review:
    """What the user made of both texts in the editor."""
    start = both(conflict, scale)
    paper: Paper = replace(conflict.local, review=start)
    with edited(paper) as text:
        return replace(start, text=text)
