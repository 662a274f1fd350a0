"""The one module that changes files: whole replacements, growing logs, locks and folders.

A file that people keep is replaced as a whole or not at all: at every moment it holds its old
bytes or its new ones, also where the process is killed. What the system refuses becomes an error
that names the file and the way out.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import (
    BibnotesError,
    ConflictError,
    FileChangedError,
    NotAllowedError,
    NotFoundError,
    UsageError,
)

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn \n into \r\n
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def read(path: Path) -> bytes:
    """What the file holds.

    Raises NotFoundError where there is none, UsageError for a folder, NotAllowedError where
    permission is missing.
    """
    with _explained("read", path):
        return path.read_bytes()


def read_if_any(path: Path) -> bytes | None:
    """What the file holds, or None where there is none: what ``replace`` expects."""
    with suppress(NotFoundError):
        return read(path)
    return None


def replace(path: Path, new: bytes, expected: bytes | None, *, mode: int = 0o666) -> bool:
    """Put ``new`` in the place of ``expected``, which None says is no file at all.

    Returns whether anything was written: a file that holds ``new`` already is not touched. A
    symbolic link stays and what it points to is replaced. Permissions, extended attributes and,
    where the system lets us, the owner stay; a new file gets ``mode`` less the umask. The file
    becomes a new one beside the old, so another hard link to the old one keeps the old bytes.

    Call it inside ``locked`` where others may write the same file. Raises FileChangedError where
    the file holds anything but ``expected``, NotAllowedError where it or its folder is read-only,
    NotFoundError where the folder is missing, BibnotesError where there is no room; in each case
    the file is left as it was.
    """
    target = real_path(path)
    with _explained("write", path):
        found, now = _look(target)
        if now == new:
            return False
        if now != expected:
            raise _changed(path)
        if found and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is read-only")
        temporary = target.with_name(f"{_leftover_prefix(target)}{secrets.token_hex(4)}.tmp")
        with _removed_on_error(temporary):
            # Until it has the permissions of the file it replaces, nobody else may read it.
            with _opened(temporary, _CREATE, 0o600 if found else mode) as descriptor:
                if found:
                    _take_after(found, target, temporary)
                _write(descriptor, new)
            _require_still(found, target, path)
            temporary.replace(target)
        _sync_folder(target.parent)
    return True


@contextmanager
def locked(path: Path, *, wait: float = 5.0) -> Iterator[None]:
    """Keep every other bibnotes from writing the file at ``path``, for as long as the block lasts.

    It is the operating system's advisory lock, on a file in ``.bibnotes/`` beside the file itself:
    a dead process leaves none. What dead processes did leave, temporary files, is removed. It is
    not re-entrant. Raises ConflictError where somebody holds it for more than ``wait`` seconds,
    NotAllowedError where the folder cannot be written.
    """
    target = real_path(path)
    _require_file_or_none(target, path)
    lock = companion_folder(path) / f"{short_name(target)}.lock"
    with hold(lock, wait=wait, mode=_lock_mode(target)) as ours:
        if not ours:
            message = f"Cannot write {path}: another bibnotes is writing it"
            raise ConflictError(message, "Nothing was written. Run the command again later.")
        _remove_leftovers(target)
        yield


@contextmanager
def hold(lock: Path, *, wait: float, mode: int = 0o600) -> Iterator[bool]:
    """Hold the advisory lock on a lock file; yields False where another process holds it.

    ``wait`` is in seconds. The lock file stays: removing it is up to the caller, inside the block.
    """
    # Here, since it takes long to load and reading needs none of it.
    from filelock import FileLock, Timeout

    held = FileLock(lock, timeout=wait, mode=mode)
    with _explained("lock", lock):
        try:
            held.acquire()
        except Timeout:
            ours = False
        else:
            ours = True
    try:
        yield ours
    finally:
        if ours:
            held.release()


def companion_folder(path: Path) -> Path:
    """The ``.bibnotes/`` folder beside the file itself, made if need be, which git ignores.

    Whoever may write beside the file may write in it.
    """
    folder = real_path(path).parent / ".bibnotes"
    with _explained("write", path):
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            shutil.copymode(folder.parent, folder)
        ignore = folder / ".gitignore"
        if not ignore.exists() or not ignore.stat().st_size:  # empty: a process died right there
            ignore.write_bytes(b"*\n")
    return folder


def names_in(folder: Path) -> list[str]:
    """The names in a folder, in no order; none where there is no folder."""
    with _explained("read", folder), suppress(FileNotFoundError):
        return os.listdir(folder)  # noqa: PTH208 - in a large folder a Path for each would cost
    return []


def make_folder(path: Path, *, mode: int = 0o700) -> None:
    """Make a folder, and with the same mode those above it that are missing.

    Raises NotAllowedError where that is refused, or where one that exists cannot be written.
    """
    with _explained("write", path):
        _make_folder(path, mode)
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def create(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Make a file that must not exist yet; when this returns, it will survive a power cut."""
    with _explained("write", path):
        with _removed_on_error(path), _opened(path, _CREATE, mode) as descriptor:
            _write(descriptor, data)
        _sync_folder(path.parent)


