"""A user who attaches a sheet to a Zotero library, and what the command tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bibnotes.model import Review
from tests.cli.conftest import Ran, Shell

from .reviewing import Reviewing
from .setting import Setting

_NAMED = re.compile(r"^.*: (key\d+): (not changed|changed in part|may be changed): ", re.MULTILINE)
_COUNTED = re.compile(r": (\d+) changed(?! in part)", re.MULTILINE)
_LOST = re.compile(r"(did not answer|answered \d+ to) a write")


@dataclass
class Attach:
    """Papers with the keys key0, key1, …, and the sheet ``r.yaml`` with a review of each.

    ``held`` is what each paper had before the last run.
    """

    shell: Shell
    papers: Reviewing
    items: dict[str, str]
    held: dict[str, Review]

    @classmethod
    def of(cls, setting: Setting, folder: Path, count: int) -> Attach:
        papers = Reviewing.of(setting, count)
        items = {f"key{number}": item for number, item in enumerate(papers.wanted)}
        for key, item in items.items():
            setting.store.edit(item, citationKey=key)
        work = folder / "work"
        work.mkdir()
        shell = Shell(
            work,
            {
                "BIBNOTES_ZOTERO_WEB_URL": setting.server.url,
                "BIBNOTES_ZOTERO_LOCAL_URL": setting.server.url,
                "BIBNOTES_CACHE_DIR": str(folder / "cache"),
                "ZOTERO_API_KEY": setting.settings.api_key or "",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            },
        )
        sheet = [
            f"- key: {key}\n  priority: {review.priority}\n  review: |\n{_indented(review.text)}"
            for key, review in zip(items, papers.wanted.values(), strict=True)
        ]
        shell.write("r.yaml", "".join(sheet))
        return cls(shell, papers, items, {})

    def run(self) -> Ran:
        """``bibnotes attach`` of the sheet."""
        self.held = self.papers.reviews()
        server = self.papers.setting.kind
        words = ("r.yaml", "--zotero", "--server", server, "--prefer", "sheet", "--yes")
        return self.shell.here("attach", *words)

    def untrue(self, ran: Ran) -> Iterator[str]:
        """What the command told of the papers that is not so.

        Where it ended with an error, it says of no paper that it was changed; one may be all the
        same where a write got no answer.
        """
        named = dict(_NAMED.findall(ran.err))
        if ran.code not in (0, 7):
            named = dict.fromkeys(self.items, "may be" if _LOST.search(ran.err) else "not changed")
        elif (ran.code == 7) != bool(named):
            yield f"exit code {ran.code} with {len(named)} papers named"
        changed = 0
        for key, item in self.items.items():
            told = named.get(key, "changed")
            after = self.papers.is_done(item, self.papers.wanted[item])
            before = self.papers.is_done(item, self.held[item])
            changed += told == "changed" and not all(before)
            true = {
                "changed": all(after),
                "not changed": all(before),
                "changed in part": any(after) and not all(after),
            }.get(told, True)
            if not true:
                yield f"{key} is told to be {told}: {self.papers.said(item)}"
        if ran.code in (0, 7) and [str(changed)] != (_COUNTED.findall(ran.err) or ["0"]):
            yield f"{changed} papers were changed"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.split("\n"))
