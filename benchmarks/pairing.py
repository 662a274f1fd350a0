"""Pair made-up reviews with a made-up library and count what went right, wrong and to a person.

    python benchmarks/pairing.py --papers 20000 --reviews 5000 --seed 1

Everything is drawn from the seed: words, people, teams that write on one topic, papers, their near
relatives (parts, versions, errata, yearly series, other words in the same title) and reviews with
one kind of damage each, a quarter of them with a second. One review in ten is of a paper that the
library does not hold; half of those are relatives of papers that it holds.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from bibnotes.match import Pairing, pair
from bibnotes.model import Name, Paper

ONSETS = "b bl br c ch cl cr d dr f fl g gl gr h j k l m n p pl pr qu r s sc sh sl st t th tr v w z"
NUCLEI = "a e i o u ai ea ee ie oa ou"
CODAS = "- - - b ct d g l m n nd nt p r rm s st t x"
SMALL = ("of", "for", "with", "in", "and", "by", "on the", "under", "via", "from", "of the")
HANZI = (
    "深度学习神经网络结构搜索方法研究基于图像识别语言模型数据分析优化算法系统设计实现应用综述理论"
    "训练评估特征表示注意力机制强化迁移生成对抗样本鲁棒性预测分类检索推荐知识谱推理信息安全通信控制"
)
FAMILY_HANZI, GIVEN_HANZI = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平",
)
FORMULAS = (
    "Introduction",
    "Editorial",
    "Preface",
    "Guest Editorial",
    "Introduction to the Special Issue",
    "Conclusion",
    "引言",
)
ACCENTED = dict(zip("aeioucnsz", "áéíöüçñšž", strict=True))
TEX = {"á": r"\'a", "é": r"\'{e}", "í": r"{\'\i}", "ö": r"{\"o}", "ü": r"\"{u}", "ç": r"\c{c}"} | {
    "ñ": r"\~n",
    "š": r"\v{s}",
    "ž": r"{\v z}",
    "ø": r"\o{}",
    "ł": r"{\l}",
}


@dataclass
class Evaluation:
    """Reviews, a library, and for each review the papers it is of (none, one, or copies)."""

    left: list[Paper] = field(default_factory=list)
    right: list[Paper] = field(default_factory=list)
    truth: dict[str, frozenset[str]] = field(default_factory=dict)
    kind: dict[str, str] = field(default_factory=dict)


@dataclass
class Team:
    people: list[Name]
    topic: list[str]
    chinese: bool


class World:
    """Draws people, papers and their relatives."""

    def __init__(self, seed: int, papers: int) -> None:
        self.random = random.Random(seed)
        self.words = self._lexicon(max(1500, papers // 4))
        self.weights = list(
            itertools.accumulate(1 / (rank + 20) for rank in range(len(self.words)))
        )
        families = [self._word(1, 2).title() for _ in range(max(400, papers // 6))]
        self.families = families
        self.family_weights = list(itertools.accumulate(1 / (r + 3) for r in range(len(families))))
        self.givens = [self._word(1, 3).title() for _ in range(900)]
        self.teams = [self._team() for _ in range(max(40, papers // 8))]
        self.keys: Counter[str] = Counter()
        self.count = 0

    def _word(self, shortest: int, longest: int) -> str:
        pick = self.random.choice
        syllables = self.random.randint(shortest, longest)
        text = "".join(pick(ONSETS.split()) + pick(NUCLEI.split()) for _ in range(syllables))
        return text + pick(CODAS.split()).strip("-")

    def _lexicon(self, size: int) -> list[str]:
        """Words, one in eight with a neighbour that differs by a letter or an affix."""
        found = dict.fromkeys(self._word(1, 3) for _ in range(size))
        near = {word: self._neighbour(word) for word in list(found)[::8]}
        self.neighbours = {word: other for word, other in near.items() if word != other}
        found |= dict.fromkeys(self.neighbours.values())
        for word in list(found)[::40]:
            found["".join(ACCENTED.get(letter, letter) for letter in word)] = None
        words = list(found)
        self.random.shuffle(words)
        return words

    def _neighbour(self, word: str) -> str:
        at = self.random.randrange(len(word))
        return self.random.choice(
            [
                f"un{word}",
                f"non{word}",
                f"{word}s",
                f"{word}ic",
                word[:at] + self.random.choice("aeioubcdlmnrst") + word[at + 1 :],
                word[:at] + word[at + 1 :] or f"{word}al",
            ]
        )

    def _some_words(self, count: int) -> list[str]:
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def _person(self, chinese: bool) -> Name:
        draw = self.random
        if chinese:
            return Name(draw.choice(FAMILY_HANZI), "".join(draw.choices(GIVEN_HANZI, k=2)))
        family = draw.choices(self.families, cum_weights=self.family_weights)[0]
        given = draw.choice(self.givens)
        if draw.random() < 0.15:
            family = "".join(ACCENTED.get(c, c) if draw.random() < 0.5 else c for c in family)
        if draw.random() < 0.06:
            given += f"-{draw.choice(self.givens)}"
        elif draw.random() < 0.25:
            given += f" {draw.choice(self.givens)[0]}."
        elif draw.random() < 0.1:
            given += f" {draw.choice(self.givens)}"
        return Name(family, given, "van der" if draw.random() < 0.02 else "")

    def _team(self) -> Team:
        chinese = self.random.random() < 0.05
        people = [self._person(chinese) for _ in range(self.random.randint(1, 9))]
        return Team(people, self._some_words(25), chinese)

    def title(self, team: Team) -> str:
        draw = self.random
        if team.chinese:
            return "".join(draw.choices(HANZI, k=draw.randint(6, 18)))
        length = draw.choices(range(1, 10), [1, 3, 6, 14, 20, 22, 18, 10, 6])[0]
        words = [
            draw.choice(team.topic) if draw.random() < 0.5 else self._some_words(1)[0]
            for _ in range(length)
        ]
        for at in sorted(draw.sample(range(1, length), min(length - 1, length // 3)), reverse=True):
            words.insert(at, draw.choice(SMALL))
        text = " ".join(words)
        if length > 4 and draw.random() < 0.2:
            text = f"{self._word(1, 2).upper()}: {text}"
        return text[0].upper() + text[1:]

    def abstract(self, team: Team, title: str) -> str:
        """Words of the topic and the language; most of the title's words are among them."""
        draw = self.random
        if team.chinese:
            return title + "".join(draw.choices(HANZI, k=120)) + "。"
        words = [word for word in title.replace(":", "").split() if draw.random() < 0.9]
        while len(words) < 90:
            words += [draw.choice(team.topic), *self._some_words(2), draw.choice(SMALL)]
        draw.shuffle(words)
        return " ".join(words).capitalize() + "."

    def key(self, authors: tuple[Name, ...], year: str) -> str:
        stem = f"{authors[0].family.lower()}{year}"
        self.keys[stem] += 1
        count = self.keys[stem] - 1
        return stem + "abcdefghijklmnopqrstuvwxyz"[count % 26] + str(count // 26 or "")

    def paper(self, team: Team, **facts: object) -> Paper:
        draw = self.random
        self.count += 1
        most = min(len(team.people), 7)
        authors = tuple(draw.sample(team.people, draw.randint(1, most)))
        year = str(draw.randint(1998, 2024))
        title = str(facts.get("title") or self.title(team))
        number = self.count
        made = Paper(
            id=f"p{number}",
            key="",
            type="article",
            title=title,
            authors=authors,
            year=year,
            venue=f"Journal {draw.randint(1, 200)}",
            abstract=self.abstract(team, title) if draw.random() < 0.6 else "",
            doi=f"10.{draw.randint(1000, 9999)}/Jrnl.{number}" if draw.random() < 0.6 else "",
            arxiv=self._arxiv(int(year), number) if draw.random() < 0.3 else "",
            url=f"https://www.example.org/p/{number}" if draw.random() < 0.5 else "",
        )
        made = replace(made, **facts)  # type: ignore[arg-type]
        return replace(made, key=self.key(made.authors, made.year))

    def _arxiv(self, year: int, number: int) -> str:
        if year < 2008:
            return f"hep-th/{number:07}"
        return f"{year % 100:02}{number % 12 + 1:02}.{number % 100000:05}"

    def relative(self, team: Team, base: Paper) -> tuple[str, Paper, Paper]:
        """A paper easily taken for ``base``, its kind, and ``base`` itself, maybe renamed."""
        draw = self.random
        kind = draw.choice(
            [
                "part",
                "2.0",
                "preprint",
                "erratum",
                "yearly",
                "word",
                "neighbour",
                "namesake",
                "more",
            ]
        )
        own = {"authors": base.authors, "year": base.year, "title": base.title}
        later = str(int(base.year) + draw.randint(0, 2))
        words = base.title.split(" ")
        at = draw.randrange(len(words))
        if kind == "part":
            signs = draw.choice([("I", "II"), ("1", "2"), ("A", "B"), ("one", "two")])
            base = replace(base, title=f"{base.title}, part {signs[0]}")
            own |= {"title": f"{own['title']}, part {signs[1]}", "year": later}
        elif kind == "2.0":
            own |= {"title": f"{base.title} 2.0", "year": later}
        elif kind == "preprint":
            own |= {
                "year": str(int(base.year) - draw.choice([0, 1, 1, 2])),
                "type": "misc",
                "venue": "arXiv",
                "doi": "",
                "arxiv": base.arxiv or self._arxiv(int(base.year), self.count + 1),
                "abstract": base.abstract if draw.random() < 0.7 else "",
            }
        elif kind == "erratum":
            own |= {"title": f"Erratum to: {base.title}", "year": later, "abstract": ""}
        elif kind == "yearly":
            base = replace(base, arxiv="")
            others = [name for name in team.people if name not in base.authors]
            kept = base.authors if draw.random() < 0.4 else base.authors[:-1]
            own |= {
                "year": str(int(base.year) + draw.randint(1, 3)),
                "authors": (*kept, *others[:1]) if kept != base.authors or not others else kept,
                "arxiv": "",
            }
            own["authors"] = own["authors"] or base.authors
        elif kind == "word":
            own |= {"title": self._with(words, at, self._some_words(1)[0]), "year": later}
        elif kind == "neighbour":
            word, neighbour = draw.choice(list(self.neighbours.items()))
            base = replace(base, title=self._with(words, at, word))
            own |= {"title": self._with(words, at, neighbour), "year": later}
        elif kind == "namesake":
            team = draw.choice(self.teams)
            base = replace(base, title=" ".join(self._some_words(draw.randint(1, 4))).capitalize())
            own = {"title": base.title, "year": draw.choice([base.year, later])}
        else:
            own |= {"title": f"{base.title}: {self._word(2, 3)} {self._word(2, 3)}", "year": later}
        return kind, self.paper(team, **own), base

    @staticmethod
    def _with(words: list[str], at: int, word: str) -> str:
        return " ".join([*words[:at], word, *words[at + 1 :]])

    def volume(self, team: Team) -> Iterator[Paper]:
        """Chapters that share their book's ISBN, year and address."""
        number = self.random.randint(10**8, 10**9 - 1)
        shared = {
            "isbn": f"978-{number // 10**6}-{number % 10**6}-{number % 10}",
            "url": f"http://example.org/books/{number}/",
            "year": str(self.random.randint(1998, 2024)),
            "type": "incollection",
        }
        yield self.paper(team, title=self.random.choice(FORMULAS), **shared)
        for _ in range(self.random.randint(2, 8)):
            yield self.paper(self.random.choice([team, self.random.choice(self.teams)]), **shared)


# ------------------------------------------------------------------------------------ damage

Damage = Callable[[random.Random, Paper], Paper]


def listed(draw: random.Random, paper: Paper) -> Paper:
    """Names as plain strings give them: the last word is taken for the family name."""

    def guess(name: Name) -> Name:
        given, _, family = str(name).rpartition(" ")
        return Name(family, given)

    return replace(paper, authors=tuple(map(guess, paper.authors)))


def typo(draw: random.Random, paper: Paper) -> Paper:
    """One edit at any place of the title: a letter added, changed, dropped or swapped."""
    text, at = paper.title, draw.randrange(len(paper.title))
    before, after, letter = text[:at], text[at:], draw.choice("abcdefghijklmnopqrstuvwxyz")
    edits = [
        before + letter + after,
        before + letter + after[1:],
        before + after[1:],
        before + after[1:2] + after[:1] + after[2:],
    ]
    return replace(paper, title=draw.choice(edits))


def two_typos(draw: random.Random, paper: Paper) -> Paper:
    return typo(draw, typo(draw, paper))


def without_accents(draw: random.Random, paper: Paper) -> Paper:
    table = str.maketrans({accented: plain for plain, accented in ACCENTED.items()})
    names = (
        replace(n, family=n.family.translate(table), given=n.given.translate(table))
        for n in paper.authors
    )
    return replace(paper, authors=tuple(names), title=paper.title.translate(table))


def swapped(draw: random.Random, paper: Paper) -> Paper:
    return replace(paper, authors=tuple(Name(n.given, n.family) for n in paper.authors))


def initials(draw: random.Random, paper: Paper) -> Paper:
    names = (
        replace(n, given=" ".join(f"{part[0]}." for part in n.given.replace("-", " ").split()))
        for n in paper.authors
    )
    return replace(paper, authors=tuple(names))


def some_authors(draw: random.Random, paper: Paper) -> Paper:
    count = (len(paper.authors) + 1) // 2
    kept = sorted(draw.sample(range(len(paper.authors)), count))
    return replace(paper, authors=tuple(paper.authors[i] for i in kept), more_authors=True)


def no_first_author(draw: random.Random, paper: Paper) -> Paper:
    return replace(paper, authors=paper.authors[1:] or paper.authors)


def other_year(draw: random.Random, paper: Paper) -> Paper:
    return replace(paper, year=str(int(paper.year) + draw.choice([-1, 1])))


def markup(draw: random.Random, paper: Paper) -> Paper:
    title = paper.title
    choice = draw.randrange(6)
    if choice == 0:
        title = "".join(TEX.get(c, c) for c in title.replace(" of ", r" \emph{of} "))
    elif choice == 1:
        title = "{" + title.replace(" ", "} {") + "}"
    elif choice == 2:
        title = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in title)
    elif choice == 3:
        title = f"<i>{title}</i>.".replace(" and ", " &amp; ")
    elif choice == 4:
        title = title.upper().replace(":", " –")
    else:
        title = title.replace("fi", "ﬁ").replace("fl", "ﬂ").replace(" ", "-", 1)
    return replace(paper, title=title)


