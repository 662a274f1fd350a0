from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bibnotes import files
from bibnotes.errors import (
    BibnotesError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    UsageError,
)
from tests import faults

posix = pytest.mark.skipif(os.name == "nt", reason="permissions as POSIX has them")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def bib(tmp_path: Path) -> Path:
    path = tmp_path / "refs.bib"
    path.write_bytes(b"old")
    return path


# Reading


def test_reading_gives_the_bytes(bib: Path) -> None:
    assert files.read(bib) == b"old"
    assert files.read_if_any(bib) == b"old"
    assert files.read_if_any(bib.with_name("none.bib")) is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"论文\.bib does not exist") as caught:
        files.read(tmp_path / "论文.bib")
    assert caught.value.hint


@pytest.mark.parametrize("name", ["none/refs.bib", "refs.bib/refs.bib"])
def test_a_missing_folder_is_named(bib: Path, name: str) -> None:
    path = bib.parent / name
    for attempt in (lambda: files.read(path), lambda: files.replace(path, b"new", None)):
        with pytest.raises(NotFoundError) as caught:
            attempt()
        assert str(path.parent) in caught.value.hint


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is a folder"):
        files.read(tmp_path)
    with pytest.raises(UsageError, match="it is a folder"):
        files.replace(tmp_path, b"new", None)


# Replacing


def test_a_file_is_replaced_and_nothing_is_left_beside_it(bib: Path) -> None:
    assert files.replace(bib, b"new", b"old")
    assert bib.read_bytes() == b"new"
    assert names(bib.parent) == {"refs.bib"}


def test_a_file_that_holds_the_bytes_is_not_touched(bib: Path) -> None:
    before = bib.stat()
    assert not files.replace(bib, b"old", b"old")
    after = bib.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("expected", [b"older", b"", None])
def test_a_file_that_was_changed_since_is_left_alone(bib: Path, expected: bytes | None) -> None:
    with pytest.raises(ConflictError, match=r"refs\.bib was changed"):
        files.replace(bib, b"new", expected)
    assert bib.read_bytes() == b"old"
    assert names(bib.parent) == {"refs.bib"}


@pytest.mark.parametrize("theirs", [b"theirs", None])
def test_a_change_while_we_write_is_noticed(
    bib: Path, monkeypatch: pytest.MonkeyPatch, theirs: bytes | None
) -> None:
    def somebody_else_is_faster(descriptor: int) -> None:
        bib.write_bytes(theirs) if theirs else bib.unlink()

    monkeypatch.setattr(os, "fsync", somebody_else_is_faster)
    with pytest.raises(ConflictError):
        files.replace(bib, b"new", b"old")
    assert files.read_if_any(bib) == theirs
    assert names(bib.parent) == ({"refs.bib"} if theirs else set())


def test_a_file_that_has_gone_is_not_made_again(bib: Path) -> None:
    bib.unlink()
    with pytest.raises(ConflictError):
        files.replace(bib, b"new", b"old")
    assert names(bib.parent) == set()


