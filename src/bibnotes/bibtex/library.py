"""A .bib file as a library of papers and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from .. import files
from ..errors import UsageError
from ..library import Excerpt
from ..model import Change, FileSource, Json, Outcome, Paper, Problem, Review, Status
from ..scale import Language, Scale
from . import reviews
from .csl_item import csl_item
from .edit import Edit, StaleError, apply, layout_of
from .encoding import decode, detect
from .excerpt import excerpt, with_parents
from .latex import to_unicode
from .names import split_names
from .prepared import PreparedBib
from .record import Record, Records
from .second_opinion import keys_seen
from .source import COMMENT_OPENS, Entry, Source, scan

_CONTAINERS = (b"xdata", b"set")  # biblatex's own: no papers
_VENUES = (b"journal", b"journaltitle", b"booktitle", b"maintitle", b"howpublished")
_PUBLISHERS = (b"school", b"institution", b"organization", b"publisher")
_YEAR = re.compile(r"\d{4}(?=$|[-/~?%.])")
_DOI_PREFIX = re.compile(r"(?i)^\s*(?:https?://(?:dx\.)?doi\.org/|doi:\s*)")
_URL_COMMAND = re.compile(r"\\url\s*\{([^{}]*)\}")
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_JABREF_META = re.compile(COMMENT_OPENS.pattern + rb"[ \t\r\n]*jabref-meta")


class BibLibrary:
    """One .bib file, read once; ``prepare`` looks at it again.

    ``profile`` None chooses by what the file shows: ``jabref`` where it holds jabref-meta.
    """

    def __init__(
        self,
        name: str,
        raw: bytes,
        path: Path | None = None,
        *,
        scale: Scale,
        language: Language,
        profile: reviews.Profile | None = None,
    ) -> None:
        self._name = name
        self._path = path
        self._scale, self._language, self._profile = scale, language, profile
        self._read(raw)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        scale: Scale,
        language: Language,
        profile: reviews.Profile | None = None,
    ) -> BibLibrary:
        """The library in a file. Raises NotFoundError, NotAllowedError, UsageError."""
        raw = files.read(path)
        return cls(str(path), raw, path, scale=scale, language=language, profile=profile)

    @property
    def name(self) -> str:
        """The path as it was given; ``-`` for the standard input."""
        return self._name

    @property
    def address(self) -> str:
        """The absolute path of the file itself."""
        return f"bibtex:{files.real_path(self._path)}" if self._path else "bibtex:-"

    @property
    def scale(self) -> Scale:
        """By which its priorities are read."""
        return self._scale

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        """The papers in the order of the file; of a damaged entry what stands before the damage."""
        for entry in self._source.entries:
            if not entry.first and _is_paper(entry):
                yield self._paper(self._records.record(entry), abstracts=abstracts)

    def find(self, key: str) -> list[Paper]:
        """The paper of this key, in whatever case, if there is one."""
        entry = self._records.entry(key)
        if not entry or not _is_paper(entry):
            return []
        return [self._paper(self._records.record(entry), abstracts=True)]

    def problems(self) -> list[Problem]:
        """What is damaged or repeated, in the order of the file."""
        found = sorted([*self._damages(), *self._repetitions()], key=itemgetter(0))
        return [problem for _, problem in found]

    def remarks(self) -> list[Problem]:
        """The entries whose review stands in two places, or that have two priorities."""
        return [problem for _, problem in self._double_reviews()]

    def csl_items(self, papers: Iterable[Paper]) -> list[Json]:
        """The papers as CSL-JSON, with all that their entries say."""
        return [
            csl_item(self._records.record(entry), paper)
            for paper in papers
            if (entry := self._records.entry(paper.id))
        ]

    def excerpt(self, papers: Iterable[Paper], *, with_reviews: bool) -> Excerpt:
        """The part of the file that holds just these papers and what they need, as bytes.

        A damaged entry is left out, and so is one whose review cannot be: the problems name them.
        """
        chosen = [entry for paper in papers if (entry := self._records.entry(paper.id))]
        whole: list[Entry] = []
        drafts: dict[int, bytes] = {}
        problems: list[Problem] = []
        for entry in with_parents(self._records, chosen):
            new, refusal = self._excerpted(entry, with_review=with_reviews)
            if refusal:
                problems.append(self._problem(entry.line, f"left out: {refusal}", entry)[1])
            else:
                whole.append(entry)
                drafts[entry.start] = new
        data = excerpt(self._source, whole, drafts)
        return Excerpt(self._encoding.to_file(data) if data else b"", problems)

    def _excerpted(self, entry: Entry, *, with_review: bool) -> tuple[bytes, str]:
        """An entry as an excerpt has it, and why it cannot be there, or ""."""
        text = self._source.data[entry.start : entry.end]
        if entry.damage:
            return text, f"it is damaged: {entry.damage} (line {self._damage_line(entry)})"
        if with_review:
            return text, ""
        text = reviews.without(text, self._habits, of_others=True)
        if reviews.read(self._alone(entry, text), self._habits):
            return text, "a part of its review comes from an @string"
        return text, ""

    def second_opinion(self) -> list[Problem]:
        """The entries that bibtexparser does not see; slow (see second_opinion.keys_seen)."""
        seen = keys_seen(decode(self._source.data))
        if seen is None:
            return [self._problem(1, "bibtexparser cannot read the file")[1]]
        message = "bibtexparser, on which other tools stand, does not see this entry"
        return [
            self._problem(entry.line, message, entry)[1]
            for entry in self._source.entries
            if not entry.first and decode(entry.key) not in seen
        ]

    def prepare(self, changes: Iterable[Change]) -> PreparedBib:
        """Plan changes on the file as it is now.

        Raises UsageError for the standard input, and what reading a file raises.
        """
        if self._path is None:
            raise UsageError("The standard input cannot be changed", "Name the file instead.")
        raw = files.read(self._path)
        if raw != self._raw:
            self._read(raw)
        drafts: dict[int, bytes] = {}
        outcomes = [self._planned(change, drafts) for change in changes]
        return PreparedBib(
            self._name, self._path, self._raw, self._encoding, self._source, drafts, outcomes
        )

    def _planned(self, change: Change, drafts: dict[int, bytes]) -> Outcome:
        """What becomes of a change; a change that can be made is noted in ``drafts``."""
        entry = self._records.entry(change.paper)
        if entry is None:
            return Outcome(change, Status.MISSING, f"{self._name} has no entry {change.paper!r}")
        text = drafts.get(entry.start) or self._source.data[entry.start : entry.end]
        now = reviews.read(self._alone(entry, text), self._habits)
        if _agrees(now, change.after, change):
            return Outcome(change, Status.UNCHANGED)
        if reason := self._refusal(entry, change.paper):
            return Outcome(change, Status.REFUSED, reason)
        if change.restore is None and not _agrees(now, change.before, change):
            return Outcome(change, Status.CHANGED, "its review was changed by somebody else")
        try:
            new, made = self._edited(entry, text, change)
        except StaleError:
            return Outcome(change, Status.CHANGED, "its fields were changed by somebody else")
        except reviews.RefusedError as refused:
            return Outcome(change, Status.REFUSED, str(refused))
        drafts[entry.start] = new
        back = [edit.reversed().to_json() for edit in reversed(made)]
        return Outcome(change, Status.PLANNED, restore={"edits": back})

    def _edited(self, entry: Entry, text: bytes, change: Change) -> tuple[bytes, Sequence[Edit]]:
        """The entry after a change, read back and compared. Raises StaleError, RefusedError."""
        if change.restore is not None:
            made: Sequence[Edit] = [Edit.from_json(edit) for edit in change.restore["edits"]]
            new = text
            for edit in made:
                new = apply(new, edit)
        else:
            new, made = reviews.edits(text, change, self._habits)
        if lacking := self._encoding.lacks(decode(new)):
            raise reviews.RefusedError(
                f"the file is encoded in {self._encoding.codec}, which has no {lacking!r}; "
                "convert the file to UTF-8 first"
            )
        before, after = self._alone(entry, text), self._alone(entry, new)
        if not _agrees(reviews.read(after, self._habits), change.after, change) or (
            reviews.other_keywords(before, self._habits)
            != reviews.other_keywords(after, self._habits)
        ):
            raise reviews.RefusedError("a part of its review comes from an @string")
        return new, made

    def _alone(self, entry: Entry, text: bytes) -> Record:
        return reviews.alone(text, lambda name: self._source.macro(name, entry.start))

    def _refusal(self, entry: Entry, key: str) -> str:
        """Why an entry must not be edited, or ""."""
        if lines := self._source.repeated.get(entry.start):
            return f"its key is repeated (lines {', '.join(map(str, (entry.line, *lines)))})"
        if decode(entry.key) != key:
            return f"the key is spelled {decode(entry.key)!r}"
        if entry.damage:
            return f"it is damaged: {entry.damage} (line {self._damage_line(entry)})"
        if entry.doubtful:
            return "it stands in what a damaged entry before it left open"
        if self._is_commented(entry):
            return "it stands in a comment"
        return ""

    def _is_commented(self, entry: Entry) -> bool:
        """Whether other programs take an entry that bibtex reads for a part of a comment."""
        data = self._source.data
        begins = max(data.rfind(b"\n", 0, entry.start), data.rfind(b"\r", 0, entry.start)) + 1
        if b"%" in data[begins : entry.start]:
            ends = (other.end for other in self._source.entries if other.start < entry.start)
            if b"%" in data[max([begins, *ends]) : entry.start]:  # not in an entry on that line
                return True
        return any(start < entry.start < end for start, end in self._source.comment_bodies)

    def _damage_line(self, entry: Entry) -> int:
        return self._source.line_of(entry, entry.damage_at)

    def _damages(self) -> Iterator[tuple[int, Problem]]:
        for entry in self._source.entries:
            if entry.damage:
                line = self._damage_line(entry)
                yield self._problem(
                    line, f"the rest of the entry is not read: {entry.damage}", entry
                )
        for start, reason in self._source.broken:
            line = self._source.data.count(self._source.newline, 0, start) + 1
            yield self._problem(line, f"an @string or @preamble is damaged: {reason}")
        data = self._source.data
        if not self._source.entries and data.count(b"\0") > len(data) // 8:
            yield self._problem(
                1, "nothing is read: it looks like UTF-16 or UTF-32; save it as UTF-8"
            )
        elif self._encoding.damaged:
            yield self._problem(1, "the file is not quite UTF-8; other bytes are read as cp1252")

    def _repetitions(self) -> Iterator[tuple[int, Problem]]:
        for entry in self._source.entries:
            if entry.first:
                message = (
                    f"the key is repeated; the entry in line {entry.first.line} is the one read"
                )
                yield self._problem(entry.line, message, entry)

    def _double_reviews(self) -> Iterator[tuple[int, Problem]]:
        for entry in self._source.entries:
            record = self._records.record(entry)
            filled = [
                name.decode() for name, _ in reviews.filled_texts(record, self._habits.profile)
            ]
            if len(filled) > 1:
                message = f"{' and '.join(filled)} both hold a text; {filled[0]} is read"
                yield self._problem(entry.line, message, entry)
            if filled and len(record.all(filled[0].encode())) > 1:
                message = f"several {filled[0]} fields are read as one text, and never written"
                yield self._problem(entry.line, message, entry)
            if also := reviews.read(record, self._habits).also:
                message = f"more than one priority: {', '.join(also)} stands there too"
                yield self._problem(entry.line, message, entry)

    def _problem(self, line: int, message: str, entry: Entry | None = None) -> tuple[int, Problem]:
        key = decode(entry.key) if entry else ""
        return line, Problem(FileSource(self._name, line), message, key)

    def _read(self, raw: bytes) -> None:
        self._raw = raw
        self._encoding = detect(raw)
        self._source = scan(self._encoding.to_scan(raw))
        self._records = Records(self._source)
        data = self._source.data
        profile = self._profile or ("jabref" if _holds_jabref_meta(self._source) else "bibtex")
        newline = _NEWLINE.search(data)
        self._habits = reviews.Habits(
            self._scale,
            profile,
            self._language,
            layout_of(data, self._source.entries),
            newline[0] if newline else b"\n",
        )

    def _paper(self, record: Record, *, abstracts: bool) -> Paper:
        text = record.text
        entry = record.entry
        authors, more = split_names(text(b"author"))
        if not authors:
            authors, more = split_names(text(b"editor"))
        keywords = reviews.keyword_list(record)
        key = decode(entry.key)
        return Paper(
            id=key,
            key=key,
            type=decode(entry.type),
            title=_title(record),
            authors=authors,
            more_authors=more,
            year=_year(record),
            venue=_first(record, _VENUES) or _first(record, _PUBLISHERS),
            abstract=to_unicode(record.own(b"abstract")) if abstracts else "",
            doi=_DOI_PREFIX.sub("", record.own(b"doi")).strip(),
            arxiv=_arxiv(record),
            isbn=record.own(b"isbn").strip(),
            url=_url(record),
            keywords=tuple(map(_repeated_text, keywords)),
            review=reviews.review_of(record, keywords, self._habits),
            source=FileSource(self._name, entry.line),
        )


def _is_paper(entry: Entry) -> bool:
    return entry.type not in _CONTAINERS and not (entry.damage and not entry.fields)


def _agrees(now: Review, review: Review, change: Change) -> bool:
    """Whether a paper says what ``review`` says, in the parts that the change is to set."""
    if change.sets_text and now.text != review.text:
        return False
    return not change.sets_priority or (now.priority, now.also) == (review.priority, review.also)


def _holds_jabref_meta(source: Source) -> bool:
    return any(_JABREF_META.match(source.data, start) for start in source.comments)


def _title(record: Record) -> str:
    title = to_unicode(record.text(b"title"))
    subtitle = to_unicode(record.own(b"subtitle")) if record.has(b"subtitle") else ""
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


def _year(record: Record) -> str:
    """The year of biblatex's ``date``, which goes before a ``year``, as in a reference."""
    date = record.text(b"date").strip()
    if _YEAR.match(date):
        return date[:4]
    return date or _repeated_text(record.text(b"year"))


def _first(record: Record, names: Iterable[bytes]) -> str:
    for name in names:
        if (value := record.text(name)) and (text := _repeated_text(value)):
            return text
    return ""


_repeated_text = lru_cache(maxsize=1 << 14)(to_unicode)  # venues, years, keywords recur


def _url(record: Record) -> str:
    """The ``url``, else one that ``howpublished`` holds; as it stands there."""
    if url := record.own(b"url").strip():
        return url
    found = _URL_COMMAND.search(record.own(b"howpublished"))
    return found[1].strip() if found else ""


def _arxiv(record: Record) -> str:
    if not record.has(b"eprint"):
        return ""
    kind = record.own(b"archiveprefix") or record.own(b"eprinttype")
    return record.own(b"eprint").strip() if kind.strip().lower() == "arxiv" else ""