def own_words(draw: random.Random, paper: Paper) -> Paper:
    """The abstract told anew: other sentences, most of the words of the title."""
    words = [word for word in paper.title.replace(":", "").split() if draw.random() < 0.9]
    words += draw.sample(paper.abstract.split(), min(40, len(paper.abstract.split())))
    draw.shuffle(words)
    return replace(paper, abstract=" ".join(words), title="")


def excerpt(draw: random.Random, paper: Paper) -> Paper:
    words = paper.abstract.split()
    return replace(paper, abstract=" ".join(words[: draw.randint(50, 90)]))


def spelt_doi(draw: random.Random, paper: Paper) -> Paper:
    return replace(
        paper,
        doi=draw.choice(["https://doi.org/{}", "doi:{}", "{}", "http://dx.doi.org/{}."]).format(
            draw.choice([str.upper, str.lower])(paper.doi)
        ),
    )


def spelt_arxiv(draw: random.Random, paper: Paper) -> Paper:
    if draw.random() < 0.5:
        return replace(
            paper,
            url=draw.choice(["http://arxiv.org/abs/{}v2", "https://arxiv.org/pdf/{}.pdf"]).format(
                paper.arxiv
            ),
            arxiv="",
        )
    if draw.random() < 0.5:
        return replace(paper, doi=f"10.48550/arXiv.{paper.arxiv}", arxiv="")
    return replace(paper, arxiv=f"arXiv:{paper.arxiv}v3")