@posix
def test_a_new_file_gets_what_the_umask_leaves(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        assert files.replace(tmp_path / "new.md", b"new", None)
        assert files.replace(tmp_path / "private", b"new", None, mode=0o600)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new.md").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o755])
def test_permissions_stay(bib: Path, mode: int) -> None:
    bib.chmod(mode)
    files.replace(bib, b"new", b"old")
    assert stat.S_IMODE(bib.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_stay(bib: Path) -> None:
    try:
        os.setxattr(bib, "user.colour", b"red")
    except OSError:
        pytest.skip("no extended attributes on this file system")
    files.replace(bib, b"new", b"old")
    assert os.getxattr(bib, "user.colour") == b"red"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_the_owner_stays(bib: Path) -> None:
    os.chown(bib, 1234, 4321)
    files.replace(bib, b"new", b"old")
    assert (bib.stat().st_uid, bib.stat().st_gid) == (1234, 4321)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "refs.bib"
    target.write_bytes(b"old")
    link = tmp_path / "refs.bib"
    link.symlink_to(Path("there") / "refs.bib")
    with files.locked(link):
        files.replace(link, b"new", b"old")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == {"there", "refs.bib"}
    assert names(tmp_path / "there") == {"refs.bib", ".bibnotes"}


def test_a_link_to_nothing_gets_its_target(tmp_path: Path) -> None:
    link = tmp_path / "refs.bib"
    link.symlink_to("target.bib")
    files.replace(link, b"new", None)
    assert link.is_symlink()
    assert (tmp_path / "target.bib").read_bytes() == b"new"


@pytest.mark.parametrize("target", ["gone.bib", "gone/refs.bib", "refs.bib"])
def test_reading_a_link_to_nothing_says_where_it_leads(tmp_path: Path, target: str) -> None:
    link = tmp_path / "refs.bib"
    link.symlink_to(target)
    with pytest.raises(NotFoundError, match=f"is a link to {target}, where no file is"):
        files.read(link)


def test_another_hard_link_keeps_the_old_bytes(bib: Path) -> None:
    other = bib.with_name("other.bib")
    other.hardlink_to(bib)
    files.replace(bib, b"new", b"old")
    assert (bib.read_bytes(), other.read_bytes()) == (b"new", b"old")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a regular file"):
        files.replace(tmp_path / "pipe", b"new", None)


@pytest.mark.parametrize("name", ["论" * 84, "x" * 255, ".bib"])
def test_the_longest_names_are_no_trouble(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with files.locked(path):
        files.replace(path, b"new", b"old")
    assert path.read_bytes() == b"new"


# What the system refuses


@pytest.fixture
def open_to_all(tmp_path: Path) -> Path:
    return faults.open_to_all(tmp_path)


@posix
def test_a_folder_that_is_read_only(open_to_all: Path) -> None:
    path = open_to_all / "refs.bib"
    path.write_bytes(b"old")
    path.chmod(0o666)
    open_to_all.chmod(0o555)

    def attempt() -> None:
        with pytest.raises(NotAllowedError, match=r"refs\.bib: permission denied") as caught:
            files.replace(path, b"new", b"old")
        assert caught.value.hint
        with pytest.raises(NotAllowedError, match=r"refs\.bib"), files.locked(path):
            pass

    faults.in_child(attempt, as_nobody=True)
    open_to_all.chmod(0o755)
    assert path.read_bytes() == b"old"
    assert names(open_to_all) == {"refs.bib"}


@posix
def test_a_file_that_is_read_only_is_not_replaced(open_to_all: Path) -> None:
    path = open_to_all / "refs.bib"
    path.write_bytes(b"old")
    path.chmod(0o444)
    open_to_all.chmod(0o777)

    def attempt() -> None:
        with pytest.raises(NotAllowedError, match=r"refs\.bib: the file is read-only"):
            files.replace(path, b"new", b"old")

    faults.in_child(attempt, as_nobody=True)
    assert path.read_bytes() == b"old"
    assert names(open_to_all) == {"refs.bib"}


@posix
def test_a_file_that_may_not_be_read(open_to_all: Path) -> None:
    path = open_to_all / "refs.bib"
    path.write_bytes(b"old")
    path.chmod(0o000 if os.geteuid() else 0o600)

    def attempt() -> None:
        with pytest.raises(NotAllowedError, match=r"Cannot read .*refs\.bib: permission denied"):
            files.read(path)

    faults.in_child(attempt, as_nobody=True)


@posix
def test_a_full_disk_leaves_the_old_file(bib: Path) -> None:
    def attempt() -> None:
        faults.leave_room_for(1000)
        with pytest.raises(BibnotesError, match=r"refs\.bib: file too large") as caught:
            files.replace(bib, b"x" * 5000, b"old")
        assert "Make room" in caught.value.hint
        assert bib.read_bytes() == b"old"

    faults.in_child(attempt)
    assert names(bib.parent) == {"refs.bib"}


# The lock

HOLDER = """
import sys
from pathlib import Path
from bibnotes import files
with files.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_run_is_told_who_holds_the_file(bib: Path) -> None:
    with (
        holder(bib),
        pytest.raises(ConflictError, match=r"refs\.bib: another bibnotes is writing it") as caught,
        files.locked(bib, wait=0.1),
    ):
        pass
    assert caught.value.hint


def test_a_second_run_waits_for_the_first(bib: Path) -> None:
    with holder(bib) as process:
        process.stdin.close()  # type: ignore[union-attr]
        with files.locked(bib, wait=60):
            pass


def test_a_killed_process_leaves_no_lock(bib: Path) -> None:
    with holder(bib) as process:
        process.kill()
        process.wait()
        with files.locked(bib, wait=0):
            pass


def test_a_link_and_its_target_share_a_lock(bib: Path) -> None:
    link = bib.with_name("link.bib")
    link.symlink_to(bib)
    with holder(link), pytest.raises(ConflictError), files.locked(bib, wait=0):
        pass


def test_two_files_in_a_folder_do_not_share_a_lock(bib: Path) -> None:
    with holder(bib), files.locked(bib.with_name("other.bib"), wait=0):
        pass


def test_git_ignores_the_folder_of_the_lock(bib: Path) -> None:
    with files.locked(bib):
        assert (bib.parent / ".bibnotes" / ".gitignore").read_bytes() == b"*\n"
        assert files.companion_folder(bib) == bib.parent.resolve() / ".bibnotes"


@posix
def test_whoever_may_write_the_file_may_lock_it(bib: Path) -> None:
    bib.parent.chmod(0o775)
    bib.chmod(0o664)
    with files.locked(bib):
        pass
    folder = bib.parent / ".bibnotes"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o775
    assert stat.S_IMODE((folder / "refs.bib.lock").stat().st_mode) == 0o664


def test_what_dead_runs_left_is_removed_and_nothing_else(bib: Path) -> None:
    left = {".refs.bib.bibnotes-0a1b2c3d.tmp", ".refs.bib.bibnotes-4e5f6a7b.tmp"}
    others = {".other.bib.bibnotes-0a1b2c3d.tmp", ".refs.bib.swp", "refs.bib.tmp"}
    for name in left | others:
        (bib.parent / name).touch()
    with files.locked(bib):
        pass
    assert names(bib.parent) == others | {"refs.bib", ".bibnotes"}


# State files


@posix
def test_state_is_for_its_owner_only(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "state" / "journal")
    files.create(tmp_path / "state" / "journal" / "1", b"one\n")
    modes = [
        stat.S_IMODE((tmp_path / path).stat().st_mode)
        for path in ("state", "state/journal", "state/journal/1")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_a_log_only_grows(tmp_path: Path) -> None:
    log = tmp_path / "log"
    files.create(log, b"one\n")
    files.append(log, b"two\n")
    files.append(log, b"three\n", durable=False)
    assert log.read_bytes() == b"one\ntwo\nthree\n"


def test_what_exists_is_not_created_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    files.create(log, b"one\n")
    with pytest.raises(BibnotesError):
        files.create(log, b"two\n")
    assert log.read_bytes() == b"one\n"


def test_a_file_in_the_way_of_a_folder_is_named(bib: Path) -> None:
    for attempt in (files.make_folder, files.names_in):
        with pytest.raises(BibnotesError, match=r"refs\.bib"):
            attempt(bib)


def test_names_in_a_folder(bib: Path) -> None:
    assert files.names_in(bib.parent) == ["refs.bib"]
    assert files.names_in(bib.parent / "none") == []


@posix
def test_a_state_folder_that_is_read_only(open_to_all: Path) -> None:
    def attempt() -> None:
        for folder in (open_to_all, open_to_all / "new"):
            with pytest.raises(NotAllowedError, match="permission denied"):
                files.make_folder(folder)

    open_to_all.chmod(0o555)
    faults.in_child(attempt, as_nobody=True)
    open_to_all.chmod(0o755)


def test_a_file_is_renamed_and_removed(tmp_path: Path) -> None:
    files.create(tmp_path / "a", b"")
    files.rename(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == {"b"}
    files.remove(tmp_path / "b")
    files.remove(tmp_path / "b")
    assert names(tmp_path) == set()
