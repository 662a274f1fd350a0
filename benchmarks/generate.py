"""Write a .bib file like the ones that people have, of any size, and always the same for a seed.

    python -m benchmarks.generate OUT.bib --entries 20000 --megabytes 40 --seed 1

Every name, title and word in it is made up from syllables and a small vocabulary. Abstracts fill
the file to the size that was asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random

VOCABULARY = """
adaptive agent analysis approximate architecture attention baseline batch bias bound branch budget
causal channel classifier cluster code compact component compression constraint context contrastive
convergence convex corpus cost coupling curriculum data decision decoder deep dense density descent
design detection differentiable diffusion discrete distance domain dropout dynamic efficient
embedding encoder energy ensemble entropy error estimate evaluation evidence example expert
explicit exploration factor feature federated feedback field filter fine flow forest frame function
gate generative geometric gradient graph greedy grid group hidden hierarchical human image implicit
incremental inference input instance interaction invariant iterative joint kernel label language
latent layer learning likelihood linear local logic loss margin market mask matching matrix measure
memory message method metric mixture modal model module motion multi network neural node noise norm
object offline online operator optimal order output parallel parameter partial path pattern
planning policy pool position posterior prediction prior probabilistic problem process program
projection prompt proof protein pruning quality quantum query random rank rate reasoning recurrent
regression regret relation representation residual response retrieval reward risk robust routing
sample scale scene schedule score search segment selection self semantic sensor sequence set shape
shift signal similarity simulation skill smooth sparse spatial spectral speech stable state static
stochastic structure student style submodular supervised surface symbolic system target task
teacher temporal tensor test text theory token topic training transfer transport tree trust tuning
uncertain uniform unit universal value variance vector video view vision visual weak weight width
world zero
"""
SMALL_WORDS = ("the", "a", "of", "in", "for", "with", "and", "to", "on", "by", "from", "is", "we")
SYLLABLES = """
ba bel bor da del dra en fal fen gor ha hel il jo ka kel lan lor ma mir na nel o ov pa per ra ren
rim sa sel ta tor u val ven wa wil xi ya yun za zel
"""
ACCENTED = (r"{\'e}", r"\"{o}", r"{\"u}", r"\'a", r"{\o}", r"{\v{s}}", r"\~n", r"{\c c}", r"{\aa}")
UNICODE = ("é", "ö", "ü", "ø", "š", "ñ", "ç", "å", "ł")
CHINESE = "安柏岑迪恩方高涵嘉柯兰明宁欧培青仁思桐维晓妍泽"
PARTICLES = ("von ", "van der ", "de la ")
TAGS = ("close-read", "精读", "must-read", "interesting", "兴趣文章", "skim")
LATEX = (r"$O(n \log n)$", r"$\alpha$-stable", r"12\%", r"state--space", r"\emph{not}", r"R\&D")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
JOURNALS = 40
PROCEEDINGS = 25
RUN = 100  # entries that follow each other in one layout
LAYOUT = 200  # about what names, delimiters and white space of an entry take, in bytes

WORDS = VOCABULARY.split()
PARTS = SYLLABLES.split()

Fields = dict[str, str]  # values with their delimiters


class Shelf:
    """Makes entries one by one, all from one source of chance."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        families = [self._made_up_word(2, 4).capitalize() for _ in range(6000)]
        self._names = [self._name(family) for family in families for _ in range(2)]
        self._made = 0

    def strings(self) -> str:
        """The @string definitions that journals refer to."""
        names = (f"{self._title(3)}: A Journal" for _ in range(JOURNALS))
        lines = (f"@string{{j{n} = {{{name}}}}}\n" for n, name in enumerate(names))
        return "".join(lines) + "\n"

    def article(self) -> tuple[str, Fields]:
        """An article in a journal that is an @string."""
        fields = self._common()
        fields["journal"] = f"j{self._random.randrange(JOURNALS)}"
        fields["volume"] = f"{{{self._random.randint(1, 90)}}}"
        fields["number"] = f"{{{self._random.randint(1, 12)}}}"
        fields["month"] = self._random.choice(MONTHS)
        return "article", fields

    def paper(self) -> tuple[str, Fields]:
        """A conference paper; some inherit from their proceedings."""
        fields = self._common()
        if self._chance(0.1):
            fields["crossref"] = f"{{proceedings{self._random.randrange(PROCEEDINGS)}}}"
        else:
            fields["booktitle"] = f"{{Proceedings of the Conference on {self._title(3)}}}"
            fields["publisher"] = f"{{{self._made_up_word(2, 3).capitalize()} Press}}"
            fields["series"] = "{Made-up Notes}"
        return "inproceedings", fields

    def proceedings(self, number: int) -> str:
        """A volume that papers inherit from: it stands after them."""
        title = f"{{Proceedings {number} of {self._title(3)}}}"
        fields = {"title": title, "booktitle": title, "year": "2020", "organization": "{None}"}
        return _plain("proceedings", f"proceedings{number}", fields)

    def key(self) -> str:
        """A citation key that no other entry has."""
        self._made += 1
        return f"{self._random.choice(WORDS)}{2000 + self._made % 25}{self._made:x}"

    def abstract(self, length: int) -> str:
        """Sentences of about this many bytes in all, as English has them."""
        sentences: list[str] = []
        size = 0
        while size < length:
            sentences.append(self._sentence())
            size += len(sentences[-1]) + 1
        return " ".join(sentences)

    def _sentence(self) -> str:
        """About 20 words, a comma for every 16, and some LaTeX in one of ten."""
        words = self._random.choices(WORDS, k=self._random.randint(12, 28))
        words[1::3] = self._random.choices(SMALL_WORDS, k=len(words[1::3]))
        for at in self._random.sample(range(1, len(words) - 1), k=len(words) // 8):
            if self._chance(0.5):
                words[at] += ","
        if self._chance(0.1):
            words[4] = self._random.choice(LATEX)
        return f"{words[0].capitalize()} {' '.join(words[1:])}."

    def _common(self) -> Fields:
        number = self._random.randrange(10**7)
        first = self._random.randrange(1, 9000)
        fields = {
            "author": f"{{{' and '.join(self._authors())}}}",
            "title": f"{{{self._title(self._random.randint(5, 12))}}}",
            "year": f"{{{self._random.randint(1995, 2026)}}}",
            "pages": f"{{{first}--{first + self._random.randint(5, 20)}}}",
            "doi": f"{{10.99999/made-up.{number}}}",
            "url": f"{{https://papers.example/{number}}}",
            "issn": "{0000-0000}",
        }
        if self._chance(0.6):
            fields["keywords"] = f"{{{', '.join(self._keywords())}}}"
        if self._chance(0.05):
            fields["annote"] = f"{{{self.abstract(150)}\n\nRead with \\emph{{care}}.}}"
        return fields

    def _authors(self) -> list[str]:
        # Few people write many papers: the lower half of a triangle over the names.
        count = min(self._random.randint(1, 6), self._random.randint(1, 9))
        last = len(self._names) - 1
        authors = [self._names[int(self._random.triangular(0, last, 0))] for _ in range(count)]
        return [*authors, "others"] if self._chance(0.02) else authors

    def _name(self, family: str) -> str:
        if self._chance(0.10):
            family = self._respelled(family, ACCENTED)
        elif self._chance(0.03):
            family = self._respelled(family, UNICODE)
        elif self._chance(0.01):
            return "".join(self._random.choices(CHINESE, k=3))
        if self._chance(0.03):
            family = self._random.choice(PARTICLES) + family
        given = self._made_up_word(1, 3).capitalize()
        if self._chance(0.4):
            given += f" {self._random.choice('ABCDEFGHJKLMNPRSTW')}."
        return f"{family}, {given}" if self._chance(0.8) else f"{given} {family}"

    def _respelled(self, family: str, letters: tuple[str, ...]) -> str:
        at = self._random.randrange(1, len(family))
        return family[:at] + self._random.choice(letters) + family[at + 1 :]

    def _title(self, length: int) -> str:
        words = [word.capitalize() for word in self._random.choices(WORDS, k=length)]
        if self._chance(0.3):
            words[0] = f"{{{words[0].upper()[:5]}}}:"
        if length > 5 and self._chance(0.3):
            words[3] = self._random.choice(SMALL_WORDS)
        return " ".join(words)

    def _keywords(self) -> list[str]:
        keywords = self._random.sample(WORDS, self._random.randint(1, 5))
        if self._chance(0.2):
            keywords.insert(self._random.randrange(len(keywords)), self._random.choice(TAGS))
        return keywords

    def _made_up_word(self, shortest: int, longest: int) -> str:
        length = self._random.randint(shortest, longest)
        return "".join(self._random.choices(PARTS, k=length))

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability


def library(entries: int, size: int, seed: int) -> Iterator[str]:
    """The pieces of a file of so many entries, the proceedings too, and about ``size`` bytes."""
    shelf = Shelf(seed)
    strings = shelf.strings()
    proceedings = [shelf.proceedings(number) for number in range(PROCEEDINGS)]
    papers = entries - PROCEEDINGS
    room = size - len(strings) - sum(map(len, proceedings))
    written = 0
    yield strings
    for number in range(papers):
        kind, fields = shelf.article() if number % 5 < 2 else shelf.paper()
        due = room * (number + 1) // papers
        missing = due - written - sum(map(len, fields.values())) - LAYOUT
        if missing > 0:
            fields["abstract"] = f"{{{shelf.abstract(missing)}}}"
        # Files that were merged from others change their layout now and then.
        entry = _aligned if number // RUN % 2 else _plain
        piece = entry(kind, shelf.key(), fields)
        written += len(piece.encode())
        yield piece
    yield from proceedings


def _plain(kind: str, key: str, fields: Fields) -> str:
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}\n}}\n\n"


def _aligned(kind: str, key: str, fields: Fields) -> str:
    lines = "".join(f"\t{name:<12} = {value},\n" for name, value in fields.items())
    return f"@{kind.upper()}{{{key},\n{lines}}}\n\n"


def write(path: Path, entries: int, megabytes: float, seed: int) -> None:
    """Write such a file; a megabyte is a million bytes."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(library(entries, int(megabytes * 1_000_000), seed))


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--megabytes", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.entries <= PROCEEDINGS:
        parser.error(f"{PROCEEDINGS} entries are proceedings: ask for more")
    write(options.out, options.entries, options.megabytes, options.seed)


if __name__ == "__main__":
    main()