def spelt_address(draw: random.Random, paper: Paper) -> Paper:
    bare = paper.url.partition("://")[2].removeprefix("www.").rstrip("/")
    return replace(
        paper, url=draw.choice(["http://{}", "https://www.{}/", "https://{}#top"]).format(bare)
    )


# Kind of review: the facts it gives ("?" behind one: by chance), and what was done to them.
KINDS: dict[str, tuple[str, tuple[Damage, ...]]] = {
    "key only": ("key", ()),
    "key, title, authors, year": ("key title authors year", (listed,)),
    "another paper's key": ("title authors year", (listed,)),
    "another key scheme": ("title authors year doi?", ()),
    "DOI": ("doi title?", (spelt_doi,)),
    "arXiv id": ("arxiv title?", (spelt_arxiv,)),
    "ISBN and title": ("isbn title authors? year?", ()),
    "URL": ("url title?", (spelt_address,)),
    "title, authors, year": ("title authors year", (listed,)),
    "title and year": ("title year", ()),
    "title and authors": ("title authors", (listed,)),
    "title alone": ("title", ()),
    "one typo": ("title authors year? abstract?", (listed, typo)),
    "two typos": ("title authors year? abstract?", (listed, two_typos)),
    "one typo, no authors": ("title year", (typo,)),
    "no accents": ("title authors year?", (listed, without_accents)),
    "names swapped": ("title authors year?", (swapped,)),
    "initials": ("title authors year?", (initials,)),
    "some authors": ("title authors year?", (listed, some_authors)),
    "first author missing": ("title authors year?", (listed, no_first_author)),
    "year off by one": ("title authors year abstract?", (other_year,)),
    "markup in the title": ("title authors year?", (listed, markup)),
    "no title": ("authors abstract year?", (listed, excerpt)),
    "no title, own words": ("title authors abstract", (listed, own_words)),
    "no title, no abstract": ("authors year?", (listed,)),
}
EXTRA = (without_accents, swapped, initials, some_authors, markup)
MUST = {"DOI": "doi", "arXiv id": "arxiv", "ISBN and title": "isbn", "URL": "url"}


