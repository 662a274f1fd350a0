"""Runs the test servers by hand, or puts a running one back to its start.

python -m tests.zotero_server --port 9400 [--local-port 9401]
python -m tests.zotero_server --reset --port 9400
"""

from __future__ import annotations

import argparse
import threading
import urllib.request
from contextlib import ExitStack

from tests.zotero_server import local_server, web_server
from tests.zotero_server.listener import RESET_PATH


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.zotero_server", description=__doc__)
    parser.add_argument("--port", type=int, default=9400, help="of the web API; 0: any")
    parser.add_argument("--local-port", type=int, help="of the desktop's API; none: not run")
    parser.add_argument("--reset", action="store_true", help="empty the server that runs on --port")
    arguments = parser.parse_args()
    if arguments.reset:
        url = f"http://127.0.0.1:{arguments.port}{RESET_PATH}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()
        return
    with ExitStack() as stack:
        print(stack.enter_context(web_server(arguments.port)).url, flush=True)
        if arguments.local_port:
            print(stack.enter_context(local_server(arguments.local_port)).url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
