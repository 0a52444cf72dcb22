"""The error that ends a command: a message for its user, with what to do about it."""

from __future__ import annotations

from typing import Final

REFUSED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
"""Exit statuses: refused or failed; wrong use of the command; ended by Ctrl-C (128 + SIGINT)."""


class HippoError(Exception):
    """A problem that the user has to know about or to fix before the command can do its work.

    Attributes:
        message: what is wrong, and where.
        fix: what to do about it, one or more sentences; None if the message is enough.
        exit_status: the program's exit status: 1 refused or failed, 2 wrong use.
    """

    def __init__(self, message: str, fix: str | None = None, exit_status: int = REFUSED) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.exit_status = exit_status