def review(world: World, number: int, kind: str, paper: Paper, others: list[Paper]) -> Paper:
    """A review of the paper that gives the facts of its kind, damaged."""
    draw = world.random
    facts, damages = KINDS[kind]
    given = {"id": f"r{number}", "key": ""}
    for fact in facts.split():
        if not fact.endswith("?") or draw.random() < 0.5:
            given[fact.rstrip("?")] = getattr(paper, fact.rstrip("?"))
    if kind == "another paper's key":
        given["key"] = draw.choice(others).key
    elif kind == "another key scheme":
        given["key"] = f"{paper.title[:6]}:{paper.year}"
    made = Paper(**given)
    for damage in damages:
        made = damage(draw, made)
    if draw.random() < 0.25:
        made = draw.choice(EXTRA)(draw, made)
    return made


def suits(kind: str, paper: Paper) -> bool:
    """Whether the paper has the fact that the kind is about."""
    if kind in ("no title", "no title, own words"):
        return bool(paper.abstract)
    return kind not in MUST or bool(getattr(paper, MUST[kind]))


@dataclass
class Library:
    """Papers, and what the generator knows about them."""

    papers: list[Paper] = field(default_factory=list)
    related: list[Paper] = field(default_factory=list)  # those that have a relative
    absent: list[tuple[str, Paper, Paper]] = field(default_factory=list)  # relatives left out
    copies: dict[str, set[str]] = field(default_factory=dict)  # by id: ids of one paper
    yearly: set[str] = field(default_factory=set)  # ids in series that differ in the year alone


