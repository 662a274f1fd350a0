"""Count the requests that bibnotes makes to a Zotero web library, at the server.

    python -m benchmarks.requests --papers 200     # a first attach, a tag and a note each
    python -m benchmarks.requests --items 10000    # a sync with nothing to do

The server is the tests' own; it answers 304 where nothing changed, as Zotero's does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.zotero_server import WebApi, ZoteroServer, web_server
from tests.zotero_server.web.accounts import KEY


class User:
    """Somebody with a folder of their own and a library on a server."""

    def __init__(self, server: ZoteroServer[WebApi], folder: Path) -> None:
        self.server, self.folder = server, folder
        self.library = server.api.library

    def write(self, name: str, text: str) -> None:
        """Write a file into the folder."""
        Path(self.folder, name).write_text(text, encoding="utf-8")

    def run(self, *words: str) -> int:
        """Run the installed bibnotes; returns how many requests that took."""
        before = len(self.server.log)
        own = {f"BIBNOTES_{name}": str(self.folder / name) for name in ("CACHE_DIR", "STATE_DIR")}
        subprocess.run(
            [sys.executable, "-m", "bibnotes", *words, "--zotero", "--yes"],
            cwd=self.folder,
            env={
                **os.environ,
                **own,
                "BIBNOTES_ZOTERO_WEB_URL": self.server.url,
                "BIBNOTES_ZOTERO_LOCAL_URL": "http://127.0.0.1:9/api",  # nobody is there
                "ZOTERO_API_KEY": KEY,
                "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            },
            check=True,
            capture_output=True,
        )
        return len(self.server.log) - before


@contextmanager
def user() -> Iterator[User]:
    """Somebody who has not begun yet."""
    with web_server() as server, tempfile.TemporaryDirectory() as folder:
        yield User(server, Path(folder))


def first_attach(papers: int) -> int:
    """The number of requests with which attach reads all papers and writes all."""
    with user() as someone:
        library = someone.library
        keys = [f"paper{number}" for number in range(papers)]
        items = [library.add("book", citationKey=key, title=key) for key in keys]
        reviews = (f"- key: {key}\n  priority: skim\n  review: About {key}.\n" for key in keys)
        someone.write("reviews.yaml", "".join(reviews))
        requests = someone.run("attach", "reviews.yaml")
        made = sum(len(library.notes(item)) for item in items)
        tagged = sum(len(library.item(item)["tags"]) for item in items)
    if (made, tagged) != (papers, papers):
        raise AssertionError(f"{made} notes and {tagged} tags for {papers} papers")
    return requests


def quiet_sync(items: int) -> int:
    """The number of requests of a sync with nothing to do, with a library of so many items.

    Every tenth item is the note with the review of the one before, which has a priority too.
    """
    with user() as someone:
        for number in range(items - items // 10):
            tags = [] if number % 9 else ["skim"]
            item = someone.library.add("book", title=f"Paper {number}", tags=tags)
            if tags:
                someone.library.add_note(item, f"<p>About {number}.</p>", ["bibnotes"])
        held = len(someone.library.items)
        if held != items:
            raise AssertionError(f"{held} items instead of {items}")
        someone.run("sync", "reviews.md")
        reviews = Path(someone.folder, "reviews.md").read_text(encoding="utf-8").count("\n> About")
        if reviews != items // 10:
            raise AssertionError(f"{reviews} reviews in the sheet")
        return someone.run("sync", "reviews.md")


def main() -> None:
    """Print the numbers that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--papers", type=int)
    parser.add_argument("--items", type=int)
    options = parser.parse_args()
    papers, items = options.papers, options.items
    if papers is None and items is None:
        papers, items = 200, 10_000
    if papers is not None:
        print(f"{first_attach(papers)} requests for a first attach of {papers} papers")
    if items is not None:
        print(f"{quiet_sync(items)} requests for a sync with nothing to do, {items} items")


if __name__ == "__main__":
    main()
