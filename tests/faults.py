"""Processes that meet bad luck: killed anywhere, out of room, without rights.

`killed_runs` kills a real process at every call with which it changes files:
strace lists the calls of one clean run, then has further runs killed at each of them in turn. A
process dies on entering the call: all calls before it took effect, it did not. The last run dies
when it is about to exit, so that what holds before and after each call is seen.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WRITES = ("write", "writev", "pwrite64", "pwritev", "sendfile", "copy_file_range")
_NAMES = (
    *("open", "openat", "creat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "truncate", "chmod", "chown"),
    *("fchmodat", "fchmodat2", "fchownat", "utimensat", "setxattr"),
)
_DESCRIPTORS = (
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "fchmod",
    "fchown",
    "flock",
    "fcntl",
)
_EXIT = "exit_group"
# The question mark: a call that this machine's kernel does not have is no error.
_TRACED = ",".join(f"?{call}" for call in (*_WRITES, *_NAMES, *_DESCRIPTORS, _EXIT))

_LINE = re.compile(r"(?P<pid>\d+)\s+(?P<call>\w+)\((?P<arguments>.*)\)\s+= (?P<result>\S+)")
_VARIES = re.compile(r"\b[0-9a-f]{8}(?:[0-9a-f]{4})?\b|\d+")  # tokens, times, descriptors


@dataclass(frozen=True)
class Point:
    """The nth call of this name, counted from 1, and how strace shows it."""

    call: str
    nth: int
    shown: str

    def __str__(self) -> str:
        return f"killed at {self.call} number {self.nth}: {self.shown}"


@functools.cache
def why_not() -> str:
    """Why processes cannot be killed at their calls here; empty where they can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    probe = ["strace", "-e", "trace=fsync", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "strace may not trace processes here"
    return ""


def killed_runs(
    command: Sequence[str],
    prepare: Callable[[Path], None],
    workspace: Path,
    env: Mapping[str, str] | None = None,
) -> Iterator[tuple[Point, Path]]:
    """Run the command to its death at each point; yields the point and the folder it ran in.

    Each run has a folder of its own below ``workspace`` that ``prepare`` fills; in it are also the
    home folder and bibnotes' state folder (``state``). The calls counted are those that change
    something in the folder.
    """
    # Compiled modules of its own, made by a first run: others' come and go, and with them calls.
    env = {**(env or {}), "PYTHONPYCACHEPREFIX": str(workspace / "compiled")}
    _traced(command, _folder(workspace / "first", prepare), {**env, "PYTHONDONTWRITEBYTECODE": ""})
    clean = _folder(workspace / "clean", prepare)
    log = _traced(command, clean, env)
    for number, point in enumerate([*_points(log, clean)]):
        folder = _folder(workspace / f"{number:02d}", prepare)
        log = _traced(command, folder, env, point)
        if (died := _shown(log[-1], folder)) != point.shown:
            raise AssertionError(f"a run went another way: {point}, but {died}")
        yield point, folder


def environment(folder: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a run: the same calls on each, and all of them below its folder."""
    ours = {"HOME": str(folder), "BIBNOTES_STATE_DIR": str(folder / "state")}
    fixed = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    return {**os.environ, **fixed, **ours, **(env or {})}


def _folder(folder: Path, prepare: Callable[[Path], None]) -> Path:
    folder.mkdir(parents=True)
    prepare(folder)
    return folder


def _traced(
    command: Sequence[str], folder: Path, env: Mapping[str, str] | None, point: Point | None = None
) -> list[str]:
    """What strace logs of a run, killed at the point if there is one."""
    log = folder.with_suffix(".strace")
    strace = ["strace", "-f", "-y", "-e", "signal=none", "-e", f"trace={_TRACED}", "-o", str(log)]
    if point:
        strace += ["-e", f"inject={point.call}:signal=SIGKILL:when={point.nth}"]
    run = subprocess.run(
        [*strace, *command],
        cwd=folder,
        env=environment(folder, env),
        capture_output=True,
        check=False,
    )
    expected = -signal.SIGKILL if point else 0
    assert run.returncode == expected, (point, run.returncode, run.stderr.decode())
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if _LINE.match(line)]


def _points(log: Sequence[str], folder: Path) -> Iterator[Point]:
    counted: Counter[str] = Counter()
    for match in filter(None, map(_LINE.match, log)):
        call = match["call"]
        counted[call] += 1
        if call == _EXIT or (match["result"] != "-1" and _changes(match, folder)):
            yield Point(call, counted[call], _shown(match[0], folder))


def _changes(match: re.Match[str], folder: Path) -> bool:
    call, arguments = match["call"], match["arguments"]
    if call in ("open", "openat") and not re.search("O_CREAT|O_TRUNC", arguments):
        return False
    if call == "fcntl" and "F_SETLK" not in arguments and "F_OFD_SETLK" not in arguments:
        return False
    if call in _NAMES:
        found = re.findall(r'(?:<(/[^>]*)>, )?"([^"]*)"', arguments)
        paths = [folder / base / name for base, name in found]
    else:  # what is quoted is data
        paths = [Path(name) for name in re.findall(r"<(/[^>]*)>", arguments)]
    return any(path.is_relative_to(folder) for path in paths)


def _shown(line: str, folder: Path) -> str:
    """The call without its result and without what is different from run to run."""
    call = line.split(None, 1)[1].rpartition(" = ")[0].rstrip()
    return _VARIES.sub("#", call.replace(str(folder), "FOLDER"))


def leave_room_for(size: int) -> None:
    """Let this process write no file beyond so many bytes, as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def open_to_all(folder: Path) -> Path:
    """Let every user reach a folder among pytest's temporary ones."""
    for above in (folder, *folder.parents):
        if above.owner() == folder.owner() and "pytest-" in str(above):
            above.chmod(0o755)
    return folder


def in_child(attempt: Callable[[], None], *, as_nobody: bool = False) -> None:
    """Run a test in a process of its own, that may give up its rights; it must not raise."""
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
        return
    try:
        if as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        attempt()
    except BaseException as error:
        os.write(2, repr(error).encode())
        os._exit(1)
    os._exit(0)