def library(world: World, papers: int) -> Library:
    """A library in which one paper in five has a near relative, there or left out."""
    draw, made = world.random, Library()
    while len(made.papers) < papers:
        team = draw.choice(world.teams)
        if draw.random() < 0.01:
            made.papers += world.volume(team)
            continue
        base = world.paper(team)
        if draw.random() < 0.2:
            kind, relative, base = world.relative(team, base)
            if kind == "yearly":
                made.yearly |= {base.id, relative.id}
            if draw.random() < 0.6:
                made.papers.append(relative)
                made.related += [base, relative]
            else:
                made.absent.append((kind, relative, base))
                made.related.append(base)
        elif draw.random() < 0.005:
            copy = replace(base, id=f"{base.id}-copy", key=f"{base.key}-copy")
            made.papers.append(copy)
            made.copies[base.id] = made.copies[copy.id] = {base.id, copy.id}
        made.papers.append(base)
    draw.shuffle(made.papers)
    return made


def subject(world: World, shelf: Library) -> tuple[str, Paper, set[str]]:
    """What a review is about: how it is absent ("" if it is there), the paper, the right ids."""
    draw = world.random
    chance = draw.random()
    if chance < 0.05:
        how, paper, of = draw.choice(shelf.absent)
        # Preprint and publication are one work: where one is there, it is right.
        return how, paper, {of.id} if how == "preprint" else set()
    if chance < 0.1:
        return "new", world.paper(draw.choice(world.teams)), set()
    paper = draw.choice(shelf.related if draw.random() < 0.3 else shelf.papers)
    return "", paper, shelf.copies.get(paper.id) or {paper.id}


def letters(title: str) -> str:
    return "".join(filter(str.isalnum, title.lower()))