def append(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Add to the end of a file that exists; ``durable``: so that it survives a power cut."""
    with (
        _explained("write", path),
        _opened(path, os.O_WRONLY | os.O_APPEND) as descriptor,
    ):
        _write(descriptor, data, durable=durable)


def rename(path: Path, new: Path) -> None:
    """Give a file another name, in place of whatever had it."""
    with _explained("rename", path):
        path.replace(new)


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    with _explained("remove", path):
        path.unlink(missing_ok=True)


def real_path(path: Path) -> Path:
    """The absolute path of the file itself, with every symbolic link followed."""
    return Path(os.path.realpath(path))


def _require_file_or_none(target: Path, path: Path) -> None:
    if target.is_dir():
        raise UsageError(f"Cannot write {path}: it is a folder", "Name a file in it.")
    if target.exists() and not target.is_file():
        message = f"Cannot write {path}: it is not a regular file"
        raise UsageError(message, "Use - to write to the standard output.")


def _look(target: Path) -> tuple[os.stat_result | None, bytes | None]:
    try:
        _require_file_or_none(target, target)
        with target.open("rb") as file:
            return os.fstat(file.fileno()), file.read()
    except FileNotFoundError:
        return None, None


def _require_still(found: os.stat_result | None, target: Path, path: Path) -> None:
    """See that nobody wrote the file while we were writing ours."""
    try:
        now = target.stat()
    except FileNotFoundError:
        if found:
            raise _changed(path) from None
        return
    identity = ("st_ino", "st_size", "st_mtime_ns")
    if found is None or any(getattr(now, name) != getattr(found, name) for name in identity):
        raise _changed(path)


def _take_after(old: os.stat_result, target: Path, temporary: Path) -> None:
    """Give the new file the owner, permissions and attributes of the old one, where we may."""
    if hasattr(os, "chown"):
        own = temporary.stat()
        if own.st_gid != old.st_gid:
            with suppress(PermissionError):
                os.chown(temporary, -1, old.st_gid)
        if own.st_uid != old.st_uid:
            with suppress(PermissionError):
                os.chown(temporary, old.st_uid, -1)
    with suppress(PermissionError):
        shutil.copystat(target, temporary)


@contextmanager
def _opened(path: Path, flags: int, mode: int = 0o777) -> Iterator[int]:
    descriptor = os.open(path, flags | _BINARY, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:  # then it is not ours
        raise
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _write(descriptor: int, data: bytes, *, durable: bool = True) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    if durable:
        os.fsync(descriptor)


def _make_folder(path: Path, mode: int) -> None:
    if path.is_dir():
        return
    if not path.parent.is_dir():
        _make_folder(path.parent, mode)
    path.mkdir(mode, exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut.

    It has taken effect by now, so a system that cannot do this must not make it look undone.
    """
    if os.name == "nt":
        return
    with suppress(OSError), _opened(folder, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


def _lock_mode(target: Path) -> int:
    """Whoever may write the file may lock it."""
    try:
        return stat.S_IMODE(target.stat().st_mode) & 0o666 | 0o600
    except FileNotFoundError:
        return 0o644


def _leftover_prefix(target: Path) -> str:
    return f".{short_name(target)}.bibnotes-"


def _remove_leftovers(target: Path) -> None:
    prefix = _leftover_prefix(target)
    with _explained("write", target):
        for entry in list(os.scandir(target.parent)):
            if entry.name.startswith(prefix) and entry.name.endswith(".tmp"):
                with suppress(FileNotFoundError):
                    os.unlink(entry)  # noqa: PTH108 - an entry is no Path


def short_name(target: Path) -> str:
    """The file's name, cut where what we add to it would pass the 255 bytes that systems allow."""
    name = target.name
    if len(os.fsencode(name)) <= 200:
        return name
    return f"{name[:40]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"


def _changed(path: Path) -> FileChangedError:
    message = f"{path} was changed by somebody else since it was read"
    return FileChangedError(message, "Nothing was written. Run the command again.")


@contextmanager
def _explained(doing: str, path: Path) -> Iterator[None]:
    """Turn what the system says into what the user needs to know."""
    try:
        yield
    except OSError as error:
        raise _explanation(error, doing, path) from error


def _explanation(error: OSError, doing: str, path: Path) -> BibnotesError:
    message = f"Cannot {doing} {path}: {(error.strerror or str(error)).lower()}"
    if isinstance(error, IsADirectoryError) or (os.name == "nt" and path.is_dir()):
        return UsageError(f"Cannot {doing} {path}: it is a folder", "Name a file in it.")
    if error.errno in _NOT_THERE and path.is_symlink() and not path.exists():
        message = f"{path} is a link to {path.readlink()}, where no file is"
        return NotFoundError(message, "Put the file there that is meant, or remove the link.")
    folder = real_path(path).parent
    if isinstance(error, FileNotFoundError | NotADirectoryError) and not folder.is_dir():
        return NotFoundError(message, f"There is no folder {folder}: create it, or check its name.")
    if isinstance(error, FileNotFoundError):
        hint = "Check its name and the folder you are in."
        return NotFoundError(f"{path} does not exist", hint)
    if error.errno in _DENIED:
        hint = "Change its permissions or those of its folder, or work on a copy."
        return NotAllowedError(message, hint)
    if error.errno in _NO_ROOM:
        return BibnotesError(message, "The file is unchanged. Make room and run the command again.")
    return BibnotesError(message)
