"""What can go wrong, each with the exit code that scripts can rely on."""

from __future__ import annotations


class BibnotesError(Exception):
    """Something the user has to know.

    ``message`` says what happened and where (file and line, key, item); ``hint`` says what to do
    next, and may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BibnotesError):
    """The command line, or a value in the configuration, does not make sense."""

    exit_code = 2


class NotFoundError(BibnotesError):
    """A file, a paper, a run or a collection that was named is not there."""

    exit_code = 3


class NotAllowedError(BibnotesError):
    """The system or the server refuses access."""

    exit_code = 4


class NotReachableError(BibnotesError):
    """A server does not answer."""

    exit_code = 5


class ConflictError(BibnotesError):
    """Somebody else changed what was to be changed; nothing was written."""

    exit_code = 6


class FileChangedError(ConflictError):
    """Somebody wrote the file meanwhile: what is planned anew on what it holds now may be made."""


class PartialError(BibnotesError):
    """A part of the work was done, another part could not be."""

    exit_code = 7
