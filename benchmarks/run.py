"""Measure bibnotes against its budgets, each beside something else in the same run.

    python -m benchmarks.run [--small] [--alone] [--runs N]

What each row means is in benchmarks/README.md. Needs os.wait4: Linux or macOS.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, repeat
from pathlib import Path

from benchmarks.requests import first_attach, quiet_sync

ROOT = Path(__file__).parent.parent
OTHERS = ROOT / ".bench" / "others"
PACKAGES = ("bibtexparser==2.1.*", "pybtex>=0.25")
BIBTEXPARSER = (
    "import bibtexparser; bibtexparser.parse_file({!r}, parse_stack=[], encoding='utf-8')"
)
PYBTEX = "from pybtex.database import parse_file; parse_file({!r}, 'bibtex')"
SCAN = "from bibnotes.bibtex import source; source.scan(open({!r}, 'rb').read())"

# The unit of the system's peak memory, in bytes.
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024

Command = Sequence[str]


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds, in and for it, and bytes of memory at its peak."""

    cpu: float
    peak: int


@dataclass(frozen=True)
class Row:
    """One line of the table: ours beside another's, their ratio, and what it may be."""

    work: str
    ours: str = ""
    theirs: str = ""
    ratio: float | None = None
    budget: float | None = None
    trouble: str = ""

    def cells(self) -> list[str]:
        """The line's texts, from left to right."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        budget = "" if self.budget is None else f"{self.budget:.2f}"
        return [self.work, self.ours, self.theirs, ratio, budget, self.verdict()]

    def verdict(self) -> str:
        """Whether the budget was kept, or why that is not known."""
        if self.trouble or self.ratio is None or self.budget is None:
            return self.trouble
        over = self.ratio / self.budget - 1
        return "within" if over <= 0 else f"over by {over:.0%}"


class DidNotRunError(Exception):
    """A command that was to be measured failed; the text is the end of what it said."""

    def __init__(self, code: int, errors: bytes) -> None:
        said = errors.decode(errors="replace").strip().splitlines()
        super().__init__(" / ".join([f"exit {code}", *said[-2:]]))


class Bench:
    """A file to work on, in a folder of its own that also keeps all that the commands store."""

    def __init__(self, folder: Path, entries: int, megabytes: float, runs: int) -> None:
        self.folder = folder
        self.entries = entries
        self.runs = runs
        self.file = folder / "library.bib"
        self.work = f"{entries:,} entries, {megabytes:g} MB"
        options = ("--entries", str(entries), "--megabytes", str(megabytes))
        self.cost([sys.executable, "-m", "benchmarks.generate", str(self.file), *options], cwd=ROOT)

    def cost(self, command: Command, cwd: Path | None = None) -> Cost:
        """Run a command once. Raises DidNotRunError if it fails."""
        homes = dict.fromkeys(
            ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
            str(self.folder),
        )
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                command,
                cwd=cwd or self.folder,
                env={**os.environ, **homes},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                errors.seek(0)
                raise DidNotRunError(process.returncode, errors.read())
        return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * PEAK_UNIT)

    def best(self, *commands: Iterable[Command], runs: int | None = None) -> list[Cost]:
        """The least CPU and the most memory of each command, which may differ from run to run.

        They run in turns, since whatever else the machine does then slows all of them alike.
        """
        turns = islice(zip(*commands, strict=False), runs or self.runs)
        costs = [[self.cost(command) for command in turn] for turn in turns]
        return [
            Cost(min(cost.cpu for cost in each), max(cost.peak for cost in each))
            for each in zip(*costs, strict=True)
        ]

    def python(self, code: str, python: str = sys.executable) -> Iterator[Command]:
        """A program that works on the file, whose path stands for {!r} in it."""
        return repeat([python, "-c", code.format(str(self.file))])


def bibnotes(*arguments: str) -> Command:
    """The installed command, as a user runs it."""
    command = shutil.which("bibnotes", path=sysconfig.get_path("scripts"))
    return [command or "bibnotes", *arguments]


def digest_rows(bench: Bench, others: Path | None) -> Iterator[Row]:
    """The digest beside what other parsers need only to read the file."""
    work = f"digest: {bench.work}"
    digest = repeat(bibnotes("digest", str(bench.file)))
    if others is None:
        (ours,) = bench.best(digest)
        yield Row(work, _seconds(ours), trouble="bibtexparser and pybtex are not there")
    else:
        parse = bench.python(BIBTEXPARSER, str(others))
        slow = bench.python(PYBTEX, str(others))
        ours, theirs, slowest = bench.best(digest, parse, slow)
        yield _by_time(work, ours, theirs, "bibtexparser 2.1 parses", 0.45)
        yield _by_time(work, ours, slowest, "pybtex parses", None)
    yield _by_memory(f"digest, memory: {bench.work}", ours, bench.file)


def set_rows(bench: Bench) -> Iterator[Row]:
    """One field set, beside this project's own scan of the same file."""
    key = key_in_the_middle(bench.file)

    levels = cycle(["interesting", "close-read"])  # each run has something to change
    changes = (bibnotes("set", str(bench.file), key, "--priority", level) for level in levels)
    bench.cost(next(changes))
    ours, scan = bench.best(changes, bench.python(SCAN))
    yield _by_time(f"set one priority: {bench.work}", ours, scan, "bibnotes scans", 3.5)
    yield _by_memory(f"set, memory: {bench.work}", ours, bench.file)