def evaluation(seed: int = 1, papers: int = 20_000, reviews: int = 5_000) -> Evaluation:
    """A library and reviews of its papers, the same for the same arguments."""
    world = World(seed, papers)
    draw = world.random
    shelf = library(world, papers)
    made = Evaluation(right=shelf.papers)
    titles = {letters(each.title) for each in shelf.papers}
    taken: set[str] = set()
    while len(made.left) < reviews:
        kind = draw.choice(list(KINDS))
        absent, paper, truth = subject(world, shelf)
        again = paper.id in taken
        if not suits(kind, paper) or (again and draw.random() < 0.9):
            continue
        if absent and kind == "key only":  # by its key alone nobody could tell
            paper = replace(paper, key=f"{paper.key}-absent")
        others = shelf.related if draw.random() < 0.5 else shelf.papers
        given = review(world, len(made.left), kind, paper, others)
        if paper.id in shelf.yearly:  # without the right year nobody could tell
            given = replace(given, year=paper.year)
        if letters(given.title) in titles and letters(given.title) != letters(paper.title):
            continue  # typos that make another paper's title: nobody could tell
        taken.add(paper.id)
        made.left.append(given)
        made.truth[given.id] = frozenset(truth)
        label = f"not there: {absent}" if absent else kind
        made.kind[given.id] = "second review" if again and not absent else label
    return made


# ------------------------------------------------------------------------------------ report


@dataclass
class Score:
    """What became of the reviews of one kind."""

    reviews: int = 0
    right: int = 0
    wrong: int = 0
    doubts: int = 0
    first: int = 0  # doubts whose first candidate is the paper
    listed: int = 0  # doubts that have the paper among their candidates
    unmatched: int = 0

    def __iadd__(self, other: Score) -> Score:
        for name in vars(other):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def measure(made: Evaluation, found: Pairing) -> dict[str, Score]:
    """The scores by kind of review."""
    scores: defaultdict[str, Score] = defaultdict(Score)
    for each in found.pairs:
        score = scores[made.kind[each.left.id]]
        score.reviews += 1
        hit = each.right.id in made.truth[each.left.id]
        score.right += hit
        score.wrong += not hit
    for doubt in found.doubts:
        score = scores[made.kind[doubt.left.id]]
        truth = made.truth[doubt.left.id]
        ids = [candidate.paper.id for candidate in doubt.candidates]
        score.reviews += 1
        score.doubts += 1
        score.first += ids[0] in truth
        score.listed += not truth.isdisjoint(ids)
    for paper in found.unmatched_left:
        scores[made.kind[paper.id]].reviews += 1
        scores[made.kind[paper.id]].unmatched += 1
    return dict(scores)


def total(scores: dict[str, Score], *, there: bool) -> Score:
    """The sum over the reviews of papers that the library holds, or over the others."""
    summed = Score()
    for kind, score in scores.items():
        if kind.startswith("not there") != there:
            summed += score
    return summed


def wrong_pairs(made: Evaluation, found: Pairing) -> list[str]:
    """Each wrong pair in words."""
    return [
        f"{made.kind[each.left.id]} ({each.reason}): {each.left.title!r} {each.left.year} "
        f"{'; '.join(map(str, each.left.authors))} -> {each.right.title!r} {each.right.year} "
        f"{'; '.join(map(str, each.right.authors))}"
        for each in found.pairs
        if each.right.id not in made.truth[each.left.id]
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--papers", type=int, default=20_000)
    arguments.add_argument("--reviews", type=int, default=5_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    made = evaluation(given.seed, given.papers, given.reviews)
    started = time.process_time()
    found = pair(made.left, made.right)
    spent = time.process_time() - started
    scores = measure(made, found)
    columns = ("reviews", "right", "wrong", "doubts", "first", "listed", "unmatched")
    print(f"{'':28}" + "".join(f"{column:>10}" for column in columns))
    there, absent = total(scores, there=True), total(scores, there=False)
    order = [*KINDS, *sorted(kind for kind in scores if kind not in KINDS)]
    for kind in [*order, "all that are there", "all that are not there"]:
        score = {"all that are there": there, "all that are not there": absent}.get(
            kind, scores.get(kind, Score())
        )
        print(f"{kind:28}" + "".join(f"{getattr(score, column):>10}" for column in columns))
    wrong = there.wrong + absent.wrong
    right = there.right + absent.right
    print(f"precision {right / (right + wrong):.4f}  recall {there.right / there.reviews:.4f}")
    print(f"{spent:.2f} s CPU for {len(made.left)} reviews and {len(made.right)} papers")
    for line in wrong_pairs(made, found):
        print(line)


if __name__ == "__main__":
    main()
