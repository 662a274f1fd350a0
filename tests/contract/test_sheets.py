from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest

from bibnotes.digest.build import build
from bibnotes.digest.markdown import render
from bibnotes.library import Library
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import SheetLibrary
from bibnotes.sheets.statement import Statement
from bibnotes.sheets.yaml import render_yaml

from .suite import LibraryContract


class SheetContract(LibraryContract):
    """A sheet in a folder of its own for each library."""

    ending = ""
    newline = "\n"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.numbers = tmp_path, count()

    def written(self, papers: list[Paper]) -> str:
        raise NotImplementedError

    def holding(self, reviews: Mapping[str, Review]) -> Library:
        path = self.folder / f"{next(self.numbers)}{self.ending}"
        papers = [Paper(key, key, title=f"On {key}", review=it) for key, it in reviews.items()]
        path.write_text(self.written(papers), encoding="utf-8", newline=self.newline)
        return self.opened(path)

    def reopened(self, library: Library) -> Library:
        return self.opened(Path(library.name))

    def opened(self, path: Path) -> Library:
        return SheetLibrary.open(path, scale=DEFAULT_SCALE, language="en")


class TestMarkdown(SheetContract):
    ending = ".md"

    def written(self, papers: list[Paper]) -> str:
        return "".join(render(build(papers)))


class TestMarkdownWithWindowsLineEnds(TestMarkdown):
    newline = "\r\n"


class TestYaml(SheetContract):
    ending = ".yaml"

    def written(self, papers: list[Paper]) -> str:
        statements = [
            Statement(paper, None, bool(paper.review.priority), bool(paper.review.text), 1)
            for paper in papers
        ]
        return render_yaml(statements, scale=DEFAULT_SCALE, language="en")


class TestYamlWithWindowsLineEnds(TestYaml):
    newline = "\r\n"


class TestJson(SheetContract):
    """What ``list --json`` prints is YAML, too."""

    ending = ".json"

    def written(self, papers: list[Paper]) -> str:
        import json

        return json.dumps(
            [
                {
                    "key": paper.key,
                    "priority": paper.review.priority,
                    "review": paper.review.text,
                    "title": paper.title,
                }
                for paper in papers
            ],
            ensure_ascii=False,
            indent=2,
        )