def start_rows(bench: Bench) -> Iterator[Row]:
    """The start of the program, beside what its command line cannot do without."""
    click = bench.python("import click")
    version = repeat(bibnotes("--version"))
    ours, theirs = bench.best(version, click, runs=5 * bench.runs)
    yield _by_time("bibnotes --version", ours, theirs, 'python -c "import click"', 2.5)


def completion_rows(bench: Bench) -> Iterator[Row]:
    """What bash asks for the first letters of a key, beside what an answer cannot do without."""
    key = key_in_the_middle(bench.file)
    line = f"bibnotes cite {bench.file} {key[:3]}"
    asked = {"_BIBNOTES_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": "3"}
    settings = [f"{name}={value}" for name, value in asked.items()]
    complete = ["env", *settings, *bibnotes()]
    bench.cost(complete)  # which remembers the keys
    ours, theirs = bench.best(repeat(complete), bench.python("import click"), runs=5 * bench.runs)
    work = f"complete a key: {bench.work}"
    yield _by_time(work, ours, theirs, 'python -c "import click"', 3)


def pairing_rows(bench: Bench) -> Iterator[Row]:
    """Pairing reviews with papers, beside the digest of as many papers."""
    papers, reviews = bench.entries, bench.entries // 4
    program = [sys.executable, "-m", "benchmarks.pairing"]
    options = ["--papers", str(papers), "--reviews", str(reviews)]
    seconds = min(_said_seconds([*program, *options]) for _ in range(bench.runs))
    (digest,) = bench.best(repeat(bibnotes("digest", str(bench.file))))
    work = f"pairing: {reviews:,} reviews, {papers:,} papers"
    yield _by_time(work, Cost(seconds, 0), digest, "their digest", 1)


def request_rows(items: int) -> Iterator[Row]:
    """A Zotero library on the web: what counts there is the requests."""
    for work, requests, budget in (
        ("first attach to Zotero, 200 papers", first_attach(papers=200), 13),
        (f"sync with nothing to do, {items:,} items", quiet_sync(items), 2),
    ):
        yield Row(f"requests: {work}", f"{requests} requests", "1 request", requests, budget)


def _said_seconds(command: Command) -> float:
    """What a program says that its work took: it prepares more than it measures."""
    run = subprocess.run(command, cwd=ROOT, capture_output=True)
    said = re.search(rb"([\d.]+) s CPU", run.stdout)
    if run.returncode or not said:
        raise DidNotRunError(run.returncode, run.stderr)
    return float(said[1])


def key_in_the_middle(file: Path) -> str:
    """The key of an entry in the middle of a file, without reading the whole of it."""
    with file.open("rb") as stream:
        stream.seek(file.stat().st_size // 2)
        found = re.search(rb"\n@\w+\{([^,]+),", stream.read(1_000_000))
    if not found:
        raise ValueError(f"no entry in the middle of {file}")
    return found[1].decode()


def prepare_others() -> Path | None:
    """The Python of an environment that has the other parsers, made if need be."""
    python = OTHERS / "bin" / "python"
    try:
        if not python.exists():
            venv.create(OTHERS, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(install, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bibtexparser 2.1 and pybtex cannot be installed: {error}", file=sys.stderr)
        return None
    return python


def measure(bench: Bench, others: Path | None) -> Iterator[Row]:
    """All rows; where a command fails, a row that says so."""
    for name, rows in (
        ("digest", digest_rows(bench, others)),
        ("set", set_rows(bench)),
        ("start", start_rows(bench)),
        ("completion", completion_rows(bench)),
        ("pairing", pairing_rows(bench)),
        ("requests", request_rows(bench.entries // 2)),
    ):
        try:
            yield from rows
        except DidNotRunError as error:
            yield Row(name, trouble=f"did not run: {error}")


def table(rows: Sequence[Row]) -> str:
    """The rows in columns, with a head."""
    lines = [["work", "bibnotes", "beside it", "ratio", "budget", ""], *(r.cells() for r in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _by_time(work: str, ours: Cost, theirs: Cost, beside: str, budget: float | None) -> Row:
    ratio = ours.cpu / theirs.cpu
    return Row(work, _seconds(ours), f"{_seconds(theirs)} {beside}", ratio, budget)


def _by_memory(work: str, ours: Cost, file: Path) -> Row:
    size = file.stat().st_size
    megabytes = f"{ours.peak / 1e6:.0f} MB"
    return Row(work, megabytes, f"{size / 1e6:.1f} MB file", ours.peak / size, 6)


def _seconds(cost: Cost) -> str:
    return f"{cost.cpu:.3f} s"


def main() -> None:
    """Print the table. A budget that is missed is no error: the exit code is 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--small", action="store_true", help="small files: try whether it works")
    parser.add_argument("--alone", action="store_true", help="do without the other parsers")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command (default: 3)")
    options = parser.parse_args()
    others = None if options.alone else prepare_others()
    entries, megabytes, runs = (200, 0.4, 1) if options.small else (20_000, 40, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), entries, megabytes, runs)
        rows = list(measure(bench, others))
    if options.small:  # whose ratios say nothing
        rows = [replace(row, budget=None) for row in rows]
    print(table(rows))


if __name__ == "__main__":
    main()
