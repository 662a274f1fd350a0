"""Count the requests of a first attach to a Zotero web library, at the server.

    python -m benchmarks.requests --papers 200

The server is the tests' own. Every paper gets a tag and a note.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.zotero_server import web_server
from tests.zotero_server.web.accounts import KEY


def first_attach(papers: int) -> int:
    """The number of requests with which the installed bibnotes reads all papers and writes all."""
    with web_server() as server, tempfile.TemporaryDirectory() as folder:
        library = server.api.library
        keys = [f"paper{number}" for number in range(papers)]
        items = [library.add("book", citationKey=key, title=key) for key in keys]
        reviews = (f"- key: {key}\n  priority: skim\n  review: About {key}.\n" for key in keys)
        Path(folder, "reviews.yaml").write_text("".join(reviews), encoding="utf-8")
        own = ("CACHE_DIR", "STATE_DIR")
        subprocess.run(
            [sys.executable, "-m", "bibnotes", "attach", "reviews.yaml", "--zotero", "--yes"],
            cwd=folder,
            env={
                **os.environ,
                **{f"BIBNOTES_{name}": str(Path(folder, name)) for name in own},
                "BIBNOTES_ZOTERO_WEB_URL": server.url,
                "BIBNOTES_ZOTERO_LOCAL_URL": "http://127.0.0.1:9/api",  # nobody is there
                "ZOTERO_API_KEY": KEY,
                "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            },
            check=True,
            capture_output=True,
        )
        made = sum(len(library.notes(item)) for item in items)
        tagged = sum(len(library.item(item)["tags"]) for item in items)
        if (made, tagged) != (papers, papers):
            raise AssertionError(f"{made} notes and {tagged} tags for {papers} papers")
        return len(server.log)


def main() -> None:
    """Print the number."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--papers", type=int, default=200)
    papers = parser.parse_args().papers
    print(f"{first_attach(papers)} requests for {papers} papers")


if __name__ == "__main__":
    main()
