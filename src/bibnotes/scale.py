"""The priority scale: ordered levels, their labels in two languages, the tags that mean them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]

# The two groups that are computed from what a paper says, and never stored on it.
REVIEWED = "reviewed"  # a text, no priority
UNREAD = "unread"  # neither

_BRACKETS = re.compile(r"[【】\[\]]")


@dataclass(frozen=True, slots=True)
class Level:
    """One priority. ``tags`` maps a language to the tag that is written in it."""

    id: str
    labels: dict[Language, str]
    tags: dict[Language, str]
    also: tuple[str, ...] = ()  # further tags that are read as this level
    jabref: str = ""  # what JabRef's ``priority`` field says, if it has this level

    def label(self, language: Language) -> str:
        """The name of this level for people."""
        return self.labels[language]

    def tag(self, language: Language) -> str:
        """The tag that is written for this level."""
        return self.tags[language]

    def aliases(self) -> Iterator[str]:
        """Everything that means this level when it is read."""
        yield self.id
        yield from self.labels.values()
        yield from self.tags.values()
        yield from self.also

    def jabref_aliases(self) -> Iterator[str]:
        """What JabRef's ``priority`` field says for this level: one word, or none."""
        if self.jabref:
            yield self.jabref

    def tag_aliases(self) -> Iterator[str]:
        """The tags that mean this level on a paper."""
        yield from self.tags.values()
        yield from self.also


def normal_tag(tag: str) -> str:
    """A tag as it is compared: without case, 【】[] and surrounding space.

    Letters are compared as in Unicode's canonical caseless matching.
    """
    letters = unicodedata.normalize("NFD", _BRACKETS.sub("", tag)).strip().casefold()
    return unicodedata.normalize("NFD", letters)


@dataclass(frozen=True)
class Scale:
    """Levels from the highest priority to the lowest."""

    levels: tuple[Level, ...] = field(default_factory=lambda: DEFAULT_LEVELS)

    @cached_property
    def _by_tag(self) -> dict[str, Level]:
        return _index((level, level.tag_aliases()) for level in self.levels)

    @cached_property
    def _by_alias(self) -> dict[str, Level]:
        return _index((level, level.aliases()) for level in self.levels)

    @cached_property
    def _by_jabref(self) -> dict[str, Level]:
        return _index((level, level.jabref_aliases()) for level in self.levels)

    @cached_property
    def _rank(self) -> dict[str, int]:
        return {level.id: n for n, level in enumerate(self.levels)}

    def by_tag(self, tag: str) -> Level | None:
        """The level that a tag on a paper means, or None for any other tag."""
        return self._by_tag.get(normal_tag(tag))

    def by_jabref(self, value: str) -> Level | None:
        """The level that JabRef's ``priority`` field means."""
        return self._by_jabref.get(normal_tag(value))

    def find(self, word: str) -> Level | None:
        """The level that a person names by its id, a label or a tag."""
        return self._by_alias.get(normal_tag(word))

    def find_group(self, heading: str) -> str | None:
        """The id of the level, or of the computed group, that a heading names."""
        named = self.find(heading) or _GROUPS_BY_ALIAS.get(normal_tag(heading))
        return named.id if named else None

    def level(self, level_id: str) -> Level:
        """The level of this id. Raises KeyError."""
        return self.levels[self._rank[level_id]]

    def rank(self, level_id: str) -> int:
        """0 for the highest priority. Raises KeyError."""
        return self._rank[level_id]

    def moved(self, new: Scale) -> frozenset[tuple[str, str]]:
        """The ids of two levels where a word that means the first one means the second in another.

        What is marked with such a word reads otherwise then, though nobody edited it.
        """
        return frozenset((was, now) for was, now in self._read_by(new) if was != now)

    def renamed(self, new: Scale) -> dict[str, str]:
        """The ids that another scale has no more, with the one level that all their words mean."""
        means: defaultdict[str, set[str]] = defaultdict(set)
        for was, now in self._read_by(new):
            means[was].add(now)
        return {
            was: next(iter(levels))
            for was, levels in means.items()
            if len(levels) == 1 and was not in new._rank
        }

    def _read_by(self, new: Scale) -> Iterator[tuple[str, str]]:
        """The level of each word here and in another scale, for the words that mean one in both."""
        indices = ((self._by_alias, new._by_alias), (self._by_jabref, new._by_jabref))
        for ours, theirs in indices:
            for word, level in ours.items():
                if now := theirs.get(word):
                    yield level.id, now.id

    def to_json(self) -> list[dict[str, Any]]:
        """The levels as JSON, from which ``of_json`` makes the same scale again."""
        return [asdict(level) for level in self.levels]

    @classmethod
    def of_json(cls, levels: Iterable[dict[str, Any]]) -> Scale:
        """A scale as ``to_json`` gave it. Raises KeyError, TypeError for what it did not give."""
        return cls(tuple(map(_level_of, levels)))

    def ordered(self, found: Iterable[Level]) -> list[str]:
        """The ids of the levels that were found, each once, the highest first."""
        return sorted({level.id for level in found}, key=self.rank)


def _level_of(stored: dict[str, Any]) -> Level:
    languages: tuple[Language, ...] = get_args(Language)
    labels = {language: stored["labels"][language] for language in languages}
    tags = {language: stored["tags"][language] for language in languages}
    level = Level(stored["id"], labels, tags, tuple(stored["also"]), stored["jabref"])
    if isinstance(stored["also"], str) or not all(
        isinstance(word, str) for word in (level.jabref, *level.aliases())
    ):
        raise TypeError("a level of the scale has a wrong type")
    return level


def _index(entries: Iterable[tuple[Level, Iterable[str]]]) -> dict[str, Level]:
    index: dict[str, Level] = {}
    for level, words in entries:
        for word in words:
            index.setdefault(normal_tag(word), level)
    return index


def clashes(levels: Sequence[Level]) -> Iterator[tuple[Level, str, Level]]:
    """Words that mean two things: a level, the word, and the level or computed group before it."""
    yield from _shared((*GROUPS.values(), *levels), Level.aliases)
    yield from _shared(levels, Level.jabref_aliases)


def _shared(
    levels: Iterable[Level], words: Callable[[Level], Iterable[str]]
) -> Iterator[tuple[Level, str, Level]]:
    owners: dict[str, Level] = {}
    for level in levels:
        for normal, word in {normal_tag(word): word for word in words(level)}.items():
            owner = owners.setdefault(normal, level)
            if owner is not level:
                yield level, word, owner


def group_label(group: str, language: Language) -> str:
    """The name for people of a computed group, REVIEWED or UNREAD. Raises KeyError."""
    return GROUPS[group].label(language)


GROUPS = {
    REVIEWED: Level(REVIEWED, {"en": "Reviewed", "zh": "已写短评"}, {}),
    UNREAD: Level(UNREAD, {"en": "Not yet reviewed", "zh": "未读"}, {}),
}
_GROUPS_BY_ALIAS = _index((group, group.aliases()) for group in GROUPS.values())

DEFAULT_LEVELS: tuple[Level, ...] = (
    Level(
        "close-read",
        {"en": "Close read", "zh": "精读"},
        {"en": "close-read", "zh": "精读"},
        ("must-read",),
        "prio1",
    ),
    Level(
        "interesting",
        {"en": "Interesting", "zh": "兴趣文章"},
        {"en": "interesting", "zh": "兴趣文章"},
        jabref="prio2",
    ),
    Level("skim", {"en": "Skim", "zh": "略读"}, {"en": "skim", "zh": "略读"}, ("泛读",), "prio3"),
)
DEFAULT_SCALE = Scale()
